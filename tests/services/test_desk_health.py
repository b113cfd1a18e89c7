"""Health: ok, degraded when a source is stale, dead when nobody guards the accounts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Event

import pytest

from etrms_core.domain.account import AccountState
from etrms_core.domain.policy import RiskPolicy
from etrms_core.services.alarms import Alarm, AlarmCode
from etrms_core.services.desk_health import DeskHealth, HealthStatus, Pulse, desk_health, pulse_of
from etrms_core.services.monitor_thread import MonitorThread
from etrms_core.services.risk_state import RiskState
from etrms_core.services.supervisor import Role
from tests.builders import NOW
from tests.engine.desk import NEVER, Desk, long_account
from tests.services.test_monitor_thread import Cycles, wait_for

POLICY = RiskPolicy()


def state_of(*accounts: AccountState, age: float = 0.0) -> RiskState:
    result = Desk().read(*accounts, ages={"main": age})
    return RiskState(result.snapshot, accounts, result.memory, ())


def judge(
    state: RiskState | None,
    pulse: Pulse,
    *alarms: Alarm,
    now: datetime = NOW,
    policy: RiskPolicy = POLICY,
) -> DeskHealth:
    return desk_health(state, pulse, role=Role.ACTIVE, alarms=alarms, now=now, policy=policy)


def watch(
    state: RiskState | None,
    thread: MonitorThread,
    *,
    now: datetime = NOW,
    policy: RiskPolicy = POLICY,
) -> DeskHealth:
    return judge(state, pulse_of(thread, state, now=now), now=now, policy=policy)


@pytest.fixture
def running() -> Iterator[MonitorThread]:
    cycles = Cycles()
    thread = MonitorThread(cycles, interval_seconds=3_600.0)
    thread.start()
    wait_for(lambda: thread.age_seconds is not None)
    yield thread
    thread.stop()


def test_before_the_first_cycle_it_is_dead() -> None:
    thread = MonitorThread(Cycles(), interval_seconds=1.0)
    health = watch(None, thread, now=NOW)
    assert (health.status, health.monitor_age_seconds, health.sources) == (
        HealthStatus.DEAD,
        None,
        {},
    )


def test_a_running_monitor_with_fresh_sources_is_ok(running: MonitorThread) -> None:
    state = state_of(long_account())
    health = watch(state, running, now=state.as_of + timedelta(seconds=2))
    assert (health.status, health.mode, health.error) == (HealthStatus.OK, "paper", None)
    assert health.sources == {"main": 2.0}


def test_a_real_account_makes_it_live(running: MonitorThread) -> None:
    state = state_of(replace(long_account(), is_paper=False))
    assert watch(state, running, now=state.as_of).mode == "live"


@pytest.mark.parametrize(("age", "shown"), [(11.0, 11.0), (500.0, 500.0), (NEVER, None)])
def test_a_source_that_is_stale_degrades_it(
    running: MonitorThread, age: float, shown: float | None
) -> None:
    state = state_of(long_account(), age=age)
    health = watch(state, running, now=state.as_of)
    assert (health.status, health.sources) == (HealthStatus.DEGRADED, {"main": shown})


def test_an_error_in_the_last_cycle_degrades_it() -> None:
    cycles = Cycles()
    thread = MonitorThread(cycles, interval_seconds=3_600.0)
    thread.start()
    wait_for(lambda: thread.age_seconds is not None)
    cycles.trouble = ValueError("broken")
    thread.wake()
    wait_for(lambda: thread.last_error is not None)
    state = state_of(long_account())
    health = watch(state, thread, now=state.as_of)
    assert (health.status, health.error) == (HealthStatus.DEGRADED, "ValueError: broken")
    thread.stop()
    assert watch(state, thread, now=NOW).status is HealthStatus.DEAD


def test_a_thread_that_hangs_is_dead_though_it_lives() -> None:
    cycles, release = Cycles(), Event()

    def hang() -> None:
        cycles()
        if cycles.count > 1:
            release.wait(5.0)

    thread = MonitorThread(hang, interval_seconds=0.0)
    thread.start()
    wait_for(lambda: cycles.count == 2 and (thread.age_seconds or 0.0) > 0.02)
    state = state_of(long_account())
    impatient = RiskPolicy(stale_after_seconds=0.02)
    assert thread.is_alive
    health = watch(state, thread, now=state.as_of, policy=impatient)
    assert health.status is HealthStatus.DEAD
    release.set()
    thread.stop()


LIVING = Pulse(1.0, is_alive=True)


@pytest.mark.parametrize("code", list(AlarmCode))
def test_an_alarm_degrades_it_and_one_of_the_monitor_kills_it(code: AlarmCode) -> None:
    state, alarm = state_of(long_account()), Alarm(code, "look here", NOW)
    health = judge(state, LIVING, alarm)
    fatal = code in (AlarmCode.MONITOR_DEAD, AlarmCode.MONITOR_HUNG)
    assert health.status is (HealthStatus.DEAD if fatal else HealthStatus.DEGRADED)
    assert (health.alarms, health.role) == ((alarm,), Role.ACTIVE)


def test_where_no_monitor_runs_the_last_stored_cycle_is_the_pulse() -> None:
    state = state_of(long_account())
    fresh = pulse_of(None, state, now=state.as_of + timedelta(seconds=3))
    assert fresh == Pulse(3.0, is_alive=True)
    assert judge(state, fresh, now=state.as_of).status is HealthStatus.OK
    late = pulse_of(None, state, now=state.as_of + timedelta(seconds=11))
    assert judge(state, late, now=state.as_of).status is HealthStatus.DEAD


def test_a_clock_that_goes_back_makes_no_negative_age() -> None:
    state = state_of(long_account())
    assert pulse_of(None, state, now=state.as_of - timedelta(hours=1)).age_seconds == 0.0
    health = judge(state, LIVING, now=state.as_of - timedelta(hours=1))
    assert health.sources == {"main": 0.0}


def test_without_any_cycle_nobody_guards() -> None:
    pulse = pulse_of(None, None, now=NOW)
    assert pulse == Pulse(None, is_alive=False)
    assert judge(None, pulse).status is HealthStatus.DEAD


def test_a_monitor_that_takes_over_is_as_young_as_the_last_cycle_of_its_predecessor() -> None:
    state = state_of(long_account())
    taking_over = MonitorThread(Cycles(), interval_seconds=1.0)
    pulse = pulse_of(taking_over, state, now=state.as_of + timedelta(seconds=3))
    assert pulse.age_seconds == 3.0
