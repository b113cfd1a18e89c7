"""Fills against a book and against a bar."""

from math import isnan, nan

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from etrms_core.kernels.fills import limit_fill_price, walk_levels
from tests.kernels.inputs import agree, generators

ASKS = np.array([100.1, 100.2, 100.6]), np.array([1.5, 2.5, 8.0])


def test_fill_kernels_agree_with_their_twins() -> None:
    for generator in generators(100):
        prices = np.sort(generator.uniform(90.0, 110.0, 6))
        sizes = generator.uniform(0.0, 5.0, 6)
        quantity, limit = float(generator.uniform(0.0, 20.0)), float(generator.uniform(90, 110))
        for level in (limit, nan):
            agree(walk_levels, prices, sizes, quantity, level, 1.0)
            agree(walk_levels, prices[::-1].copy(), sizes, quantity, level, -1.0)
        low, open_, high = np.sort(generator.uniform(90.0, 110.0, 3)).tolist()
        for side in (1.0, -1.0):
            agree(limit_fill_price, side, limit, open_, high, low)


def test_a_limit_price_stops_the_walk() -> None:
    assert walk_levels(*ASKS, 10.0, 100.2, 1.0) == (4.0, 1.5 * 100.1 + 2.5 * 100.2)
    assert walk_levels(*ASKS, 10.0, 100.0, 1.0) == (0.0, 0.0)


def test_an_empty_book_fills_nothing() -> None:
    assert walk_levels(np.zeros(0), np.zeros(0), 1.0, nan, 1.0) == (0.0, 0.0)


def test_a_seller_takes_bids_downwards() -> None:
    bids = np.array([99.0, 98.0]), np.array([1.0, 1.0])
    assert walk_levels(*bids, 1.5, nan, -1.0) == (1.5, 99.0 + 0.5 * 98.0)
    assert walk_levels(*bids, 1.5, 98.5, -1.0) == (1.0, 99.0)


@given(
    st.lists(st.tuples(st.floats(1.0, 100.0), st.floats(0.0, 10.0)), max_size=8),
    st.floats(0.0, 50.0),
)
def test_no_more_is_filled_than_wanted_or_there(
    levels: list[tuple[float, float]], quantity: float
) -> None:
    ordered = sorted(levels)
    prices, sizes = (np.array([level[side] for level in ordered], float) for side in (0, 1))
    filled, notional = walk_levels(prices, sizes, quantity, nan, 1.0)
    assert filled <= quantity
    assert filled <= sizes.sum() * (1.0 + 1e-12)
    assert notional <= filled * prices.max(initial=0.0) * (1.0 + 1e-12)


def test_a_resting_limit_order_fills_at_its_price_or_better() -> None:
    assert limit_fill_price(1.0, 98.0, 100.0, 101.0, 97.0) == 98.0
    assert limit_fill_price(1.0, 98.0, 97.5, 101.0, 97.0) == 97.5
    assert limit_fill_price(-1.0, 101.0, 100.0, 101.0, 97.0) == 101.0
    assert limit_fill_price(-1.0, 101.0, 102.0, 103.0, 97.0) == 102.0


def test_a_bar_that_stays_away_fills_no_limit_order() -> None:
    assert isnan(limit_fill_price(1.0, 96.0, 100.0, 101.0, 97.0))
    assert isnan(limit_fill_price(-1.0, 101.5, 100.0, 101.0, 97.0))


def test_a_bar_without_prices_fills_no_limit_order() -> None:
    assert isnan(limit_fill_price(1.0, 96.0, nan, nan, nan))
