"""The quick look at bars: agrees with the thorough one, compiled and interpreted."""

from math import inf, nan

import numpy as np
import pytest

from etrms_core.backtest.bar_flaws import price_flaws
from etrms_core.kernels.bar_checks import step_statistics, unsound_bars
from tests.kernels.inputs import agree

ODD = (nan, inf, -inf, -1.0, 0.0, 99.0, 100.0, 101.0)


def random_bars(seed: int, count: int = 200) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Draw bars of which about half have one odd number."""
    rng = np.random.default_rng(seed)
    close = 100.0 + rng.random(count)
    opened = 100.0 + rng.random(count)
    high, low = np.maximum(opened, close) + rng.random(count), np.minimum(opened, close) - 0.5
    bars = np.stack([opened, high, low, close, rng.random(count)])
    for column in np.flatnonzero(rng.random(count) < 0.5):
        bars[rng.integers(5), column] = ODD[rng.integers(len(ODD))]
    return bars


@pytest.mark.parametrize("seed", range(20))
def test_it_counts_what_the_thorough_check_finds(seed: int) -> None:
    bars = random_bars(seed)
    flaws = price_flaws(bars[:4], bars[4])
    found = flaws["non_finite"] | flaws["non_positive"] | flaws["high_below_low"]
    assert 0 < int(found.sum()) < 200
    assert agree(unsound_bars, bars) == int(found.sum())


def test_flat_bars_without_volume_are_sound() -> None:
    assert unsound_bars(np.array([[1.0], [1.0], [1.0], [1.0], [0.0]])) == 0


@pytest.mark.parametrize(
    ("times", "expected"),
    [([0, 60, 120, 180], (3, 60)), ([0, 60, 180], (1, 60)), ([0, 0, -60, 0], (1, -60))],
)
def test_steps_are_counted_and_the_smallest_is_told(
    times: list[int], expected: tuple[int, int]
) -> None:
    array = np.array(times, np.int64)
    assert agree(step_statistics, array, 60) == expected
