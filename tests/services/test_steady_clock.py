"""A clock that goes on at the right rate whatever is done to the machine's."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from etrms_core.domain.events import DeskEventKind
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.risk_cycle import run_risk_cycle
from etrms_core.services.steady_clock import SteadyClock
from tests.builders import NOW, make_account, make_position
from tests.engine.desk import HALVE, breaker_kinds, long_account, make_rule


class Machine:
    """Clocks of a machine that a test turns."""

    def __init__(self) -> None:
        self.now: datetime = NOW
        self.seconds = 0.0

    def wall(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return self.seconds

    def run(self, seconds: float) -> None:
        self.seconds += seconds
        self.now += timedelta(seconds=seconds)

    def set_wall(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def clock_of(machine: Machine, floor: datetime | None = None) -> SteadyClock:
    return SteadyClock(machine.wall, machine.monotonic, floor=floor)


def test_it_reads_the_wall_clock_while_that_is_well() -> None:
    machine = Machine()
    clock = clock_of(machine)
    machine.run(90.0)
    assert clock() == machine.now
    assert clock.ahead == timedelta(0)


def test_set_back_by_an_hour_it_goes_on_at_the_right_rate_and_says_how_far_it_is_ahead() -> None:
    machine = Machine()
    clock = clock_of(machine)
    machine.set_wall(-3600.0)
    for _ in range(5):
        before = clock()
        machine.run(10.0)
        assert clock() - before == timedelta(seconds=10)
    assert clock.ahead == timedelta(hours=1)


def test_it_meets_the_wall_clock_again_when_that_has_caught_up() -> None:
    machine = Machine()
    clock = clock_of(machine)
    machine.set_wall(-60.0)
    clock()
    machine.set_wall(90.0)
    assert clock() == machine.now
    assert clock.ahead == timedelta(0)


def test_after_sleep_it_jumps_with_the_wall_clock() -> None:
    machine = Machine()
    clock = clock_of(machine)
    machine.set_wall(8 * 3600.0)
    assert clock() == NOW + timedelta(hours=8)


def test_it_starts_no_earlier_than_the_last_process_stopped() -> None:
    machine = Machine()
    clock = clock_of(machine, floor=NOW + timedelta(minutes=30))
    machine.run(1.0)
    assert clock() == NOW + timedelta(minutes=30, seconds=1)
    assert clock_of(machine, floor=NOW - timedelta(days=1))() == machine.now


@given(
    st.lists(
        st.tuples(st.floats(0.0, 100.0), st.floats(-10_000.0, 10_000.0)), min_size=1, max_size=30
    )
)
def test_it_never_goes_back_never_falls_behind_and_never_runs_slow(
    turns: list[tuple[float, float]],
) -> None:
    machine = Machine()
    clock = clock_of(machine)
    last = clock()
    for elapsed, jump in turns:
        machine.run(elapsed)
        machine.set_wall(jump)
        now = clock()
        assert now >= last + timedelta(seconds=elapsed) - timedelta(milliseconds=1)
        assert now >= machine.now
        assert now <= max(last + timedelta(seconds=elapsed, milliseconds=1), machine.now)
        last = now


def test_readings_stay_fresh_when_the_machines_clock_goes_back_by_an_hour() -> None:
    machine = Machine()
    clock = clock_of(machine)
    memory, ages = CycleMemory(), []
    for second in range(4):
        if second == 2:
            machine.set_wall(-3600.0)
        machine.run(1.0)
        account = make_account(make_position())
        read = type(account)(
            account.account, account.venue, clock(), account.balances, account.positions
        )
        result = run_risk_cycle(memory, [read], (), as_of=clock())
        assert DeskEventKind.CLOCK_WENT_BACK not in {event.kind for event in result.events}
        memory = result.memory
        ages.append(result.snapshot.sources[0].age_seconds)
    assert ages == [0.0] * 4


def test_a_cooldown_ends_on_time_when_the_machines_clock_goes_back_by_an_hour() -> None:
    machine = Machine()
    clock = clock_of(machine)
    rule = make_rule("gross_exposure", 100.0, HALVE, cooldown_seconds=30.0)
    memory, kinds = CycleMemory(), []
    for second in range(40):
        if second == 5:
            machine.set_wall(-3600.0)
        machine.run(1.0)
        account = replace(long_account(), observed_at=clock())
        result = run_risk_cycle(memory, [account], [rule], as_of=clock())
        memory = result.memory
        kinds.append(breaker_kinds(result))
    fired = [second for second, told in enumerate(kinds) if "triggered" in told]
    assert fired[:1] == [0]
    ended = [second for second, told in enumerate(kinds) if {"rearmed", "waiting_reset"} & {*told}]
    assert ended[:1] == [30]
