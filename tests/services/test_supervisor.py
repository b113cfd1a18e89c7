"""The watchdog: one process acts, and a monitor that dies or hangs is replaced."""

from dataclasses import dataclass
from threading import enumerate as running_threads

import pytest

from etrms_core.domain.events import DeskEventKind
from etrms_core.domain.lease import Lease
from etrms_core.errors import LeaseLostError, StorageError
from etrms_core.services.alarms import AlarmBoard, AlarmCode
from etrms_core.services.supervisor import HUNG_AFTER_SECONDS, Role, Supervisor
from etrms_core.services.tenure import EXPIRES_AFTER_SECONDS, Tenure
from tests.builders import NOW
from tests.engine.intents import make_intent
from tests.fakes import InMemoryIntentLog, InMemoryLeaseStore, ManualClock
from tests.services.acting import FakeLock, ManualSeconds
from tests.services.test_monitor_thread import wait_for

DEAD_AFTER_SECONDS = 10.0


@dataclass
class FakeThread:
    """How a monitor does, as the test says."""

    is_alive: bool = False
    silent_seconds: float = 0.0
    age_seconds: float | None = 0.0
    last_error: str | None = None


class FakeGuard:
    """A guard that writes down what is done with it and writes intents under its lease."""

    def __init__(self, lease: Lease, intents: InMemoryIntentLog) -> None:
        self.lease = lease
        self.thread = FakeThread()
        self.done: list[str] = []
        self._intents = intents

    def start(self) -> None:
        self.thread.is_alive = True
        self.done.append("start")

    def stop(self) -> None:
        self.thread.is_alive = False
        self.done.append("stop")

    def abandon(self) -> None:
        self.done.append("abandon")

    def act(self) -> None:
        self._intents.add(make_intent(), lease=self.lease)


class Process:
    """A process with a supervisor, among those that share a database and a lock."""

    def __init__(self, name: str = "first", beside: "Process | None" = None) -> None:
        self.leases = InMemoryLeaseStore() if beside is None else beside.leases
        self.intents = InMemoryIntentLog(self.leases) if beside is None else beside.intents
        self.seconds = ManualSeconds() if beside is None else beside.seconds
        self.holders: list[FakeLock] = [] if beside is None else beside.holders
        self.lock = FakeLock(self.holders)
        self.alarms = AlarmBoard(ManualClock(NOW))
        self.guards: list[FakeGuard] = []
        self.notes: list[DeskEventKind] = []
        self.trouble: StorageError | None = None
        self.supervisor = Supervisor(
            Tenure(self.leases, self.lock, holder=name, monotonic=self.seconds),
            begin=self.begin,  # type: ignore[arg-type]
            note=lambda kind, text: self.notes.append(kind),
            alarms=self.alarms,
            dead_after_seconds=DEAD_AFTER_SECONDS,
        )

    def begin(self, lease: Lease) -> FakeGuard:
        if self.trouble is not None:
            raise self.trouble
        self.guards.append(FakeGuard(lease, self.intents))
        return self.guards[-1]

    def tick(self, *, after: float = 1.0) -> None:
        self.seconds.advance(after)
        self.supervisor.tick()

    @property
    def guard(self) -> FakeGuard:
        return self.guards[-1]

    def codes(self) -> set[AlarmCode]:
        return {alarm.code for alarm in self.alarms.standing()}


def acting() -> Process:
    process = Process()
    process.tick()
    return process


def test_the_first_tick_takes_the_lease_and_starts_a_guard() -> None:
    process = acting()
    assert process.supervisor.role is Role.ACTIVE
    assert process.guard.lease == Lease("first", 1)
    assert process.guard.done == ["start"]
    assert process.notes == [DeskEventKind.LEASE_TAKEN]


def test_a_process_that_was_not_started_is_idle_and_has_no_guard() -> None:
    process = Process()
    assert process.supervisor.role is Role.IDLE
    with pytest.raises(LeaseLostError, match="another one does"):
        _ = process.supervisor.guard


def test_a_dead_thread_is_replaced_at_once_under_a_new_number() -> None:
    process = acting()
    old = process.guard
    old.thread.is_alive = False
    process.tick(after=0.25)
    assert process.codes() == {AlarmCode.MONITOR_DEAD}
    assert process.guard is not old
    assert (process.guard.lease.fence, process.guard.done) == (2, ["start"])
    assert process.notes[-1] is DeskEventKind.MONITOR_RESTARTED


def test_a_thread_that_hangs_is_replaced_after_eight_seconds_and_can_no_longer_write() -> None:
    process = acting()
    old = process.guard
    old.thread.silent_seconds = HUNG_AFTER_SECONDS
    process.tick()
    assert process.guard is old
    old.thread.silent_seconds = HUNG_AFTER_SECONDS + 0.1
    process.tick()
    assert process.codes() == {AlarmCode.MONITOR_HUNG}
    assert old.done == ["start", "abandon"]
    with pytest.raises(LeaseLostError):
        old.act()
    process.guard.act()
    assert process.guard.lease.fence == 2


def test_an_alarm_stands_until_the_new_monitor_has_a_good_cycle() -> None:
    process = acting()
    process.guard.thread.is_alive = False
    process.tick()
    process.guard.thread.age_seconds = None
    process.tick()
    assert process.codes() == {AlarmCode.MONITOR_DEAD}
    process.guard.thread.age_seconds = 0.1
    process.guard.thread.last_error = "ValueError: broken"
    process.tick()
    assert process.codes() == {AlarmCode.MONITOR_DEAD}
    process.guard.thread.last_error = None
    process.tick()
    assert process.codes() == set()


@pytest.mark.parametrize(
    ("age", "sounds"), [(None, True), (DEAD_AFTER_SECONDS + 1.0, True), (DEAD_AFTER_SECONDS, False)]
)
def test_a_monitor_without_a_good_cycle_for_long_is_an_alarm_though_it_lives(
    age: float | None, sounds: bool
) -> None:
    process = acting()
    process.guard.thread.age_seconds = age
    process.guard.thread.last_error = "StorageError: the disk is full"
    process.tick()
    assert (process.codes() == {AlarmCode.MONITOR_DEAD}) is sounds
    assert len(process.guards) == 1


def test_whoever_loses_the_lease_abandons_its_guard_stands_by_and_takes_over_again() -> None:
    first = acting()
    second = Process("second", beside=first)
    old = first.guard
    assert second.supervisor.act_alone(by_force=True)
    first.tick()
    assert old.done == ["start", "abandon"]
    assert first.supervisor.role is not Role.ACTIVE
    assert first.notes[-1] is DeskEventKind.LEASE_LOST
    with pytest.raises(LeaseLostError):
        old.act()
    second.supervisor.close()
    first.tick(after=EXPIRES_AFTER_SECONDS)
    assert first.supervisor.role is Role.ACTIVE
    assert first.guard.lease == Lease("first", 3)


def test_a_second_process_stands_by_until_the_first_one_renews_no_more() -> None:
    first = acting()
    second = Process("second", beside=first)
    for _ in range(20):
        first.tick(after=0.5)
        second.tick(after=0.5)
    assert second.guards == []
    second.tick(after=EXPIRES_AFTER_SECONDS + 1.0)  # the first one sleeps
    assert second.supervisor.role is Role.ACTIVE
    first.tick(after=0.0)
    assert first.supervisor.role is not Role.ACTIVE


def test_a_restart_that_finds_the_lease_taken_stands_by_without_an_alarm() -> None:
    first = acting()
    Process("second", beside=first).supervisor.act_alone(by_force=True)
    first.guard.thread.is_alive = False
    first.tick()
    assert first.supervisor.role is not Role.ACTIVE
    assert first.codes() == set()
    assert first.notes[-1] is DeskEventKind.LEASE_LOST


def test_a_guard_that_cannot_be_built_is_tried_again_at_the_next_tick() -> None:
    process = Process()
    process.trouble = StorageError("the database is locked")
    with pytest.raises(StorageError):
        process.tick()
    assert process.supervisor.role is not Role.ACTIVE
    process.trouble = None
    process.tick()
    assert process.supervisor.role is Role.ACTIVE
    assert process.guard.lease.fence == 1


def test_a_replacement_that_cannot_be_built_is_tried_again_at_the_next_tick() -> None:
    process = acting()
    process.guard.thread.is_alive = False
    process.trouble = StorageError("the database is locked")
    with pytest.raises(StorageError):
        process.tick()
    process.trouble = None
    process.tick()
    assert process.supervisor.role is Role.ACTIVE
    assert process.guard.lease.fence == 2


def test_closing_stops_the_guard_and_releases_the_lease_for_the_next_at_once() -> None:
    first = acting()
    second = Process("second", beside=first)
    first.supervisor.close()
    assert first.guard.done == ["start", "stop"]
    second.tick(after=0.0)
    assert second.supervisor.role is Role.ACTIVE


def test_closing_survives_a_database_that_takes_nothing() -> None:
    process = acting()
    process.leases.trouble = StorageError("the disk is full")
    process.supervisor.close()
    assert process.guard.done == ["start", "stop"]


def test_acting_alone_takes_only_what_is_free_and_by_force_anything() -> None:
    first = acting()
    second = Process("second", beside=first)
    assert not second.supervisor.act_alone(by_force=False)
    assert second.supervisor.act_alone(by_force=True)
    assert second.guard.done == []


def test_every_tick_calls_who_listens_also_while_standing_by() -> None:
    heard: list[str] = []
    first = acting()
    second = Process("second", beside=first)
    second.supervisor.on_tick.append(lambda: heard.append("tick"))
    second.tick()
    assert heard == ["tick"]


def test_the_thread_survives_errors_and_ends_when_it_is_closed() -> None:
    process, calls = Process(), list[str]()

    def fail() -> None:
        calls.append("called")
        if len(calls) == 2:
            raise ValueError("a listener is broken")

    process.supervisor.on_tick.append(fail)
    process.supervisor.start()
    wait_for(lambda: len(calls) >= 3)
    process.supervisor.close()
    assert "watchdog" not in [thread.name for thread in running_threads()]
    assert process.supervisor.role is Role.IDLE
