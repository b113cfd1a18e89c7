"""Resets, resumes and pauses that wait, on a desk that runs its cycles."""

from dataclasses import replace
from datetime import timedelta

import pytest

from etrms_core.breakers.rules import BreakerRule
from etrms_core.engine.changes import ResetBreaker, Standing
from etrms_core.engine.storage_ports import DeskRequest, RequestKind
from etrms_core.kernels.breaker_state import LATCHED
from etrms_core.services.change_settling import applied, expectation
from etrms_core.services.desk import Desk
from tests.builders import NOW
from tests.engine.desk import NOTIFY, long_account, make_rule
from tests.services.home import Home

LATCH = make_rule(
    "drawdown",
    0.1,
    NOTIFY,
    {"kind": "reduce_only_mode"},
    latched=True,
    drawdown_peak="since_rearm",
)


def show(home: Home, mark: float) -> None:
    home.show(replace(long_account(mark), is_paper=False))


@pytest.fixture
def home() -> Home:
    return Home(replace(long_account(), is_paper=False), rules=[LATCH])


@pytest.fixture
def latched(home: Home) -> Desk:
    desk = home.open()
    desk.refresh()
    show(home, 85.0)
    desk.refresh()
    assert states(desk) == [LATCHED]
    return desk


def states(desk: Desk) -> list[int]:
    state = desk.stored_state()
    assert state is not None
    return [int(each) for each in state.memory.breakers.memory.state]


def ask_to_reset(desk: Desk) -> None:
    asked = desk.commitment.ask(ResetBreaker("guard"), by="Ada", is_confirmed=True)
    assert asked.pending is not None


def test_a_reset_lets_go_after_its_delay(home: Home, latched: Desk) -> None:
    ask_to_reset(latched)
    latched.refresh()
    assert states(latched) == [LATCHED]
    home.clock.advance(hours=1)
    show(home, 85.0)
    latched.refresh()
    assert states(latched) != [LATCHED]
    assert len(latched.events(kinds=["change_made"])) == 1


def test_a_reset_never_lets_go_a_newer_latch(home: Home, latched: Desk) -> None:
    ask_to_reset(latched)
    home.stores.desk.add_request(DeskRequest(RequestKind.RESET_BREAKER, "guard", home.clock.now))
    latched.refresh()
    assert states(latched) != [LATCHED]
    show(home, 60.0)
    latched.refresh()
    assert states(latched) == [LATCHED]
    home.clock.advance(hours=1)
    show(home, 60.0)
    latched.refresh()
    assert states(latched) == [LATCHED]
    assert len(latched.events(kinds=["request_refused"])) == 1


def test_a_resume_that_waits_ends_no_later_halt(home: Home, latched: Desk) -> None:
    latched.halt("first")
    latched.refresh()
    assert latched.resume("Ada") > home.clock.now
    latched.halt("second")
    latched.refresh()
    home.clock.advance(hours=1)
    show(home, 85.0)
    assert latched.refresh().memory.kill_switch is not None
    assert len(latched.events(kinds=["request_refused"])) == 1


def test_a_pause_with_real_money_ends_after_the_delay(home: Home, latched: Desk) -> None:
    latched.pause(timedelta(hours=5), "enough")
    latched.refresh()
    assert latched.end_pause("Ada") == home.clock.now + timedelta(hours=1)
    paused = latched.refresh().blocks
    home.clock.advance(hours=1)
    show(home, 85.0)
    assert len(latched.refresh().blocks) == len(paused) - 1


def test_a_change_of_a_rule_is_another_fingerprint_for_its_reset(latched: Desk, home: Home) -> None:
    def fingerprint_with(rule: BreakerRule) -> str:
        standing = Standing(rules=(rule,), limits=home.stores.limits.limits(), settings=None)
        assert applied(ResetBreaker("guard"), standing, by="Ada", now=NOW).added is not None
        return expectation(ResetBreaker("guard"), standing, home.stores)

    assert states(latched) == [LATCHED]
    assert fingerprint_with(LATCH) != fingerprint_with(replace(LATCH, threshold=0.05))
