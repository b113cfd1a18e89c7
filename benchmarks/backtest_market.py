"""Invented minute bars for the backtest tasks, the same in every process."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

STEPS_INSIDE = 4
COMMON_SHARE = 0.5
START_NS = 1_640_995_200_000_000_000
MINUTE_NS = 60_000_000_000
FloatArray = NDArray[np.float64]


class MinuteBars(NamedTuple):
    """Prices of shape (n_bars, n_symbols); each bar opens where the last one closed."""

    time_ns: NDArray[np.int64]
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: FloatArray


def minute_bars(bars: int, symbols: int, *, seed: int, volatility: float) -> MinuteBars:
    """Walk geometric random walks that share half of their variance.

    Parameters
    ----------
    volatility : float
        Standard deviation of a bar's log return.
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    shared = rng.standard_normal((bars, STEPS_INSIDE, 1))
    own = rng.standard_normal((bars, STEPS_INSIDE, symbols))
    moves = np.sqrt(COMMON_SHARE) * shared + np.sqrt(1.0 - COMMON_SHARE) * own
    steps = moves * volatility / np.sqrt(STEPS_INSIDE) - 0.5 * volatility**2 / STEPS_INSIDE
    log_price = np.log(100.0) + np.cumsum(steps.reshape(bars * STEPS_INSIDE, symbols), axis=0)
    inside = np.round(np.exp(log_price), 8).reshape(bars, STEPS_INSIDE, symbols)
    close = inside[:, -1, :].copy()
    opened = np.vstack([np.full((1, symbols), 100.0), close[:-1]])
    return MinuteBars(
        time_ns=START_NS + np.arange(bars, dtype=np.int64) * MINUTE_NS,
        open=opened,
        high=np.maximum(inside.max(axis=1), opened),
        low=np.minimum(inside.min(axis=1), opened),
        close=close,
        volume=np.full((bars, symbols), 20.0),
    )


def task_bars(task: str, *, share: float = 1.0) -> MinuteBars:
    """Bars of T1 (one symbol, 1,000,000) or of T3 and T4 (20 symbols, 100,000 each).

    Parameters
    ----------
    share : float
        Part of the bars to make, for the growth in bars.
    """
    if task == "T1":
        return minute_bars(round(1_000_000 * share), 1, seed=20240602, volatility=0.0010)
    return minute_bars(round(100_000 * share), 20, seed=20240603, volatility=0.0015)
