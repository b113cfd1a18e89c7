"""Circuit breakers as rows."""

from dataclasses import replace
from math import inf
from typing import Any

import pytest

from app.presenters.breaker_rows import (
    action_in_words,
    breaker_rows,
    headroom,
    idle_rules,
    scope_in_words,
    state_name,
    threshold_text,
)
from app.presenters.cells import DASH, Tone
from etrms_core.breakers.rules import ActionKind, BreakerAction, Comparison
from etrms_core.domain.identifiers import PORTFOLIO, Scope, ScopeKind
from etrms_core.risk.metrics import Metric
from etrms_core.services.risk_state import BreakerView, RiskState
from tests.app.readings import make_rule, run_cycles
from tests.builders import NOW, make_account, make_position

EACH_SYMBOL = Scope(ScopeKind.SYMBOL)
NOW_MS = int(NOW.timestamp() * 1000)


def state_with(*views: BreakerView) -> RiskState:
    return replace(run_cycles([make_account()]), breakers=views)


def view(state: str = "armed", *, value: float | None = 0.02, **fields: Any) -> BreakerView:  # noqa: ANN401  any field of the value
    rule = make_rule(**fields)
    return BreakerView(rule, PORTFOLIO, state, value, None)


def test_a_row_tells_value_threshold_and_headroom() -> None:
    (row,) = breaker_rows(state_with(view()))
    assert (row.name.text, row.name.note, row.scope.text) == ("rule", "notify", "Portfolio")
    assert (row.state.text, row.state.tone) == ("Armed", Tone.GOOD)
    assert (row.value.text, row.value.note) == (
        "2.00%",
        "Drawdown \N{GREATER-THAN OR EQUAL TO} 10%",
    )
    assert row.headroom.text == "8.00 points left"
    assert row.headroom.share == pytest.approx(0.2)


def test_an_unknown_value_is_a_dash_with_the_threshold_beside_it() -> None:
    (row,) = breaker_rows(state_with(view(value=None)))
    assert (row.value.text, row.headroom.text) == (DASH, DASH)
    assert "Drawdown" in row.value.note
    assert row.value.help


def test_a_negative_loss_is_called_a_gain() -> None:
    (row,) = breaker_rows(state_with(view(value=-0.006, metric=Metric.DAILY_LOSS)))
    assert (row.value.text, row.headroom.text) == ("0.60% gain", "10.60 points left")


def test_a_cooldown_counts_down_from_the_trigger() -> None:
    fired = replace(view("cooling_down", cooldown_seconds=900.0), triggered_at_ms=NOW_MS - 60_000)
    (row,) = breaker_rows(state_with(fired))
    assert (row.state.text, row.cooldown.text) == ("Cooling down", "14 min left")


def test_a_disabled_rule_is_off_whatever_its_state() -> None:
    assert state_name(view("latched", enabled=False)) == "off"


def test_latched_rules_come_first_and_the_rest_keeps_its_order() -> None:
    rows = breaker_rows(
        state_with(view(name="b"), view(name="a"), view("latched", name="z"), view(name="c"))
    )
    assert [row.name.text for row in rows] == ["z", "b", "a", "c"]


def test_armed_instances_of_a_rule_are_one_row_of_the_closest() -> None:
    rule = make_rule("loss", metric=Metric.POSITION_LOSS, scope=EACH_SYMBOL)
    state = run_cycles(
        [
            make_account(
                make_position("AAA", mark_price=99.0), make_position("BBB", mark_price=95.0)
            )
        ],
        rules=[rule],
    )
    (row,) = breaker_rows(state)
    assert (row.scope.text, row.scope.note) == ("BBB", "closest of 2 symbols")
    assert row.value.text == "5.00%"


def test_an_instance_that_is_not_armed_has_a_row_of_its_own() -> None:
    rule = make_rule("loss", metric=Metric.POSITION_LOSS, scope=EACH_SYMBOL, cooldown_seconds=60.0)
    state = run_cycles(
        [
            make_account(
                make_position("AAA", mark_price=99.0), make_position("BBB", mark_price=80.0)
            )
        ],
        rules=[rule],
    )
    rows = breaker_rows(state)
    assert [(row.scope.text, row.state.text) for row in rows] == [
        ("BBB", "Cooling down"),
        ("AAA", "Armed"),
    ]


def test_an_unknown_instance_counts_as_the_closest() -> None:
    rule = make_rule("loss", metric=Metric.POSITION_LOSS, scope=EACH_SYMBOL)
    positions = (make_position("AAA", mark_price=91.0), make_position("BBB", mark_price=None))
    (row,) = breaker_rows(run_cycles([make_account(*positions)], rules=[rule]))
    assert (row.scope.text, row.value.text) == ("BBB", DASH)
    assert "mark price of BBB" in row.value.help


def test_rules_without_an_instance_are_named() -> None:
    watching = make_rule("drawdown")
    idle = make_rule("loss", metric=Metric.POSITION_LOSS, scope=EACH_SYMBOL)
    state = run_cycles([make_account()], rules=[watching, idle])
    assert idle_rules(state, [watching, idle]) == ("loss",)


@pytest.mark.parametrize(
    ("comparison", "threshold", "value", "text", "share"),
    [
        (Comparison.AT_LEAST, 0.1, 0.09, "1.00 points left", 0.9),
        (Comparison.AT_LEAST, 0.1, 0.1, "limit reached", 1.0),
        (Comparison.AT_LEAST, 0.1, -0.05, "15.00 points left", 0.0),
        (Comparison.AT_MOST, 0.1, 0.4, "30.00 points left", 0.25),
        (Comparison.AT_MOST, 0.1, 0.1, "limit reached", 1.0),
        (Comparison.AT_MOST, 0.1, inf, "far away", 0.0),
        (Comparison.AT_LEAST, 0.1, inf, "beyond it", None),
    ],
)
def test_headroom_is_what_is_left_in_the_direction_of_the_rule(
    comparison: Comparison, threshold: float, value: float, text: str, share: float | None
) -> None:
    rule = make_rule(metric=Metric.MARGIN_RATIO, comparison=comparison, threshold=threshold)
    cell = headroom(rule, value, reason=None)
    assert cell.text == text
    assert cell.share == (None if share is None else pytest.approx(share))


def test_little_headroom_is_a_warning_and_none_is_bad() -> None:
    rule = make_rule()
    tones = [headroom(rule, value, reason=None).tone for value in (0.05, 0.085, 0.1)]
    assert tones == [Tone.PLAIN, Tone.WARNING, Tone.BAD]


@pytest.mark.parametrize(
    ("metric", "threshold", "text"),
    [
        (Metric.DRAWDOWN, 0.125, "12.5%"),
        (Metric.GROSS_LEVERAGE, 5.0, "5x"),
        (Metric.DATA_AGE_SECONDS, 30.0, "30 s"),
        (Metric.EQUITY, 8_000.0, "$8,000"),
        (Metric.CONSECUTIVE_LOSSES, 5.0, "5"),
    ],
)
def test_a_threshold_is_written_in_its_unit(metric: Metric, threshold: float, text: str) -> None:
    assert threshold_text(make_rule(metric=metric, threshold=threshold)) == text


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (BreakerAction(ActionKind.CLOSE_ALL), "close all"),
        (BreakerAction(ActionKind.REDUCE_POSITION, 0.5), "reduce position by 50%"),
        (BreakerAction(ActionKind.PAUSE_TRADING, 900.0), "pause trading for 15 min"),
        (BreakerAction(ActionKind.SET_LEVERAGE, 3.0), "set leverage 3x"),
        (BreakerAction(ActionKind.PLACE_GUARD_STOP, 0.05), "place guard stop at 5.0%"),
    ],
)
def test_an_action_is_written_in_words(action: BreakerAction, words: str) -> None:
    assert action_in_words(action) == words


def test_a_scope_is_named_as_a_person_would() -> None:
    scopes = (PORTFOLIO, Scope(ScopeKind.SYMBOL, "BTCUSDT"), EACH_SYMBOL)
    assert [scope_in_words(scope) for scope in scopes] == ["Portfolio", "BTCUSDT", "every symbol"]
