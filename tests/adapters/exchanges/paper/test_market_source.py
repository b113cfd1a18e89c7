"""What every market behind the paper exchange must do."""

from itertools import pairwise

import pytest

from etrms_core.adapters.exchanges.paper.market_source import MarketSource
from etrms_core.adapters.exchanges.paper.simulated_market import SimulatedMarket
from tests.adapters.exchanges.paper.accounts import HOUR, MINUTE, START, SYMBOL
from tests.fakes import ScriptedMarket

MARKETS: list[MarketSource] = [
    SimulatedMarket(seed=3, start=START, symbols=[SYMBOL]),
    ScriptedMarket(START, {SYMBOL: 100.0}),
]


@pytest.mark.parametrize("market", MARKETS, ids=["simulated", "scripted"])
def test_quotes_books_and_bars_are_of_the_same_contracts(market: MarketSource) -> None:
    at = START + 90 * MINUTE
    quote = market.quotes(at)[SYMBOL]
    book = market.order_book(SYMBOL, at)
    assert (book.bids[0].price, book.asks[0].price) == (quote.bid, quote.ask)
    hours = list(market.bars(START, START + 5 * HOUR))
    assert [opens_at for opens_at, _ in hours] == [START + n * HOUR for n in range(5)]
    assert all(set(bars) == set(market.instruments) for _, bars in hours)


@pytest.mark.parametrize("market", MARKETS, ids=["simulated", "scripted"])
def test_funding_after_is_excluded_and_until_included(market: MarketSource) -> None:
    whole = market.funding(START, START + 48 * HOUR)
    cuts = [START + 7 * n * HOUR for n in range(7)] + [START + 48 * HOUR]
    parts = [each for first, last in pairwise(cuts) for each in market.funding(first, last)]
    assert parts == list(whole)
