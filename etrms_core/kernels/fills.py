"""Fills against an order book and against a bar."""

import numpy as np
from numba import njit

from etrms_core.kernels.arrays import FloatArray


@njit(cache=True)
def walk_levels(
    prices: FloatArray, sizes: FloatArray, quantity: float, limit_price: float, side: float
) -> tuple[float, float]:
    """Take liquidity level by level.

    Parameters
    ----------
    prices, sizes : ndarray of shape (n_levels,)
        The opposite side of the book, best first; quote currency and base units.
    quantity : float
        Unsigned base units wanted.
    limit_price : float
        Worst acceptable price; NaN for a market order.
    side : float
        +1 to buy, -1 to sell.

    Returns
    -------
    tuple of float
        Quantity filled and quote currency paid or received for it.
    """
    filled = 0.0
    notional = 0.0
    for level in range(prices.size):
        if side * (prices[level] - limit_price) > 0.0 or filled >= quantity:
            break
        taken = min(sizes[level], quantity - filled)
        filled += taken
        notional += taken * prices[level]
    return filled, notional


@njit(cache=True)
def limit_fill_price(
    side: float, limit_price: float, open_: float, high: float, low: float
) -> float:
    """Fill of a resting limit order inside a bar, NaN when the bar did not reach it.

    An open on the better side of the limit fills at the open.
    """
    if side * (limit_price - open_) >= 0.0:
        return open_
    reached = low if side > 0.0 else high
    return limit_price if side * (limit_price - reached) >= 0.0 else np.nan
