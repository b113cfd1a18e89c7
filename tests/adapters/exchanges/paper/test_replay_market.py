"""Stored bars as a market."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from etrms_core.adapters.exchanges.paper.exchange import PaperExchange
from etrms_core.adapters.exchanges.paper.pace import MarketPace
from etrms_core.adapters.exchanges.paper.replay_market import ReplayMarket
from etrms_core.domain.identifiers import client_order_id
from etrms_core.domain.order import OrderRequest, OrderSide, OrderType
from etrms_core.errors import ConfigurationError, DomainError

START = datetime(2025, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def frame(closes: list[float], *, first_open: float = 100.0) -> pd.DataFrame:
    opens = [first_open, *closes[:-1]]
    return pd.DataFrame(
        {
            "open": opens,
            "high": [max(pair) + 1.0 for pair in zip(opens, closes, strict=True)],
            "low": [min(pair) - 1.0 for pair in zip(opens, closes, strict=True)],
            "close": closes,
            "volume": 2.0,
        },
        index=pd.date_range(START, periods=len(closes), freq="1min", name="time"),
    )


def market(closes: list[float]) -> ReplayMarket:
    return ReplayMarket({"BTCUSDT": frame(closes)}, timeframe=MINUTE)


@pytest.mark.parametrize(
    ("seconds", "price"), [(0, 100.0), (59, 100.0), (60, 101.0), (119, 101.0), (120, 102.0)]
)
def test_the_price_is_the_close_of_the_last_bar_that_is_over(seconds: int, price: float) -> None:
    quote = market([101.0, 102.0]).quotes(START + timedelta(seconds=seconds))["BTCUSDT"]
    assert (quote.bid, quote.mark_price, quote.ask) == (price, price, price)


def test_after_the_last_bar_prices_stand_still() -> None:
    assert market([101.0]).quotes(START + timedelta(days=9))["BTCUSDT"].mark_price == 101.0


def test_hours_are_built_from_the_bars_inside_them() -> None:
    closes = [100.0 + minute for minute in range(1, 121)]
    hours = list(market(closes).bars(START, START + timedelta(hours=2)))
    assert [opens_at for opens_at, _ in hours] == [START, START + timedelta(hours=1)]
    first, second = (bars["BTCUSDT"] for _, bars in hours)
    assert (first.open, first.high, first.low, first.close) == (100.0, 161.0, 99.0, 160.0)
    assert (second.open, second.close, second.volume) == (160.0, 220.0, 120.0)


def test_an_hour_without_bars_has_none() -> None:
    hours = list(market([101.0]).bars(START + timedelta(hours=5), START + timedelta(hours=6)))
    assert hours == [(START + timedelta(hours=5), {})]


def test_the_book_takes_any_size_at_the_price() -> None:
    book = market([101.0]).order_book("BTCUSDT", START)
    assert (book.asks[0].price, book.bids[0].price) == (100.0, pytest.approx(100.0))
    with pytest.raises(DomainError, match="ETHUSDT"):
        market([101.0]).order_book("ETHUSDT", START)


def test_no_bars_and_bars_of_more_than_an_hour_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="no bars"):
        ReplayMarket({}, timeframe=MINUTE)
    with pytest.raises(ConfigurationError, match="at most an hour"):
        ReplayMarket({"BTCUSDT": frame([101.0])}, timeframe=timedelta(hours=4))


def test_a_paper_account_trades_stored_bars_sixty_times_as_fast() -> None:
    replayed = market([100.0 + minute for minute in range(1, 31)])
    clock = [datetime(2026, 5, 1, tzinfo=UTC)]
    exchange = PaperExchange(
        "main",
        market=replayed,
        clock=lambda: clock[-1],
        pace=MarketPace(clock[0], replayed.first_time, 60.0),
    )
    exchange.fetch_account()
    exchange.create_order(
        OrderRequest(
            client_order_id=client_order_id(desk="test", strategy="t", nonce="1"),
            account="main",
            symbol="BTCUSDT",
            side=OrderSide.BUY,
            order_type=OrderType.MARKET,
            quantity=2.0,
        )
    )
    clock.append(clock[0] + timedelta(seconds=10))
    (position,) = exchange.fetch_account().positions
    assert (position.entry_price, position.mark_price) == (100.0, 110.0)
