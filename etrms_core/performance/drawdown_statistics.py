"""How deep, how long and how painful an equity path was under water."""

from math import nan

import numpy as np

from etrms_core.kernels.arrays import FloatArray
from etrms_core.performance.equity_path import drawdown_path


def drawdown_metrics(nav: FloatArray) -> dict[str, float]:
    r"""Measure the drawdowns of a NAV path.

    Parameters
    ----------
    nav : ndarray of shape (n_points,)
        NAV, oldest first, the value before the first return first, which is above 0; at least 0,
        no NaN.

    Returns
    -------
    dict
        - ``max_drawdown`` the deepest drawdown, a positive fraction of the peak before it
        - ``max_drawdown_bars`` the longest run of consecutive points under their peak, whether
          or not it has ended
        - ``recovery_bars`` bars from the (first) point of the deepest drawdown to the next one at
          its peak; NaN while it has not recovered, 0 without a drawdown
        - ``ulcer_index`` :math:`\sqrt{\frac 1 n \sum d_t^2}` over all n points

    References
    ----------
    Martin, P., McCann, B. (1989). The Investor's Guide to Fidelity Funds. Wiley (ulcer index).
    """
    drawdown = drawdown_path(nav)
    return {
        "max_drawdown": float(np.max(drawdown)),
        "max_drawdown_bars": _longest_run(drawdown),
        "recovery_bars": _recovery_bars(drawdown),
        "ulcer_index": float(np.sqrt(np.mean(drawdown**2))),
    }


def _longest_run(drawdown: FloatArray) -> float:
    at_peak = np.flatnonzero(drawdown <= 0.0)
    gaps = np.diff(np.append(at_peak, drawdown.size)) - 1
    return float(np.max(gaps))


def _recovery_bars(drawdown: FloatArray) -> float:
    # A path without drawdown is at its peak at once: 0 bars.
    trough = int(np.argmax(drawdown))
    at_peak = np.flatnonzero(drawdown[trough:] <= 0.0)
    return float(at_peak[0]) if at_peak.size else nan
