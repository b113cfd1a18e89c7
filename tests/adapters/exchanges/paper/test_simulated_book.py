"""Simulated books are sorted, on the step, and thinner in turbulence."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etrms_core.adapters.exchanges.paper.simulated_book import draw_order_book
from etrms_core.adapters.exchanges.paper.simulated_contracts import CONTRACTS, SimulatedContract
from etrms_core.domain.market_data import OrderBook, Quote
from etrms_core.errors import DomainError
from etrms_core.kernels.rounding import is_on_step

AT = datetime(2025, 3, 4, tzinfo=UTC)
BITCOIN = CONTRACTS[0]


def draw(
    contract: SimulatedContract = BITCOIN,
    *,
    seed: int = 1,
    turbulence: float = 1.0,
    levels: int = 20,
    ticks: int | None = None,
) -> OrderBook:
    instrument = contract.instrument
    per_unit = round(1.0 / instrument.tick_size)
    bid_ticks = round(contract.anchor_price * per_unit) if ticks is None else ticks
    bid, ask = bid_ticks / per_unit, (bid_ticks + 1) / per_unit
    quote = Quote(instrument.symbol, AT, bid, bid, ask)
    return draw_order_book(
        np.random.default_rng(seed), quote, contract, turbulence=turbulence, levels=levels
    )


def total_size(book: OrderBook) -> float:
    return sum(level.size for level in book.bids + book.asks)


@settings(deadline=None)
@given(
    contract=st.sampled_from(CONTRACTS),
    seed=st.integers(0, 1000),
    turbulence=st.floats(0.05, 30.0),
)
def test_levels_are_on_the_step_and_lead_away_from_the_quote(
    contract: SimulatedContract, seed: int, turbulence: float
) -> None:
    book = draw(contract, seed=seed, turbulence=turbulence)
    bids, asks = ([level.price for level in side] for side in (book.bids, book.asks))
    assert bids == sorted(set(bids), reverse=True)
    assert asks == sorted(set(asks))
    assert bids[0] < asks[0]
    for level in book.bids + book.asks:
        assert is_on_step(level.price, contract.instrument.tick_size)
        assert is_on_step(level.size, contract.instrument.lot_size)
        assert level.size > 0.0


def test_a_turbulent_book_is_thinner_and_reaches_farther() -> None:
    calm, violent = draw(turbulence=1.0), draw(turbulence=4.0)
    assert total_size(violent) < 0.4 * total_size(calm)
    assert violent.asks[-1].price > calm.asks[-1].price


def test_sizes_grow_away_from_the_best_price() -> None:
    books = [draw(seed=seed) for seed in range(100)]
    best = np.mean([book.bids[0].size for book in books])
    last = np.mean([book.bids[-1].size for book in books])
    assert last > 2.0 * best


def test_bids_end_where_prices_would_reach_zero() -> None:
    book = draw(ticks=5, levels=20)
    assert [level.price for level in book.bids] == [0.5, 0.4, 0.3, 0.2, 0.1]
    assert len(book.asks) == 20


def test_a_book_of_one_level_shows_the_quote() -> None:
    book = draw(levels=1)
    assert (book.bids[0].price, book.asks[0].price) == (95_000.0, 95_000.1)
    assert (len(book.bids), len(book.asks)) == (1, 1)


@pytest.mark.parametrize("levels", [0, -3, 1001])
def test_a_number_of_levels_that_no_book_has_is_refused(levels: int) -> None:
    with pytest.raises(DomainError, match=f"was {levels}"):
        draw(levels=levels)
