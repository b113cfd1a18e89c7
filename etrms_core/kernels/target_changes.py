"""Targets that are worth an order."""

import numpy as np
from numba import njit

from etrms_core.kernels.arrays import FloatArray


@njit(cache=True)
def changed_targets(target: FloatArray, band: float) -> FloatArray:
    """Keep the targets that differ from the one kept before by more than a band.

    Parameters
    ----------
    target : ndarray of shape (n_bars,)
        Oldest first; NaN is passed over.
    band : float
        Share of the target kept before; 0 keeps every change.

    Returns
    -------
    ndarray of shape (n_bars,)
        NaN where a target is not kept.
    """
    kept = np.full(target.size, np.nan)
    last = np.nan
    for t in range(target.size):
        if np.isnan(target[t]):
            continue
        if not abs(target[t] - last) <= band * abs(last):
            kept[t] = target[t]
            last = target[t]
    return kept
