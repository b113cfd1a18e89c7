"""The side of the market that a supertrend is on."""

import numpy as np
from numba import njit

from etrms_core.kernels.arrays import FloatArray


@njit(cache=True)
def supertrend_sides(
    high: FloatArray, low: FloatArray, close: FloatArray, true_range: FloatArray, multiplier: float
) -> FloatArray:
    """Follow the price with two bands until a close is beyond the one of its side.

    Bands are ``(high + low) / 2 ± multiplier * true_range``. The upper one comes down, but rises
    only after a close above it; the lower one is its mirror image. A close below the lower band
    turns the side down, one above the upper band turns it up.

    Parameters
    ----------
    high, low, close : ndarray of shape (n_bars,)
        Oldest first.
    true_range : ndarray of shape (n_bars,)
        Average true range, NaN at first.

    Returns
    -------
    ndarray of shape (n_bars,)
        1 up, -1 down, NaN as long as `true_range` is. The first side is the one of the close
        from the middle of its bar.
    """
    sides = np.full(close.size, np.nan)
    side, upper, lower = 0.0, np.inf, -np.inf
    for t in range(close.size):
        middle = (high[t] + low[t]) / 2.0
        width = multiplier * true_range[t]
        if np.isnan(width):
            continue
        if side == 0.0:
            side = 1.0 if close[t] >= middle else -1.0
        before = close[t - 1] if t > 0 else np.nan
        if not (middle + width >= upper and before <= upper):
            upper = middle + width
        if not (middle - width <= lower and before >= lower):
            lower = middle - width
        if side > 0.0 and close[t] < lower:
            side = -1.0
        elif side < 0.0 and close[t] > upper:
            side = 1.0
        sides[t] = side
    return sides
