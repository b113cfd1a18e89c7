"""Prices that cannot be are refused at the border."""

from dataclasses import replace
from math import inf, nan

import pytest

from etrms_core.domain.market_data import Bar, BookLevel, FundingSettlement, OrderBook, Quote
from etrms_core.errors import DomainError
from tests.builders import NOW

BAR = Bar(open=100.0, high=102.0, low=99.0, close=101.0, volume=5.0)
QUOTE = Quote("BTCUSDT", NOW, mark_price=100.0, bid=99.9, ask=100.1)


@pytest.mark.parametrize("price", [0.0, -1.0, nan, inf])
def test_prices_are_positive_numbers(price: float) -> None:
    with pytest.raises(DomainError, match="bar prices are above 0"):
        replace(BAR, open=price)
    with pytest.raises(DomainError, match="BTCUSDT prices are above 0"):
        replace(QUOTE, mark_price=price)


@pytest.mark.parametrize(("high", "low"), [(100.5, 99.0), (102.0, 100.5), (98.0, 99.0)])
def test_a_bar_holds_its_open_and_close(high: float, low: float) -> None:
    with pytest.raises(DomainError, match="low <= open, close <= high"):
        replace(BAR, high=high, low=low)


def test_a_quote_is_not_crossed() -> None:
    with pytest.raises(DomainError, match=r"bid 100\.2 is above ask 100\.1"):
        replace(QUOTE, bid=100.2)


def test_a_book_is_not_crossed_and_may_be_empty() -> None:
    level = BookLevel(100.0, 1.0)
    with pytest.raises(DomainError, match="book is crossed"):
        OrderBook("BTCUSDT", NOW, bids=(level,), asks=(level,))
    assert OrderBook("BTCUSDT", NOW, bids=(level,), asks=()).asks == ()


def test_a_settlement_without_a_mark_leaves_it_open() -> None:
    assert FundingSettlement("BTCUSDT", NOW, 0.0001).mark_price is None
