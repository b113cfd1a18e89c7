"""Events say why in one sentence with the numbers."""

import pytest

from etrms_core.domain.events import BreakerEventKind
from etrms_core.domain.identifiers import PORTFOLIO, Scope, ScopeKind
from etrms_core.engine.breaker_sentences import breaker_event, in_words, why
from etrms_core.risk.metrics import Metric
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
