"""A monitor that dies or hangs is an alarm, is replaced, and can no longer act (P6)."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event as Flag
from typing import Any

import pytest

from etrms_core.adapters.exchanges.paper.exchange import PaperExchange
from etrms_core.domain.events import DeskEventKind
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.errors import LeaseLostError
from etrms_core.services.alarms import AlarmCode
from etrms_core.services.desk import Desk
from etrms_core.services.desk_health import HealthStatus
from etrms_core.services.supervisor import Role
from tests.faults.desks import HALVE
from tests.faults.live_desk import live_desk, make_home, open_venue, person, utc_now, wait_for

ALARM_SECONDS, RESTART_SECONDS, LIVE_SECONDS = 15.0, 10.0, 10.0
CYCLE_SECONDS = 0.1


@dataclass(slots=True)
class Trap:
    """Catches the caller of one method of the desk's store once, after it was set.

    `how` is ``die``, which ends the calling thread, or ``hang``, until it is released.
    """

    method: str
    how: str
    is_set: bool = False
    caught_at: float | None = None
    free: Flag = field(default_factory=Flag)

    def wrap(self, stores: DeskStores) -> DeskStores:
        return replace(stores, desk=_Trapped(stores.desk, self))

    def step_in(self) -> None:
        if not self.is_set:
            return
        self.is_set = False
        self.caught_at = time.monotonic()
        if self.how == "die":
            raise SystemExit
        self.free.wait(60.0)

    @property
    def seconds(self) -> float:
        """Since somebody was caught."""
        assert self.caught_at is not None
        return time.monotonic() - self.caught_at


class _Trapped:
    def __init__(self, target: object, trap: Trap) -> None:
        self._target = target
        self._trap = trap

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        if name == self._trap.method:
            self._trap.step_in()
        return getattr(self._target, name)


def start(desk: Desk) -> None:
    desk.start()
    wait_for(lambda: desk.health().status is HealthStatus.OK, seconds=LIVE_SECONDS)


def sounds(desk: Desk, code: AlarmCode) -> bool:
    return any(alarm.code is code for alarm in desk.alarms())


def has_new_monitor(desk: Desk, old: object) -> bool:
    with suppress(LeaseLostError):
        guard = desk._supervisor.guard
        return guard is not old and guard.thread.age_seconds is not None
    return False


def fall(exchange: PaperExchange, market: Any) -> None:  # noqa: ANN401
    """Let the mark fall so far that the drawdown rule halves the position."""
    market.move(utc_now(), BTCUSDT=80.0)
    assert exchange.fetch_account().positions


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize(
    ("method", "how", "code", "worst"),
    [
        ("save_cycle", "die", AlarmCode.MONITOR_DEAD, 3.0),
        ("rules", "hang", AlarmCode.MONITOR_HUNG, ALARM_SECONDS),
    ],
)
def test_a_monitor_that_dies_or_hangs_is_an_alarm_and_is_replaced(
    tmp_path: Path, method: str, how: str, code: AlarmCode, worst: float
) -> None:
    exchange, market = open_venue("main")
    person(exchange, 1)
    trap = Trap(method, how)
    home = make_home(tmp_path / "home", [HALVE])
    with live_desk(home, {"main": exchange}, interval_seconds=0.1, wrap=trap.wrap) as desk:
        start(desk)
        old = desk._supervisor.guard
        trap.is_set = True
        wait_for(lambda: trap.caught_at is not None, seconds=5.0)
        fall(exchange, market)
        seen = watched(desk, lambda: has_new_monitor(desk, old))
        took = trap.seconds
        assert took <= min(worst, ALARM_SECONDS), took
        assert code in seen, seen
        acted = wait_for(lambda: held(exchange) == 0.5, seconds=RESTART_SECONDS)
        wait_for(lambda: desk.health().status is HealthStatus.OK, seconds=RESTART_SECONDS)
        assert not sounds(desk, code)
        # Released, the old one finds that another number acts; so does whoever calls it.
        trap.free.set()
        with pytest.raises(LeaseLostError):
            old.refresh()
        assert held(exchange) == 0.5
        kinds = [stored.event.kind for stored in desk.events(limit=200)]
        assert kinds.count(DeskEventKind.MONITOR_RESTARTED) == 1
        print(f"{how}: replaced after {took:.1f} s, acted {acted:.1f} s later")  # noqa: T201


def test_a_listener_that_never_returns_is_a_hung_monitor(tmp_path: Path) -> None:
    exchange, market = open_venue("main")
    person(exchange, 1)
    hang, free = Flag(), Flag()
    home = make_home(tmp_path / "home", [HALVE])
    with live_desk(home, {"main": exchange}, interval_seconds=0.1) as desk:
        start(desk)
        old = desk._supervisor.guard

        def never_returns(_state: object) -> None:
            if hang.is_set():
                hang.clear()
                free.wait(60.0)

        desk.subscribe("risk", never_returns)
        hang.set()
        wait_for(lambda: not hang.is_set(), seconds=5.0)
        fall(exchange, market)
        dead_after = wait_for(
            lambda: desk.health().status is HealthStatus.DEAD, seconds=ALARM_SECONDS
        )
        wait_for(lambda: has_new_monitor(desk, old), seconds=RESTART_SECONDS)
        wait_for(lambda: held(exchange) == 0.5, seconds=RESTART_SECONDS)
        free.set()
        wait_for(lambda: not old.thread.is_alive, seconds=5.0)
        assert held(exchange) == 0.5
        assert dead_after <= ALARM_SECONDS


def test_a_desk_whose_database_hangs_gives_way_to_another_process(tmp_path: Path) -> None:
    exchange, market = open_venue("main")
    person(exchange, 1)
    trap = Trap("save_cycle", "hang")
    home = make_home(tmp_path / "home", [HALVE])
    with (
        live_desk(home, {"main": exchange}, interval_seconds=0.1, wrap=trap.wrap) as desk,
        live_desk(home, {"main": exchange}, interval_seconds=0.1) as other,
    ):
        start(desk)
        other.start()
        assert other.role is Role.STANDBY
        with caught(trap):
            fall(exchange, market)
            wait_for(lambda: held(exchange) == 0.5, seconds=RESTART_SECONDS)
            assert other.role is Role.ACTIVE
        wait_for(lambda: desk.role is Role.STANDBY, seconds=ALARM_SECONDS)
        time.sleep(20 * CYCLE_SECONDS)
        # The one that is back does not take the lease away from the one that acts.
        assert (desk.role, other.role) == (Role.STANDBY, Role.ACTIVE)
        assert held(exchange) == 0.5
        assert other.health().status is HealthStatus.OK


def test_a_database_that_hangs_is_an_alarm_and_its_return_is_noticed(tmp_path: Path) -> None:
    exchange, market = open_venue("main")
    person(exchange, 1)
    trap = Trap("save_cycle", "hang")
    home = make_home(tmp_path / "home", [HALVE])
    with live_desk(home, {"main": exchange}, interval_seconds=0.1, wrap=trap.wrap) as desk:
        start(desk)
        with caught(trap):
            fall(exchange, market)
            wait_for(lambda: sounds(desk, AlarmCode.MONITOR_HUNG), seconds=ALARM_SECONDS)
            assert desk.health().status is HealthStatus.DEAD
        wait_for(lambda: held(exchange) == 0.5, seconds=RESTART_SECONDS)
        wait_for(lambda: desk.health().status is HealthStatus.OK, seconds=RESTART_SECONDS)


@contextmanager
def caught(trap: Trap) -> Iterator[None]:
    """Set a trap, go on when somebody is caught, and free them at the end."""
    trap.is_set = True
    try:
        wait_for(lambda: trap.caught_at is not None, seconds=5.0)
        yield
    finally:
        trap.free.set()


def held(exchange: PaperExchange) -> float:
    return sum(position.quantity for position in exchange.fetch_account().positions)


def watched(desk: Desk, is_over: Callable[[], bool]) -> set[AlarmCode]:
    """Return every alarm that sounded until something was over, while health said dead."""
    seen: set[AlarmCode] = set()

    def is_done() -> bool:
        seen.update(alarm.code for alarm in desk.alarms())
        if seen & {AlarmCode.MONITOR_DEAD, AlarmCode.MONITOR_HUNG} and desk.alarms():
            assert desk.health().status is HealthStatus.DEAD
        return is_over()

    wait_for(is_done, seconds=ALARM_SECONDS + RESTART_SECONDS)
    return seen
