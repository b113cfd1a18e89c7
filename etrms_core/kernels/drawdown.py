"""Drawdown and period loss on unitised NAV."""

import numpy as np
from numba import njit


@njit(cache=True)
def drawdown_fraction(nav: float, peak: float) -> float:
    """Loss from the peak as a fraction of the peak, in [0, 1] for a NAV of at least 0.

    NaN in, NaN out: `max` keeps an unknown first argument.
    """
    if peak <= 0.0:
        return np.nan if np.isnan(nav) else 0.0
    return max(1.0 - nav / peak, 0.0)


@njit(cache=True)
def period_loss(nav: float, baseline: float) -> float:
    """Loss since a baseline as a fraction of it; negative after a gain, 0 without a baseline.

    NaN in, NaN out.
    """
    if baseline <= 0.0:
        return np.nan if np.isnan(nav) else 0.0
    return 1.0 - nav / baseline


@njit(cache=True)
def advance_units(
    equity: float, flow: float, units: float, nav: float
) -> tuple[float, float, bool]:
    """Revalue a unitised account whose equity holds a flow that came since the last reading.

    Units are bought or sold at the NAV before the flow: a deposit is no profit, a withdrawal no
    drawdown. A loss of everything makes NAV 0, and the next money restarts it at 1; an account
    that was emptied by withdrawals keeps its NAV and goes on with the next money.

    Parameters
    ----------
    equity : float
        Equity now, the flow included, reporting currency.
    flow : float
        Deposits less withdrawals since the last reading.
    units, nav : float
        As of the last reading; both 0 for an account that starts.

    Returns
    -------
    tuple
        NAV, units, and whether it (re)started at 1.
    """
    if units <= 0.0:
        if equity <= 0.0:
            return nav, 0.0, False
        return (nav, equity / nav, False) if nav > 0.0 else (1.0, equity, True)
    before_flow = equity - flow
    if before_flow <= 0.0:
        return (1.0, equity, True) if flow > 0.0 and equity > 0.0 else (0.0, 0.0, False)
    following = before_flow / units
    if equity <= 0.0:
        return following, 0.0, False
    return following, units + flow / following, False
