"""One rule as lines: state, distance, cooldown, last trigger, and its scopes below it."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.presenters.breaker_lines import MOST_INSTANCES, can_be_reset, rule_lines
from etrms_core.breakers.rules import ActionKind, BreakerAction, BreakerRule
from etrms_core.domain.account import AccountState
from etrms_core.domain.identifiers import Scope, ScopeKind
from etrms_core.risk.metrics import Metric
from etrms_core.services.risk_state import RiskState
from tests.app.readings import make_rule, position_with, run_cycles
from tests.builders import make_account

UTC = ZoneInfo("UTC")
CLOSE = BreakerAction(ActionKind.CLOSE_ALL)
REDUCE_ONLY = BreakerAction(ActionKind.REDUCE_ONLY_MODE)
EACH_SYMBOL = Scope(ScopeKind.SYMBOL)


def gross(threshold: float, **fields: Any) -> BreakerRule:  # noqa: ANN401  any field
    return make_rule(metric=Metric.GROSS_EXPOSURE, threshold=threshold, **fields)


def account(count: int = 1) -> AccountState:
    return make_account(*(position_with(f"C{number}USDT", 1.0) for number in range(count)))


def state_of(rule: BreakerRule, count: int = 1) -> RiskState:
    return run_cycles([account(count)], rules=(rule,))


def test_an_armed_rule_shows_value_threshold_headroom_and_cooldown() -> None:
    rule = gross(150.0, cooldown_seconds=3_600.0, for_seconds=60.0)
    (line,) = rule_lines(rule, state_of(rule), zone=UTC)
    assert (line.name.text, line.name.note) == ("rule", "Portfolio: notify")
    assert (line.state.text, line.value.text) == ("Armed", "100.00 USD")
    assert (line.limit.text, line.limit.note) == ("\u2265 150 USD for 1 min", "Gross exposure")
    assert line.headroom.text == "50.00 USD left"
    assert line.headroom.share == pytest.approx(1 / 3)
    assert (line.cooldown.text, line.last.text) == ("1 h", "never")


def test_a_rule_that_fired_shows_what_is_left_of_its_cooldown_and_when_it_fired() -> None:
    rule = gross(60.0, cooldown_seconds=3_600.0)
    (line,) = rule_lines(rule, state_of(rule), zone=UTC)
    assert (line.state.text, line.cooldown.text, line.cooldown.note) == (
        "Cooling down",
        "1 h left",
        "of 1 h",
    )
    assert line.last.text.count(":") == 2


def test_a_latched_rule_and_one_that_waits_say_what_for() -> None:
    latched = gross(60.0, latched=True)
    state = state_of(latched)
    assert rule_lines(latched, state, zone=UTC)[0].state.text == "Latched"
    assert can_be_reset(latched, state)
    waiting = gross(60.0, reset_threshold=40.0, actions=(CLOSE,))
    state = run_cycles([account()], [account()], rules=(waiting,))
    cell = rule_lines(waiting, state, zone=UTC)[0].state
    assert (cell.text, cell.note) == (
        "Waiting for reset",
        "until gross exposure is below 40 USD; entries blocked",
    )
    assert not can_be_reset(waiting, state)


def test_an_armed_rule_still_says_what_it_forbids_until_a_reset() -> None:
    rule = gross(60.0, actions=(REDUCE_ONLY,))
    state = run_cycles([account()], [make_account()], [make_account()], rules=(rule,))
    (line,) = rule_lines(rule, state, zone=UTC)
    assert (line.state.text, line.state.note) == ("Armed", "entries blocked until you reset it")
    assert can_be_reset(rule, state)


def test_a_metric_that_is_not_known_blocks_and_is_no_matter_for_a_reset() -> None:
    rule = gross(60.0, actions=(CLOSE,))
    unread = replace(make_account(), observed_at=None, balances=())
    state = run_cycles([unread], rules=(rule,))
    (line,) = rule_lines(rule, state, zone=UTC)
    assert (line.state.text, line.state.note) == ("Armed", "entries blocked")
    assert line.value.text == "\u2013"
    assert not can_be_reset(rule, state)


def test_scopes_stand_below_their_rule_and_the_closest_one_beside_it() -> None:
    rule = gross(150.0, scope=EACH_SYMBOL)
    first, *rest = rule_lines(rule, state_of(rule, 3), zone=UTC, shows_all=True)
    assert first.value.note == "C0USDT, closest of 3"
    assert [line.name.text[2:] for line in rest] == ["C0USDT", "C1USDT", "C2USDT"]
    assert [line.headroom.share for line in rest] == [None] * 3


def test_scopes_that_are_calm_are_counted_beside_the_closest_and_not_listed() -> None:
    rule = gross(150.0, scope=EACH_SYMBOL)
    (line,) = rule_lines(rule, state_of(rule, 3), zone=UTC)
    assert line.value.note == "C0USDT, closest of 3"
    off = replace(rule, enabled=False)
    assert len(rule_lines(off, state_of(rule, 3), zone=UTC)) == 1


@pytest.mark.parametrize("quantity", [1.3, 1.6])
def test_a_scope_that_is_near_or_has_fired_is_listed_and_the_calm_ones_are_counted(
    quantity: float,
) -> None:
    rule = gross(150.0, scope=EACH_SYMBOL, cooldown_seconds=60.0)
    positions = [position_with(f"C{number}USDT", 1.0) for number in range(2)]
    held = make_account(*positions, position_with("NEARUSDT", quantity))
    lines = rule_lines(rule, run_cycles([held], rules=(rule,)), zone=UTC)
    assert [line.name.text[2:] for line in lines[1:2]] == ["NEARUSDT"]
    assert lines[-1].name.text == "and 2 more, further away"


def test_a_scope_whose_value_is_not_known_is_listed() -> None:
    rule = gross(150.0, scope=EACH_SYMBOL)
    unknown = replace(position_with("C1USDT", 1.0), mark_price=None)
    held = make_account(position_with("C0USDT", 1.0), unknown)
    lines = rule_lines(rule, run_cycles([held], rules=(rule,)), zone=UTC)
    assert [line.name.text[2:] for line in lines[1:2]] == ["C1USDT"]


def test_many_scopes_are_cut_and_counted() -> None:
    rule = gross(150.0, scope=EACH_SYMBOL)
    state = state_of(rule, MOST_INSTANCES + 3)
    lines = rule_lines(rule, state, zone=UTC, shows_all=True)
    assert len(lines) == MOST_INSTANCES + 2
    assert lines[-1].name.text == "and 3 more, further away"


def test_off_shadow_and_nothing_to_watch_are_told() -> None:
    rule = gross(150.0)
    state = state_of(rule)
    off, shadow = replace(rule, enabled=False), replace(rule, shadow=True)
    assert rule_lines(off, state, zone=UTC)[0].state.text == "Off"
    assert rule_lines(shadow, state, zone=UTC)[0].state.note == "shadow mode: records only"
    idle = gross(150.0, scope=EACH_SYMBOL)
    (line,) = rule_lines(idle, run_cycles([make_account()], rules=(idle,)), zone=UTC)
    assert line.state.text == "Nothing to watch"


def test_before_the_first_cycle_everything_is_a_dash_with_a_reason() -> None:
    rule = gross(150.0)
    (line,) = rule_lines(rule, None, zone=UTC)
    assert (line.value.text, line.limit.text) == ("\u2013", "\u2265 150 USD")
    assert "first cycle" in line.value.help
    assert not can_be_reset(rule, None)
