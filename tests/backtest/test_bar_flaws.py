"""The array side of bar quality, where the frame side cannot reach."""

import numpy as np

from etrms_core.backtest.bar_flaws import (
    Run,
    flat_runs,
    missing_runs,
    most_common_step,
    price_flaws,
    time_flaws,
)

NO_TIMES = np.array([], dtype=np.int64)


def test_without_rows_nothing_is_flawed() -> None:
    no_numbers = np.array([], dtype=np.float64)
    assert most_common_step(NO_TIMES) is None
    assert missing_runs(NO_TIMES, step=60) == ()
    assert flat_runs(NO_TIMES, no_numbers, no_numbers, shortest=1) == ()
    flaws = price_flaws(np.empty((4, 0)), no_numbers) | time_flaws(NO_TIMES, step=60, now=0)
    assert {len(rows) for rows in flaws.values()} == {0}


def test_runs_are_found_in_rows_of_any_order() -> None:
    times = np.array([50, 10, 90, 20], dtype=np.int64)
    assert missing_runs(times, step=10) == (Run(30, 40, 2), Run(60, 80, 3))
    flat = np.array([1.0, 1.0, 1.0, 1.0])
    low = np.array([1.0, 0.5, 0.5, 1.0])
    assert flat_runs(times, flat, low, shortest=2) == (Run(20, 50, 2),)


def test_a_nan_is_no_disorder_of_prices() -> None:
    prices = np.array([[1.0], [np.nan], [2.0], [1.0]])
    flaws = price_flaws(prices, np.array([1.0]))
    assert flaws["non_finite"].all()
    assert not flaws["high_below_low"].any()
