"""Events say why in one sentence with the numbers."""

import pytest

from etrms_core.breakers.rules import ActionKind, Comparison
from etrms_core.domain.events import BreakerEventKind
from etrms_core.domain.identifiers import PORTFOLIO, Scope, ScopeKind
from etrms_core.engine.breaker_sentences import breaker_event, in_words, why
from etrms_core.risk.metrics import CATALOGUE, Metric, Unit
from tests.builders import NOW, make_account
from tests.engine.desk import (
    NEVER,
    NOTIFY,
    Desk,
    breaker_events,
    long_account,
    make_rule,
)


@pytest.mark.parametrize(
    ("metric", "value", "words"),
    [
        (Metric.DRAWDOWN, 0.123456, "12.3456%"),
        (Metric.EQUITY, 12345.678, "12,345.68 USD"),
        (Metric.GROSS_LEVERAGE, 2.5, "2.5x"),
        (Metric.DATA_AGE_SECONDS, 61.2, "61 s"),
        (Metric.CONSECUTIVE_LOSSES, 4.0, "4"),
    ],
)
def test_a_value_has_its_unit(metric: Metric, value: float, words: str) -> None:
    assert in_words(metric, value) == words


def test_why_names_metric_scope_value_threshold_and_time() -> None:
    rule = make_rule("gross_leverage", 3.0, for_seconds=30)
    scope = Scope(ScopeKind.EXCHANGE, "paper")
    assert why(rule, scope, 4.0, reason=None) == (
        "gross_leverage of exchange:paper is 4x, >= 3x for 30 s"
    )
    unknown = why(rule, scope, float("nan"), reason="paper was never read")
    assert unknown == "gross_leverage of exchange:paper is unknown (paper was never read)"


@pytest.mark.parametrize("metric", list(Metric))
@pytest.mark.parametrize("comparison", list(Comparison))
def test_why_tells_value_and_threshold_of_every_metric(
    metric: Metric, comparison: Comparison
) -> None:
    rule = make_rule(metric.value, 0.5, comparison=comparison.value)
    sentence = why(rule, PORTFOLIO, 0.75, reason=None)
    value, threshold = in_words(metric, 0.75), in_words(metric, 0.5)
    assert sentence.startswith(f"{metric.value} of portfolio is {value}")
    assert sentence.endswith(f", {comparison.value} {threshold}")


@pytest.mark.parametrize("metric", list(Metric))
def test_rounding_does_not_hide_by_what_a_rule_fired(metric: Metric) -> None:
    threshold = 0.5 if CATALOGUE[metric].unit is Unit.FRACTION else 2.0
    rule = make_rule(metric.value, threshold, comparison=">")
    value = threshold + 1e-9
    assert f"({value!r})" in why(rule, PORTFOLIO, value, reason=None)
    assert "(" not in why(rule, PORTFOLIO, threshold, reason=None)


ACTIONS: list[tuple[dict[str, object], str]] = [
    ({"kind": "notify"}, "notify"),
    ({"kind": "reduce_position", "fraction": 0.5}, "reduce_position(fraction=0.5)"),
    ({"kind": "close_position"}, "close_position"),
    ({"kind": "close_all"}, "close_all"),
    ({"kind": "cancel_orders"}, "cancel_orders"),
    ({"kind": "pause_trading", "seconds": 60}, "pause_trading(seconds=60)"),
    ({"kind": "reduce_only_mode"}, "reduce_only_mode"),
    ({"kind": "set_leverage", "leverage": 2}, "set_leverage(leverage=2)"),
    ({"kind": "place_guard_stop", "distance": 0.05}, "place_guard_stop(distance=0.05)"),
]


@pytest.mark.parametrize(("action", "words"), ACTIONS)
def test_every_trigger_says_why_and_what_it_does(action: dict[str, object], words: str) -> None:
    desk = Desk(rules=(make_rule("gross_exposure", 500.0, action),))
    trigger = breaker_events(desk.read(long_account()))[0]
    assert trigger.kind is BreakerEventKind.TRIGGERED
    assert trigger.detail == "gross_exposure of portfolio is 1,000.00 USD, >= 500.00 USD"
    assert (trigger.value, trigger.threshold, trigger.action) == (1000.0, 500.0, words)


def test_the_actions_above_are_all_there_are() -> None:
    assert {action["kind"] for action, _ in ACTIONS} == set(ActionKind)


def test_an_event_knows_its_rule() -> None:
    event = breaker_event(
        make_rule(), PORTFOLIO, BreakerEventKind.ERROR, "text", occurred_at=NOW, action="x"
    )
    assert (event.rule_id, event.breaker, event.threshold) == ("guard", "guard", 0.1)
    assert (event.value, event.action, event.detail) == (None, "x", "text")


def test_an_unknown_symbol_blames_the_account_behind_the_portfolio() -> None:
    scope = {"kind": "symbol", "name": "ETHUSDT"}
    desk = Desk(rules=(make_rule("drawdown", 0.1, scope=scope),))
    desk.read(long_account(account="a"), make_account(account="b"))
    result = desk.read(long_account(account="a"), make_account(account="b"), ages={"b": NEVER})
    (event,) = breaker_events(result)
    assert "b was never read" in event.detail


def test_waiting_and_rearming_tell_the_value_and_the_way_back() -> None:
    rule = make_rule("gross_exposure", 2000.0, NOTIFY, reset_threshold=1500.0)
    desk = Desk(rules=(rule,))
    desk.read(long_account())
    desk.read(long_account(quantity=20.0))
    waiting = breaker_events(desk.read(long_account(quantity=18.0)))[0]
    assert waiting.value == 1800.0
    assert "1,800.00 USD, not yet on the safe side of 1,500.00 USD" in waiting.detail
    assert breaker_events(desk.read(long_account()))[0].detail.endswith("1,000.00 USD")


def test_cooling_down_tells_until_when() -> None:
    desk = Desk(rules=(make_rule("gross_exposure", 1.0, NOTIFY, cooldown_seconds=3600),))
    events = breaker_events(desk.read(long_account()))
    assert events[1].kind is BreakerEventKind.COOLING_DOWN
    assert events[1].detail == "until 2025-10-10T13:00:01+00:00"
