"""Walking an order book, worked by hand (REFERENCES: "Walking the book", arithmetic)."""

from math import nan

import numpy as np
import pytest

from etrms_core.kernels.fills import walk_levels

PRICES = np.array([100.1, 100.2, 100.6, 101.5])
SIZES = np.array([1.5, 2.5, 8.0, 30.0])
MID = 100.0


def cost_bps(quantity: float) -> float:
    filled, notional = walk_levels(PRICES, SIZES, quantity, nan, 1.0)
    return (notional / filled / MID - 1.0) * 1e4


def test_buying_four_takes_two_levels() -> None:
    filled, notional = walk_levels(PRICES, SIZES, 4.0, nan, 1.0)
    assert filled == 4.0
    assert notional / filled == pytest.approx(100.1625, rel=1e-12)
    assert cost_bps(4.0) == pytest.approx(16.25, rel=1e-9)


def test_buying_ten_costs_more_per_unit() -> None:
    assert cost_bps(10.0) == pytest.approx(42.5, rel=1e-9)


def test_what_the_book_does_not_hold_stays_unfilled() -> None:
    filled, _ = walk_levels(PRICES, SIZES, 50.0, nan, 1.0)
    assert (filled, 50.0 - filled) == (42.0, 8.0)
