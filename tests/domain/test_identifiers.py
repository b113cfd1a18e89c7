"""Scopes, keys and client order ids."""

import pytest

from etrms_core.domain.identifiers import (
    PORTFOLIO,
    PositionKey,
    PositionSide,
    Scope,
    ScopeKind,
    client_order_id,
    strategy_of,
)
from etrms_core.errors import DomainError


def test_names_read_as_written_in_the_interface() -> None:
    assert str(PORTFOLIO) == "portfolio"
    assert str(Scope(ScopeKind.SYMBOL, "BTCUSDT")) == "symbol:BTCUSDT"
    assert str(PositionKey("main", "BTCUSDT", PositionSide.LONG)) == "main:BTCUSDT:long"


def test_a_client_order_id_names_its_strategy() -> None:
    order_id = client_order_id(desk="ab12", strategy="trend_1", nonce="0000001")
    assert order_id == "et-ab12-trend_1-0000001"
    assert strategy_of(order_id) == "trend_1"


@pytest.mark.parametrize("order_id", ["", "web-1", "et-abc-trend-1", "ET-AB12-TREND-1", "et-ab12-"])
def test_an_id_that_is_not_ours_is_manual(order_id: str) -> None:
    assert strategy_of(order_id) == "manual"


@pytest.mark.parametrize(
    ("desk", "strategy", "nonce"),
    [
        ("abc", "trend", "1"),
        ("ab12", "", "1"),
        ("ab12", "Trend", "1"),
        ("ab12", "a_strategy_too_long", "1"),
        ("ab12", "trend", "no-dash"),
        ("ab12", "trend", "x" * 30),
    ],
)
def test_an_id_that_a_venue_would_refuse_is_not_made(desk: str, strategy: str, nonce: str) -> None:
    with pytest.raises(DomainError, match="a client order id is et-DESK-STRATEGY-NONCE"):
        client_order_id(desk=desk, strategy=strategy, nonce=nonce)
