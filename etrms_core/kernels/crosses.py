"""Lines that cross: signals as events, on the bar of the cross only."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from etrms_core.kernels.arrays import FloatArray


@njit(cache=True)
def cross_codes(line: FloatArray, level: FloatArray, above: int, below: int) -> NDArray[np.int8]:
    """Mark the bars on which a line crosses a level.

    It crosses upwards where ``line[t] > level[t]`` and ``line[t - 1] <= level[t - 1]``, downwards
    with both comparisons turned round. A NaN in any of the four crosses nothing.

    Parameters
    ----------
    line, level : ndarray of shape (n_bars,)
        Oldest first.
    above, below : int
        Codes from 0 to 127 of a cross upwards and of one downwards.

    Returns
    -------
    ndarray of int8 of shape (n_bars,)
    """
    codes = np.zeros(line.size, np.int8)
    for t in range(1, line.size):
        # Without branches, so that the compiler takes several bars at once.
        rises = (line[t] > level[t]) & (line[t - 1] <= level[t - 1])
        falls = (line[t] < level[t]) & (line[t - 1] >= level[t - 1])
        codes[t] = above * rises + below * falls
    return codes
