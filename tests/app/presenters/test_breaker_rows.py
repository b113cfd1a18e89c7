"""Circuit breakers as rows."""

from dataclasses import replace
from math import inf
from typing import Any

import pytest

from app.presenters.breaker_rows import (
    action_in_words,
    cooldown_cell,
    headroom,
    scope_in_words,
    state_name,
    threshold_text,
    value_cell,
)
from app.presenters.cells import DASH, Tone
from etrms_core.breakers.rules import ActionKind, BreakerAction, Comparison
from etrms_core.domain.identifiers import PORTFOLIO, Scope, ScopeKind
from etrms_core.risk.metrics import Metric
from etrms_core.services.risk_state import BreakerView
from tests.app.readings import make_rule
from tests.builders import NOW

EACH_SYMBOL = Scope(ScopeKind.SYMBOL)
NOW_MS = int(NOW.timestamp() * 1000)


def view(state: str = "armed", *, value: float | None = 0.02, **fields: Any) -> BreakerView:  # noqa: ANN401  any field of the value
    rule = make_rule(**fields)
    return BreakerView(rule, PORTFOLIO, state, value, None)


def test_a_value_that_is_not_known_is_a_dash_with_its_reason() -> None:
    cell = value_cell(view(value=None), reason="no mark price")
    assert (cell.text, cell.help) == (DASH, "no mark price")
    assert headroom(make_rule(), None, reason="no mark price").text == DASH


def test_a_negative_loss_is_called_a_gain() -> None:
    gain = view(value=-0.006, metric=Metric.DAILY_LOSS)
    assert value_cell(gain, reason=None).text == "0.60% gain"
    assert headroom(gain.rule, gain.value, reason=None).text == "10.60 points left"


def test_a_cooldown_counts_down_from_the_trigger() -> None:
    fired = replace(view("cooling_down", cooldown_seconds=900.0), triggered_at_ms=NOW_MS - 60_000)
    assert cooldown_cell(fired, NOW).text == "14 min left"
    assert cooldown_cell(view(cooldown_seconds=900.0), NOW).note == "15 min after a trigger"


def test_a_disabled_rule_is_off_whatever_its_state() -> None:
    assert state_name(view("latched", enabled=False)) == "off"


@pytest.mark.parametrize(
    ("comparison", "threshold", "value", "text", "share"),
    [
        (Comparison.AT_LEAST, 0.1, 0.09, "1.00 points left", 0.1),
        (Comparison.AT_LEAST, 0.1, 0.1, "limit reached", 0.0),
        (Comparison.AT_LEAST, 0.1, -0.05, "15.00 points left", 1.0),
        (Comparison.AT_MOST, 0.1, 0.4, "30.00 points left", 0.75),
        (Comparison.AT_MOST, 0.1, 0.1, "limit reached", 0.0),
        (Comparison.AT_MOST, 0.1, inf, "far away", 1.0),
        (Comparison.AT_LEAST, 0.1, inf, "beyond it", None),
    ],
)
def test_headroom_and_its_bar_are_what_is_left_in_the_direction_of_the_rule(
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
        (Metric.EQUITY, 8_000.0, "8,000 USD"),
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
