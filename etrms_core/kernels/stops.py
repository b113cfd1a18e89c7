"""Where stops, take-profits and trailing stops fill inside a bar.

`side` is the sign of the position that the order closes. A price that the bar did not touch is
NaN; a bar that opens beyond the level fills at its open.
"""

import numpy as np
from numba import njit


@njit(cache=True)
def stop_fill_price(side: float, level: float, open_: float, high: float, low: float) -> float:
    """Fill of a stop: triggered by a price at or beyond `level` on the adverse side."""
    if side * (open_ - level) <= 0.0:
        return open_
    adverse = low if side > 0.0 else high
    return level if side * (adverse - level) <= 0.0 else np.nan


@njit(cache=True)
def take_profit_fill_price(
    side: float, level: float, open_: float, high: float, low: float
) -> float:
    """Fill of a take-profit: triggered by a price at or beyond `level` on the favourable side."""
    if side * (open_ - level) >= 0.0:
        return open_
    favourable = high if side > 0.0 else low
    return level if side * (favourable - level) >= 0.0 else np.nan


@njit(cache=True)
def trailing_level(side: float, best_price: float, callback_fraction: float) -> float:
    """Level of a trailing stop behind the best price seen, quote currency."""
    return best_price * (1.0 - side * callback_fraction)


@njit(cache=True)
def stop_level(side: float, reference_price: float, distance: float) -> float:
    """Adverse level at a fractional distance from a price."""
    return reference_price * (1.0 - side * distance)


@njit(cache=True)
def is_triggered(direction: float, level: float, price: float) -> bool:
    """Whether a price reached a level from below (`direction` +1) or from above (-1)."""
    return direction * (price - level) >= 0.0
