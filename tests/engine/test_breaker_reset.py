"""A person's reset."""

import pytest

from etrms_core.engine.breaker_reset import reset_breaker
from etrms_core.errors import ConfigurationError
from etrms_core.kernels import breaker_state as states
from tests.builders import NOW
from tests.engine.desk import (
    HALVE,
    NOTIFY,
    Desk,
    blocked_scopes,
    breaker_kinds,
    long_account,
    make_rule,
)


def latched_desk(**fields: object) -> Desk:
    rule = make_rule("drawdown", 0.1, HALVE, latched=True, **fields)
    desk = Desk(rules=(rule,))
    desk.read(long_account())
    desk.read(long_account(80.0))
    return desk


def reset(desk: Desk) -> list[str]:
    desk.memory, events = reset_breaker(desk.memory, desk.rules, "guard", now=desk.now)
    return [event.kind.value for event in events]


def test_a_reset_rule_waits_for_its_reset_threshold() -> None:
    desk = latched_desk()
    assert reset(desk) == ["reset"]
    desk.read(long_account(80.0))
    assert desk.memory.breakers.memory.state[0] == states.WAITING_RESET
    assert blocked_scopes(desk) == ["portfolio"]
    assert breaker_kinds(desk.read(long_account(95.0))) == ["rearmed"]


def test_a_reset_restarts_a_peak_since_rearm_and_arms() -> None:
    desk = latched_desk(drawdown_peak="since_rearm")
    reset(desk)
    assert desk.memory.breakers.memory.state[0] == states.ARMED
    assert desk.memory.breakers.memory.peak[0] == pytest.approx(0.8)
    assert breaker_kinds(desk.read(long_account(80.0))) == []
    assert blocked_scopes(desk) == []


def test_a_reset_of_a_rule_that_is_not_latched_changes_no_state() -> None:
    desk = Desk(rules=(make_rule("drawdown", 0.1, NOTIFY, cooldown_seconds=60),))
    desk.read(long_account())
    desk.read(long_account(80.0))
    assert reset(desk) == []
    assert desk.memory.breakers.memory.state[0] == states.COOLING_DOWN


def test_a_reset_lifts_reduce_only_mode_but_no_pause() -> None:
    mode, pause = {"kind": "reduce_only_mode"}, {"kind": "pause_trading", "seconds": 600}
    desk = Desk(rules=(make_rule("drawdown", 0.1, mode, pause, cooldown_seconds=60),))
    desk.read(long_account())
    desk.read(long_account(80.0))
    assert len(desk.memory.restrictions) == 2
    assert reset(desk) == ["reset"]
    assert [each.until is None for each in desk.memory.restrictions] == [False]


def test_a_reset_leaves_other_rules_and_the_old_memory_alone() -> None:
    desk = latched_desk()
    desk.rules = (*desk.rules, make_rule("drawdown", 0.05, NOTIFY, latched=True, name="other"))
    desk.read(long_account(80.0))
    desk.read(long_account(70.0))
    before = desk.memory
    reset(desk)
    assert before.breakers.memory.state.tolist() == [states.LATCHED, states.LATCHED]
    assert desk.memory.breakers.memory.state.tolist() == [states.WAITING_RESET, states.LATCHED]


def test_an_unknown_rule_is_named() -> None:
    with pytest.raises(ConfigurationError, match="'gone'"):
        reset_breaker(Desk().memory, (), "gone", now=NOW)
