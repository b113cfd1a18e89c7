"""Where a position is liquidated, exactly, by tiers, cross and isolated.

Liquidation happens where what backs the position equals its maintenance margin:

    collateral + sum q_i (p - entry_i) = sum (|q_i| p rate_i - amount_i)

with q signed and the tier taken at the notional at p. The sum runs over the one or two legs of a
symbol. The left side less the right is concave in p and made of straight pieces: it has at most one
root that prices reach by falling and one that they reach by rising (both only with two legs), and
Newton's method from beyond ends on each after a few steps.

References
----------
Binance, How to calculate the liquidation price of USD-M futures contracts (FAQ b3c689c1f50a).
"""

import numpy as np
from numba import njit

from etrms_core.kernels.margin import Tiers, tier_index

MAXIMUM_STEPS = 64


@njit(cache=True)
def margin_line(
    collateral: float,
    legs: tuple[int, int],
    quantities: tuple[float, float],
    entry_prices: tuple[float, float],
    price: float,
    tiers: Tiers,
) -> tuple[float, float]:
    """Constant and slope of what backs the legs less their maintenance margin, around a price."""
    constant = collateral
    slope = 0.0
    for leg in range(2):
        quantity = quantities[leg]
        if quantity != 0.0:
            tier = tier_index(tiers, legs[leg], abs(quantity) * price)
            constant += tiers.amount[tier] - quantity * entry_prices[leg]
            slope += quantity - abs(quantity) * tiers.rate[tier]
    return constant, slope


@njit(cache=True)
def price_in_last_tier(
    legs: tuple[int, int], quantities: tuple[float, float], tiers: Tiers
) -> float:
    """Price from which on every leg is in its last tier, quote currency."""
    price = 0.0
    for leg in range(2):
        if quantities[leg] != 0.0:
            floor = tiers.floor[tiers.first[legs[leg] + 1] - 1]
            price = max(price, 2.0 * floor / abs(quantities[leg]))
    return price


@njit(cache=True)
def root_seen_from(
    side: float,
    collateral: float,
    legs: tuple[int, int],
    quantities: tuple[float, float],
    entry_prices: tuple[float, float],
    tiers: Tiers,
) -> float:
    """Root seen from price 0 (`side` +1) or from beyond all tiers (-1), NaN when there is none."""
    price = 0.0 if side > 0.0 else price_in_last_tier(legs, quantities, tiers)
    for _ in range(MAXIMUM_STEPS):
        constant, slope = margin_line(collateral, legs, quantities, entry_prices, price, tiers)
        if side * slope <= 0.0:
            return np.nan
        following = -constant / slope
        if following <= 0.0:
            return np.nan
        if abs(following - price) <= 1e-15 * price:
            return following
        price = following
    return price


@njit(cache=True)
def liquidation_price(
    collateral: float,
    legs: tuple[int, int],
    quantities: tuple[float, float],
    entry_prices: tuple[float, float],
    mark_price: float,
    tiers: Tiers,
) -> float:
    """Price at which the maintenance margin of up to two legs eats all that backs them.

    Parameters
    ----------
    collateral : float
        Money behind the legs without their own unrealised result: the isolated margin, or wallet
        balance plus unrealised result less maintenance margin of everything else, quote currency.
    legs : tuple of int
        Positions of the legs in `tiers`; a missing second leg has quantity 0.
    quantities, entry_prices : tuple of float
        Signed base units and quote currency.
    mark_price : float
        Decides between two such prices: the nearer one is returned.

    Returns
    -------
    float
        Above 0, or NaN when no price above 0 liquidates.
    """
    below = root_seen_from(1.0, collateral, legs, quantities, entry_prices, tiers)
    above = root_seen_from(-1.0, collateral, legs, quantities, entry_prices, tiers)
    if np.isnan(above) or abs(mark_price - below) <= abs(above - mark_price):
        return below
    return above


@njit(cache=True)
def bankruptcy_price(collateral: float, quantity: float, entry_price: float) -> float:
    """Price at which a position has lost all that backs it; below 0 when no fall can."""
    return entry_price - collateral / quantity


@njit(cache=True)
def liquidation_fill(
    collateral: float,
    quantity: float,
    entry_price: float,
    price: float,
    fee_rate: float,
) -> tuple[float, float]:
    """Price and fee at which a venue takes a position over.

    A venue's insurance fund bears what is lost beyond the collateral: the price is never worse
    than the bankruptcy price and the fee takes no more than what is left.

    Parameters
    ----------
    collateral : float
        Money behind the position without its own unrealised result, quote currency.
    price : float
        Mark price at which the liquidation happens.
    fee_rate : float
        Taker and liquidation fee, fractions of notional.
    """
    limit = bankruptcy_price(collateral, quantity, entry_price)
    if limit <= 0.0:
        limit = price
    filled = max(price, limit) if quantity > 0.0 else min(price, limit)
    left = max(0.0, collateral + quantity * (filled - entry_price))
    return filled, min(left, abs(quantity) * filled * fee_rate)
