"""Where protective orders fill."""

from math import isnan, nan

import numpy as np

from etrms_core.kernels.stops import (
    is_triggered,
    stop_fill_price,
    stop_level,
    take_profit_fill_price,
    trailing_level,
)
from tests.kernels.inputs import agree, generators


def test_stop_kernels_agree_with_their_twins() -> None:
    for generator in generators(200):
        low, open_, high = np.sort(generator.uniform(90.0, 110.0, 3)).tolist()
        level, share = float(generator.uniform(88.0, 112.0)), float(generator.uniform(0.0, 0.2))
        for side in (1.0, -1.0):
            agree(stop_fill_price, side, level, open_, high, low)
            agree(take_profit_fill_price, side, level, open_, high, low)
            agree(trailing_level, side, level, share)
            agree(stop_level, side, level, share)
            agree(is_triggered, side, level, open_)


def test_a_stop_inside_the_bar_fills_at_its_level() -> None:
    assert stop_fill_price(1.0, 95.0, 100.0, 101.0, 94.0) == 95.0
    assert stop_fill_price(-1.0, 105.0, 100.0, 106.0, 99.0) == 105.0
    assert stop_fill_price(1.0, 94.0, 100.0, 101.0, 94.0) == 94.0


def test_a_stop_that_the_market_gapped_through_fills_at_the_open() -> None:
    assert stop_fill_price(1.0, 95.0, 90.0, 101.0, 89.0) == 90.0
    assert stop_fill_price(-1.0, 105.0, 107.0, 108.0, 99.0) == 107.0


def test_a_stop_out_of_reach_does_not_fill() -> None:
    assert isnan(stop_fill_price(1.0, 93.0, 100.0, 101.0, 94.0))
    assert isnan(stop_fill_price(-1.0, 107.0, 100.0, 106.0, 99.0))
    assert isnan(stop_fill_price(1.0, 93.0, nan, nan, nan))


def test_a_take_profit_fills_at_its_level_or_at_a_better_open() -> None:
    assert take_profit_fill_price(1.0, 105.0, 100.0, 106.0, 99.0) == 105.0
    assert take_profit_fill_price(1.0, 105.0, 107.0, 108.0, 99.0) == 107.0
    assert take_profit_fill_price(-1.0, 95.0, 100.0, 101.0, 94.0) == 95.0
    assert isnan(take_profit_fill_price(1.0, 109.0, 100.0, 106.0, 99.0))


def test_stops_stay_behind_the_price_on_the_losing_side() -> None:
    assert trailing_level(1.0, 200.0, 0.05) == 190.0
    assert trailing_level(-1.0, 200.0, 0.05) == 210.0
    assert stop_level(1.0, 100.0, 0.02) == 98.0
    assert stop_level(-1.0, 100.0, 0.02) == 102.0


def test_a_level_is_reached_by_touching_it() -> None:
    assert is_triggered(1.0, 100.0, 100.0)
    assert not is_triggered(1.0, 100.0, 99.9)
    assert is_triggered(-1.0, 100.0, 100.0)
    assert not is_triggered(-1.0, 100.0, 100.1)
    assert not is_triggered(1.0, 100.0, nan)
