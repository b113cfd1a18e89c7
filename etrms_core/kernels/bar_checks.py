"""One pass over bars that says whether they need a closer look."""

import numpy as np
from numba import njit

from etrms_core.kernels.arrays import FloatArray, IntArray


@njit(cache=True)
def unsound_bars(bars: FloatArray) -> int:
    """Count the bars with a number that no calculation may see.

    Parameters
    ----------
    bars : ndarray of shape (5, n_bars)
        Rows open, high, low, close, volume.

    Returns
    -------
    int
        Bars that break ``0 < low <= open, close <= high < inf`` or ``0 <= volume < inf``; a NaN
        breaks every comparison.
    """
    count = 0
    for i in range(bars.shape[1]):
        opened, high, low, close, volume = (
            bars[0, i],
            bars[1, i],
            bars[2, i],
            bars[3, i],
            bars[4, i],
        )
        # Without branches, so that the compiler takes several bars at once.
        is_sound = (
            (low > 0.0)
            & (high < np.inf)
            & (low <= opened)
            & (low <= close)
            & (opened <= high)
            & (close <= high)
            & (volume >= 0.0)
            & (volume < np.inf)
        )
        count += 1 - is_sound
    return count


@njit(cache=True)
def step_statistics(times: IntArray, step: int) -> tuple[int, int]:
    """Compare neighbouring times.

    Parameters
    ----------
    times : ndarray of shape (n_bars,)
        Any unit, at least two.
    step : int
        The distance to look for.

    Returns
    -------
    tuple of int
        How often the distance is `step`, and the smallest distance.
    """
    same = 0
    smallest = times[1] - times[0]
    for i in range(1, times.size):
        distance = times[i] - times[i - 1]
        same += distance == step
        smallest = min(smallest, distance)
    return same, smallest
