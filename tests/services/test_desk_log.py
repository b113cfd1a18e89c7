"""What is written down while the database fails, and that it gets there once, in order."""

from dataclasses import replace
from datetime import timedelta

import pytest

from etrms_core.domain.events import DeskEventKind, Event
from etrms_core.domain.intents import IntentState
from etrms_core.domain.lease import Lease
from etrms_core.domain.policy import DEFAULT_POLICY
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.memory_document import memory_hash
from etrms_core.engine.storage_ports import (
    CycleRecord,
    DeskRequest,
    RecordedCycle,
    RequestKind,
    RequestProgress,
)
from etrms_core.errors import LeaseLostError, StorageError
from etrms_core.services.alarms import AlarmBoard, AlarmCode
from etrms_core.services.audit import replay
from etrms_core.services.cycle_records import CycleInputs, CycleRecorder
from etrms_core.services.desk_log import DeskLog
from etrms_core.services.risk_monitor import decide
from etrms_core.services.storage_trouble import QUIET_CYCLE_EVERY_SECONDS, TRY_EVERY_SECONDS
from tests.builders import NOW, make_account
from tests.contracts.desk_store_contract import EPOCH, desk_event, reading
from tests.engine.desk import PATIENT, long_account, make_rule
from tests.engine.intents import make_intent, make_request
from tests.fakes import (
    InMemoryDeskStore,
    InMemoryIntentLog,
    InMemoryJournal,
    ManualClock,
    in_memory_stores,
)

FULL = StorageError("etrms.db cannot grow because the disk is full; free some space")
NO_JOURNAL = StorageError("there is no room left for emergency.journal; free some space")
WISH = DeskRequest(RequestKind.HALT, "fire", NOW)


class Bench:
    """A log over stores that fail when a test says so, and processes that come and go."""

    def __init__(self) -> None:
        self.stores = in_memory_stores()
        self.journal = InMemoryJournal()
        self.clock = ManualClock(NOW)
        self.seconds = 0.0
        self.start()

    @property
    def desk(self) -> InMemoryDeskStore:
        assert isinstance(self.stores.desk, InMemoryDeskStore)
        return self.stores.desk

    @property
    def intents(self) -> InMemoryIntentLog:
        return self.desk.intent_log

    def start(self) -> None:
        """Let a new process take over."""
        self.alarms = AlarmBoard(self.clock, lambda event: self.log.append_events([event]))
        self.log = DeskLog(
            self.stores,
            self.journal,
            self.alarms,
            clock=self.clock,
            seconds=lambda: self.seconds,
        )
        lease = self.stores.lease.take("desk", seen=self.stores.lease.read())
        assert lease is not None
        self.lease: Lease = lease
        self.log.recover(lease)

    def fail(self, trouble: StorageError | None = FULL) -> None:
        """Let the database take nothing, or again everything, from now on."""
        self.desk.trouble = self.intents.trouble = trouble

    def heal(self) -> None:
        """End the trouble, and wait until the database is tried again."""
        self.fail(None)
        self.seconds += TRY_EVERY_SECONDS

    def save(self, number: int, **fields: object) -> None:
        """Save a cycle that tells one event, unless the fields say otherwise."""
        self.clock.advance(seconds=1)
        fields = {"events": (desk_event(str(number)),), **fields}
        memory = CycleMemory(as_of=self.clock())
        record = CycleRecord(memory=memory, accounts=(make_account(wallet=float(number)),))
        self.log.save_cycle(replace(record, **fields), lease=self.lease)  # type: ignore[arg-type]

    def told(self) -> list[Event]:
        return [stored.event for stored in reversed(self.desk.events(limit=1_000))]

    def subjects(self) -> list[str]:
        """Subjects of the events in the order of writing, but for those of alarms and merging."""
        return [
            event.subject
            for event in self.told()
            if getattr(event, "subject", "") not in ("storage", "storage_trouble")
        ]

    def kinds(self) -> list[str]:
        return [event.kind.value for event in self.told()]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_without_trouble_everything_goes_to_the_database(bench: Bench) -> None:
    intent = make_intent()
    bench.save(1, point=reading(1.0))
    assert bench.log.add_intent(intent, lease=bench.lease)
    assert not bench.log.add_intent(intent, lease=bench.lease)
    bench.log.update_intent(replace(intent, state=IntentState.SENT), lease=bench.lease)
    bench.log.append_events([desk_event("2")])
    assert bench.subjects() == ["1", "2"]
    assert [each.state for each in bench.log.open_intents()] == [IntentState.SENT]
    assert bench.intents.open() == bench.log.open_intents()
    assert (bench.journal.records, bench.log.trouble, bench.journal.is_prepared) == ([], None, True)


def test_a_failing_database_is_an_alarm_and_the_call_succeeds(bench: Bench) -> None:
    bench.fail()
    bench.save(1)
    assert bench.log.trouble == str(FULL)
    (alarm,) = bench.alarms.standing()
    assert alarm.code is AlarmCode.STORAGE_TROUBLE
    assert alarm.message.startswith(str(FULL))
    assert "no new risk" in alarm.message
    assert [event.kind for each in bench.journal.records for event in each.events] == [
        DeskEventKind.ALARM_RAISED,
        DeskEventKind.SOURCE_STALE,
    ]


def test_what_went_to_the_journal_is_merged_once_in_order(bench: Bench) -> None:
    bench.save(0)
    bench.fail()
    bench.save(1, intents=(make_intent(),), point=reading(5.0))
    bench.log.update_intent(make_intent(state=IntentState.SENT), lease=bench.lease)
    bench.save(2)
    bench.log.append_events([desk_event("3")])
    bench.heal()
    bench.save(4)
    assert bench.subjects() == ["0", "1", "2", "3", "4"]
    assert bench.kinds() == [
        "source_stale",
        "alarm_raised",
        "source_stale",
        "source_stale",
        "source_stale",
        "journal_merged",
        "alarm_cleared",
        "source_stale",
    ]
    assert bench.desk.load_memory().as_of == bench.clock()
    assert bench.desk.history(since=EPOCH) == (reading(5.0),)
    assert bench.intents.open() == (make_intent(state=IntentState.SENT),)
    assert (bench.log.trouble, bench.alarms.standing(), bench.journal.records) == (None, (), [])


def test_events_written_alone_wait_for_what_the_journal_holds(bench: Bench) -> None:
    bench.fail()
    bench.save(1)
    bench.fail(None)
    bench.log.append_events([desk_event("2")])
    assert bench.told() == []
    bench.heal()
    bench.log.append_events([desk_event("3")])
    assert bench.subjects() == ["1", "2", "3"]


def test_the_database_is_tried_now_and_then_only(bench: Bench) -> None:
    bench.fail()
    bench.save(1)
    bench.fail(None)
    bench.seconds += TRY_EVERY_SECONDS - 0.01
    bench.save(2)
    assert bench.log.trouble is not None
    bench.seconds += 0.01
    bench.save(3)
    assert bench.log.trouble is None
    assert bench.subjects() == ["1", "2", "3"]


def test_a_database_that_still_fails_keeps_the_alarm_standing_since_its_beginning(
    bench: Bench,
) -> None:
    bench.fail()
    bench.save(1)
    since = bench.alarms.standing()[0].since
    for number in range(2, 6):
        bench.seconds += TRY_EVERY_SECONDS
        bench.save(number, events=())
        assert bench.alarms.standing()[0].since == since
    events = [event for each in bench.journal.records for event in each.events]
    assert [event.kind.value for event in events].count("alarm_raised") == 1


def test_cycles_that_decided_nothing_are_journaled_now_and_then(bench: Bench) -> None:
    bench.fail()
    bench.save(1)
    before = len(bench.journal.records)
    for _ in range(30):
        bench.seconds += 1.0
        bench.save(2, events=())
    assert len(bench.journal.records) - before == 30 // QUIET_CYCLE_EVERY_SECONDS
    assert bench.log.load_memory().as_of == bench.clock()
    bench.save(3, taken=(5,), events=())
    assert bench.journal.records[-1].taken == (5,)
    assert bench.journal.records[-1].memory.as_of == bench.clock()


def test_what_neither_takes_raises_and_is_not_taken_for_written(bench: Bench) -> None:
    bench.save(0)
    bench.fail()
    bench.journal.trouble = NO_JOURNAL
    memory = bench.log.load_memory()
    with pytest.raises(StorageError, match=r"no room left for emergency\.journal"):
        bench.save(1)
    with pytest.raises(StorageError, match="no room left"):
        bench.log.add_intent(make_intent(), lease=bench.lease)
    assert bench.log.load_memory() is memory
    assert bench.log.open_intents() == ()
    assert bench.log.trouble == str(FULL)
    assert [alarm.code for alarm in bench.alarms.standing()] == [AlarmCode.STORAGE_TROUBLE]
    assert bench.log.rules() == ()


def test_an_intent_is_known_whichever_of_the_two_took_it(bench: Bench) -> None:
    old, new, ended = (
        make_intent(make_request(client_order_id=name)) for name in ("old", "new", "ended")
    )
    bench.log.add_intent(old, lease=bench.lease)
    bench.log.update_intent(replace(old, state=IntentState.DONE), lease=bench.lease)
    bench.fail()
    assert not bench.log.add_intent(old, lease=bench.lease)
    assert bench.log.add_intent(new, lease=bench.lease)
    assert not bench.log.add_intent(new, lease=bench.lease)
    assert bench.log.add_intent(ended, lease=bench.lease)
    bench.log.update_intent(replace(ended, state=IntentState.DONE), lease=bench.lease)
    assert not bench.log.add_intent(ended, lease=bench.lease)
    assert bench.log.find_intent("ended") == replace(ended, state=IntentState.DONE)
    assert bench.log.find_intent("old") == replace(old, state=IntentState.DONE)
    assert bench.log.open_intents() == (new,)
    bench.heal()
    bench.save(1)
    assert bench.intents.open() == (new,)
    assert not bench.log.add_intent(ended, lease=bench.lease)


def test_in_trouble_reading_answers_with_what_is_known(bench: Bench) -> None:
    rules = (make_rule(),)
    bench.desk.save_rules(rules)
    bench.desk.add_request(WISH)
    assert bench.log.rules() == rules
    assert len(bench.log.requests()) == 1
    bench.fail()
    bench.save(1)
    bench.desk.rules = bench.desk.requests = unreadable  # type: ignore[assignment,method-assign]
    assert bench.log.rules() == rules
    assert bench.log.requests() == ()


def unreadable() -> tuple[()]:
    raise FULL


@pytest.mark.parametrize("what", ["rules", "requests"])
def test_a_database_that_cannot_be_read_is_trouble_too(bench: Bench, what: str) -> None:
    bench.desk.save_rules([make_rule()])
    bench.start()
    setattr(bench.desk, what, unreadable)
    assert bench.log.rules() == (make_rule(),)
    assert bench.log.requests() == ()
    assert bench.log.trouble == str(FULL)


def test_reading_never_raises_although_the_alarm_can_be_written_nowhere(bench: Bench) -> None:
    bench.desk.save_rules([make_rule()])
    bench.start()
    bench.fail()
    bench.journal.trouble = NO_JOURNAL
    bench.desk.rules = unreadable  # type: ignore[method-assign]
    assert bench.log.rules() == (make_rule(),)
    assert [alarm.code for alarm in bench.alarms.standing()] == [AlarmCode.STORAGE_TROUBLE]


def test_a_wish_left_in_trouble_is_carried_out_also_when_the_trouble_ends_first(
    bench: Bench,
) -> None:
    bench.fail()
    bench.save(1)
    number = bench.log.add_request(WISH)
    assert [each.number for each in bench.log.requests()] == [number]
    bench.heal()
    bench.log.append_events([desk_event("2")])
    assert bench.log.trouble is None
    assert bench.log.requests() == (replace(WISH, number=number),)
    bench.log.acknowledge_request(number, at=NOW)
    assert bench.log.request_progress(number) is RequestProgress.ACKNOWLEDGED
    bench.save(3, taken=(number,))
    assert bench.log.requests() == ()
    assert bench.log.request_progress(number) is RequestProgress.DONE


def test_a_wish_of_another_process_that_was_carried_out_in_trouble_is_done_once(
    bench: Bench,
) -> None:
    number = bench.log.add_request(WISH)
    bench.fail()
    bench.save(1, taken=(number,))
    assert bench.log.request_progress(number) is RequestProgress.DONE
    bench.heal()
    bench.save(2)
    assert bench.log.requests() == ()
    assert bench.log.request_progress(number) is RequestProgress.DONE


def test_a_process_that_dies_before_merging_leaves_it_to_the_next(bench: Bench) -> None:
    bench.save(0)
    bench.fail()
    bench.save(1, intents=(make_intent(),))
    memory = bench.log.load_memory()
    bench.fail(None)
    bench.start()
    assert memory_hash(bench.log.load_memory()) == memory_hash(memory)
    assert bench.log.open_intents() == (make_intent(),)
    assert bench.log.load_accounts() == (make_account(wallet=1.0),)
    assert bench.subjects() == ["0", "1"]
    assert bench.journal.records == []


def test_a_process_that_dies_between_merging_and_clearing_merges_nothing_twice(
    bench: Bench,
) -> None:
    bench.fail()
    bench.save(1)
    bench.save(2)
    bench.heal()
    clear = bench.journal.clear
    bench.journal.clear = unclearable  # type: ignore[method-assign]
    bench.save(3)
    assert bench.log.trouble == str(NO_JOURNAL)
    bench.journal.clear = clear  # type: ignore[method-assign]
    bench.start()
    assert bench.subjects() == ["1", "2", "3"]
    merged = [event for event in bench.told() if event.kind is DeskEventKind.JOURNAL_MERGED]
    assert len(merged) == 2  # of the records before, and of the one that came after


def unclearable() -> None:
    raise NO_JOURNAL


def test_damage_at_the_end_of_a_journal_is_told_with_what_was_readable(bench: Bench) -> None:
    bench.fail()
    bench.save(1)
    bench.journal.damage = "emergency.journal is cut or damaged after 2 records"
    bench.fail(None)
    bench.start()
    (news,) = [event for event in bench.told() if event.kind is DeskEventKind.JOURNAL_MERGED]
    assert news.detail == (
        "2 records of the emergency journal were merged; emergency.journal is cut or damaged "
        "after 2 records, and is kept"
    )
    assert bench.journal.damage is None


def test_a_journal_of_which_nothing_is_readable_is_told_too(bench: Bench) -> None:
    bench.journal.damage = "emergency.journal does not begin like a journal"
    bench.start()
    assert bench.kinds() == ["journal_merged"]
    assert bench.journal.damage is None


def test_starting_anew_in_the_same_process_ends_the_alarm(bench: Bench) -> None:
    bench.fail()
    bench.save(1)
    bench.fail(None)
    bench.log.recover(bench.lease)
    assert (bench.log.trouble, bench.alarms.standing()) == (None, ())


def test_a_start_on_a_database_that_takes_nothing_keeps_the_journal(bench: Bench) -> None:
    bench.fail()
    bench.save(1)
    kept = list(bench.journal.records)
    with pytest.raises(StorageError, match="disk is full"):
        bench.log.recover(bench.lease)
    assert bench.journal.records == kept


def test_a_journal_that_cannot_be_made_does_not_stop_a_start(bench: Bench) -> None:
    bench.journal.prepare = unclearable  # type: ignore[method-assign]
    bench.start()
    assert bench.log.trouble is None


def test_whoever_lost_the_lease_writes_nowhere(bench: Bench) -> None:
    first, lease = bench.log, bench.lease
    bench.fail()
    bench.save(1)
    bench.fail(None)
    bench.start()
    bench.seconds += TRY_EVERY_SECONDS
    record = CycleRecord(memory=CycleMemory(), accounts=(), events=(desk_event("late"),))
    for _ in range(2):
        with pytest.raises(LeaseLostError):
            first.save_cycle(record, lease=lease)
    bench.fail()
    with pytest.raises(LeaseLostError):
        first.add_intent(make_intent(), lease=lease)
    assert bench.journal.records == []
    bench.fail(None)
    first.append_events([desk_event("goodbye")])
    assert bench.subjects() == ["1", "goodbye"]


def test_a_process_that_does_not_act_is_told_that_the_database_fails(bench: Bench) -> None:
    log = DeskLog(bench.stores, bench.journal, bench.alarms, clock=bench.clock)
    bench.fail()
    with pytest.raises(StorageError):
        log.append_events([desk_event()])
    with pytest.raises(StorageError):
        log.add_request(WISH)
    assert (bench.journal.records, log.trouble) == ([], None)


def recorded(bench: Bench, memory_hash: str) -> RecordedCycle:
    return RecordedCycle(
        as_of=bench.clock(),
        accounts=(),
        rules=(),
        requests=(),
        policy=DEFAULT_POLICY,
        decision_hash="",
        memory_hash=memory_hash,
    )


def test_after_cycles_that_only_the_journal_has_a_replay_finds_the_memory_to_begin_with(
    bench: Bench,
) -> None:
    bench.save(1, recorded=recorded(bench, "1"))
    bench.fail()
    bench.save(2, recorded=recorded(bench, "2"))
    bench.save(3, recorded=recorded(bench, "3"), events=())
    memory = bench.log.load_memory()
    bench.heal()
    bench.save(4, recorded=recorded(bench, "4"))
    bench.save(5, recorded=recorded(bench, "5"))
    assert [each.memory_hash for each in bench.desk.recorded] == ["1", "2", "4", "5"]
    begun = [each.memory_before for each in bench.desk.recorded]
    assert begun[0] is begun[1] is begun[3] is None
    assert begun[2] is memory
    assert [each.is_after_gap for each in bench.desk.recorded] == [False, False, True, False]


def cycles(bench: Bench, *marks: float) -> None:
    """Decide and save cycles a second apart that tell nothing."""
    recorder = CycleRecorder()
    for mark in marks:
        bench.clock.advance(seconds=1)
        account = replace(long_account(mark), observed_at=bench.clock.now)
        inputs = CycleInputs(
            as_of=bench.clock.now, accounts=(account,), rules=(), requests=(), policy=PATIENT
        )
        before = bench.log.load_memory()
        result, _ = decide(before, inputs)
        told = recorder.recorded(before, inputs, result)
        record = CycleRecord(memory=result.memory, accounts=inputs.accounts, recorded=told)
        bench.log.save_cycle(record, lease=bench.lease)


@pytest.mark.parametrize("is_restarted", [True, False])
def test_a_replay_over_a_time_of_storage_trouble_finds_no_difference(
    bench: Bench, is_restarted: bool
) -> None:
    cycles(bench, 100.0, 97.0)
    bench.fail()
    cycles(bench, 80.0, 85.0, 110.0, 90.0)
    bench.log.add_intent(make_intent(), lease=bench.lease)
    bench.heal()
    if is_restarted:
        bench.start()
    cycles(bench, 95.0, 60.0, 99.0)
    report = replay(bench.stores.audit)
    assert (report.difference, report.cycles, report.equal) == (None, 5, 5)


@pytest.mark.parametrize("is_quiet", [True, False])
def test_a_start_after_cycles_that_are_recorded_nowhere_marks_the_gap(
    bench: Bench, is_quiet: bool
) -> None:
    bench.save(1, recorded=recorded(bench, "1"))
    bench.fail()
    bench.save(2, recorded=recorded(bench, "2"))
    if is_quiet:
        bench.save(3, recorded=recorded(bench, "3"), events=())
    bench.log.add_intent(make_intent(), lease=bench.lease)
    bench.fail(None)
    bench.start()
    bench.save(4, recorded=recorded(bench, "4"))
    bench.save(5, recorded=recorded(bench, "5"))
    marks = [each.is_after_gap for each in bench.desk.recorded]
    assert marks == [False, False, is_quiet, False]


@pytest.mark.parametrize("step", range(7))
def test_trouble_at_any_step_loses_nothing_and_writes_nothing_twice(
    bench: Bench, step: int
) -> None:
    """Every write is one step; the database fails from one of them on, then heals."""
    intent = make_intent()
    actions = [
        lambda: bench.save(0),
        lambda: bench.log.add_intent(intent, lease=bench.lease),
        lambda: bench.log.update_intent(replace(intent, state=IntentState.SENT), lease=bench.lease),
        lambda: bench.log.append_events([desk_event("1")]),
        lambda: bench.save(2),
        lambda: bench.log.update_intent(replace(intent, state=IntentState.DONE), lease=bench.lease),
        lambda: bench.save(3),
    ]
    for number, act in enumerate(actions):
        if number == step:
            bench.fail()
        if number == step + 3:
            bench.heal()
        act()
    bench.heal()
    bench.clock.now += timedelta(seconds=1)
    bench.save(4)
    assert bench.subjects() == ["0", "1", "2", "3", "4"]
    assert bench.intents.find(intent.intent_id) == replace(intent, state=IntentState.DONE)
    assert bench.log.open_intents() == bench.intents.open() == ()
    assert memory_hash(bench.desk.load_memory()) == memory_hash(bench.log.load_memory())
