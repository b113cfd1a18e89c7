"""T1 in raptorbt, whose sizing is all-in: it answers for speed, not for the number."""

from collections.abc import Callable
from math import nan

import numpy as np
import raptorbt

from benchmarks.backtest_market import MinuteBars


def prepare(task: str, bars: MinuteBars) -> Callable[[], float]:
    """Return a run of T1; its equity is not ours, so NaN is told."""
    if task != "T1":
        raise ValueError(f"raptorbt has no {task}")
    opened, high, low, close, volume = (
        np.ascontiguousarray(values[:, 0])
        for values in (bars.open, bars.high, bars.low, bars.close, bars.volume)
    )
    settings = raptorbt.BacktestConfig(
        initial_capital=100_000.0, fees=0.0004, fill_timing="same_bar_close"
    )

    def run() -> float:
        fast, slow = (np.asarray(raptorbt.sma(close, window)) for window in (10, 50))
        above, below, known = fast > slow, fast < slow, ~np.isnan(slow[:-1])
        enters, leaves = np.zeros(close.size, bool), np.zeros(close.size, bool)
        enters[1:] = above[1:] & ~above[:-1] & known
        leaves[1:] = below[1:] & ~below[:-1] & known
        raptorbt.run_single_backtest(
            bars.time_ns, opened, high, low, close, volume, enters, leaves, 1, 1.0, "X", settings
        )
        return nan

    return run
