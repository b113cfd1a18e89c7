"""The supertrend's side: by hand, by another formulation, compiled and interpreted."""

from math import nan

import numpy as np

from etrms_core.kernels.arrays import FloatArray
from etrms_core.kernels.supertrend import supertrend_sides
from tests.kernels.inputs import agree


def random_path(seed: int, count: int = 2_000) -> list[FloatArray]:
    rng = np.random.default_rng(seed)
    close = 100.0 + np.cumsum(rng.normal(size=count))
    high, low = close + rng.random(count), close - rng.random(count)
    true_range = np.full(count, nan)
    true_range[10:] = 1.0 + rng.random(count - 10)
    return [high, low, close, true_range]


def published_sides(
    high: FloatArray, low: FloatArray, close: FloatArray, true_range: FloatArray, multiplier: float
) -> list[float]:
    """Keep final bands as charting programs print the formula, one bar after the other."""
    sides: list[float] = []
    upper = lower = side = nan
    for t in range(len(close)):
        if np.isnan(true_range[t]):
            sides.append(nan)
            continue
        middle, width = (high[t] + low[t]) / 2.0, multiplier * true_range[t]
        if np.isnan(side):
            upper, lower, side = middle + width, middle - width, 1.0 if close[t] >= middle else -1.0
        else:
            falls = middle + width < upper or close[t - 1] > upper
            rises = middle - width > lower or close[t - 1] < lower
            upper, lower = middle + width if falls else upper, middle - width if rises else lower
        if side > 0.0:
            side = -1.0 if close[t] < lower else 1.0
        else:
            side = 1.0 if close[t] > upper else -1.0
        sides.append(side)
    return sides


def test_a_close_beyond_the_band_turns_the_side() -> None:
    close = np.array([10.0, 11.0, 12.0, 9.0, 8.0, 12.5])
    true_range = np.array([nan, 1.0, 1.0, 1.0, 1.0, 1.0])
    sides = supertrend_sides(close, close, close, true_range, 2.0)
    # Lower band 9, 10, 10; then the upper one, 10 after 8 + 2, is passed by 12.5.
    assert np.array_equal(sides, [nan, 1.0, 1.0, -1.0, -1.0, 1.0], equal_nan=True)


def test_it_is_the_published_formula() -> None:
    for seed in range(5):
        path = random_path(seed)
        expected = published_sides(*path, 2.0)
        assert len(set(expected[10:])) == 2
        assert np.array_equal(agree(supertrend_sides, *path, 2.0), expected, equal_nan=True)
