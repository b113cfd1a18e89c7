"""Inside a bar, pessimistically: every price runs from its start to its adverse extreme at once.

A point on that path is a number from 0 (the start) to 1 (the extremes). What is reached first is
done first.
"""

import numpy as np
from numba import njit

from etrms_core.kernels.account import unrealized_pnl
from etrms_core.kernels.arrays import FloatArray
from etrms_core.kernels.margin import Tiers, maintenance_margin

BISECTIONS = 200


@njit(cache=True)
def price_at(start: float, extreme: float, point: float) -> float:
    """Price at a point of the path, quote currency."""
    return start + point * (extreme - start)


@njit(cache=True)
def stop_point(side: float, level: float, start: float, extreme: float) -> float:
    """Point at which a stop is reached; 0 when the start is beyond it, NaN when it is not."""
    if side * (start - level) <= 0.0:
        return 0.0
    if side * (extreme - level) > 0.0:
        return np.nan
    return (level - start) / (extreme - start)


@njit(cache=True)
def margin_excess(
    balance: float,
    quantity: FloatArray,
    entry_price: FloatArray,
    price: FloatArray,
    tiers: Tiers,
) -> float:
    """Money above the maintenance margin of a pool of positions; liquidation at or below 0.

    Parameters
    ----------
    balance : float
        Wallet or isolated margin behind the pool, without unrealised results.
    quantity, entry_price, price : ndarray of shape (n_positions,)
        Signed base units and quote currency.
    """
    excess = balance
    for row in range(quantity.size):
        excess += unrealized_pnl(quantity[row], entry_price[row], price[row])
        excess -= maintenance_margin(tiers, row, abs(quantity[row]) * price[row])
    return excess


@njit(cache=True)
def liquidation_point(
    balance: float,
    quantity: FloatArray,
    entry_price: FloatArray,
    start: FloatArray,
    extreme: FloatArray,
    tiers: Tiers,
) -> float:
    """First point of the path at which a pool is liquidated, NaN when it survives the bar."""
    if quantity.size == 0:
        return np.nan
    if margin_excess(balance, quantity, entry_price, start, tiers) <= 0.0:
        return 0.0
    if margin_excess(balance, quantity, entry_price, extreme, tiers) > 0.0:
        return np.nan
    healthy, broken = 0.0, 1.0
    price = np.empty(quantity.size)
    for _ in range(BISECTIONS):
        middle = 0.5 * (healthy + broken)
        if middle in (healthy, broken):
            break
        for row in range(quantity.size):
            price[row] = price_at(start[row], extreme[row], middle)
        if margin_excess(balance, quantity, entry_price, price, tiers) <= 0.0:
            broken = middle
        else:
            healthy = middle
    return broken
