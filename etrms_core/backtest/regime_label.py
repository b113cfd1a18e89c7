"""A simple name for the market's state at each bar, known at its close."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from etrms_core.errors import DomainError
from etrms_core.kernels.arrays import FloatArray

LabelArray = NDArray[np.int8]

UNKNOWN, RANGE_CALM, RANGE_VOLATILE, TREND_CALM, TREND_VOLATILE = range(5)
REGIME_NAMES: Mapping[int, str] = {
    UNKNOWN: "unknown",
    RANGE_CALM: "range, calm",
    RANGE_VOLATILE: "range, volatile",
    TREND_CALM: "trend, calm",
    TREND_VOLATILE: "trend, volatile",
}
REGIME_WINDOW = 48
TREND_EFFICIENCY = 0.3
# Running sums are no more exact than this.
ROUNDING = 1e-6


def label_regimes(close: FloatArray, *, window: int = REGIME_WINDOW) -> LabelArray:
    r"""Label each bar by trend or range, and calm or volatile.

    Trend where the efficiency ratio over the window

    .. math:: \frac{|\ln C_t - \ln C_{t-w}|}{\sum_{i=0}^{w-1} |\ln C_{t-i} - \ln C_{t-i-1}|}

    is at least 0.3; volatile where the root mean square log return over the window is above its
    mean over all bars so far.

    Parameters
    ----------
    close : ndarray of shape (n_bars,)
        Prices above 0, oldest first.
    window : int
        At least 2.

    Returns
    -------
    ndarray of int8 of shape (n_bars,)
        Keys of `REGIME_NAMES`. Only prices up to a bar decide its label; a bar is UNKNOWN before
        the window is full, and while a price in it is NaN or not above 0.

    References
    ----------
    Kaufman, P. J. (1995). Smarter Trading. McGraw-Hill. (Efficiency ratio.)
    """
    if window < 2:
        raise DomainError(f"window is at least 2, was {window}")
    labels = np.zeros(close.size, np.int8)
    if close.size <= window:
        return labels
    sound = np.where(close > 0.0, close, np.nan)
    returns = np.diff(np.log(sound))
    efficiency, volatility = _over_window(returns, window)
    known = np.isfinite(efficiency) & np.isfinite(volatility)
    count = np.maximum(np.cumsum(known), 1)
    mean_so_far = np.cumsum(np.where(known, volatility, 0.0)) / count
    trends = efficiency >= TREND_EFFICIENCY
    is_volatile = volatility > mean_so_far * (1.0 + ROUNDING)
    found = RANGE_CALM + 2 * trends.astype(np.int8) + is_volatile.astype(np.int8)
    labels[window:] = np.where(known, found, UNKNOWN)
    return labels


def _over_window(returns: FloatArray, window: int) -> tuple[FloatArray, FloatArray]:
    # Sums are differences of running sums, so that unknown returns are counted apart.
    unknown = ~np.isfinite(returns)
    filled = np.where(unknown, 0.0, returns)
    lacks = _moving_sum(unknown.astype(np.float64), window) > 0.5
    path = _moving_sum(np.abs(filled), window)
    squares = np.maximum(_moving_sum(filled * filled, window), 0.0)
    travelled = np.abs(_moving_sum(filled, window))
    efficiency = np.divide(travelled, path, out=np.zeros_like(path), where=path > 1e-15)
    volatility = np.sqrt(squares / window)
    efficiency[lacks] = np.nan
    return efficiency, volatility


def _moving_sum(values: FloatArray, window: int) -> FloatArray:
    running = np.concatenate(([0.0], np.cumsum(values)))
    return running[window:] - running[:-window]
