"""What a fill does to a position, and what a position is worth."""

from numba import njit


@njit(cache=True)
def unrealized_pnl(quantity: float, entry_price: float, mark_price: float) -> float:
    """Signed quantity times (mark - entry), quote currency."""
    return quantity * (mark_price - entry_price)


@njit(cache=True)
def apply_fill(
    quantity: float, entry_price: float, delta: float, price: float
) -> tuple[float, float, float]:
    """Change a position by `delta` base units at `price`.

    Reducing realises its share of the result and keeps the entry; growing averages the entry;
    crossing zero does both.

    Returns
    -------
    tuple of float
        New signed quantity, new entry price (0 when flat), realised price result before fees.
    """
    remaining = quantity + delta
    if quantity == 0.0:
        return remaining, price if remaining != 0.0 else 0.0, 0.0
    if quantity * delta >= 0.0:
        return remaining, (quantity * entry_price + delta * price) / remaining, 0.0
    if abs(remaining) <= 1e-12 * abs(quantity):
        return 0.0, 0.0, quantity * (price - entry_price)
    if quantity * remaining > 0.0:
        return remaining, entry_price, -delta * (price - entry_price)
    return remaining, price, quantity * (price - entry_price)


@njit(cache=True)
def trading_fee(quantity: float, price: float, rate: float) -> float:
    """Fee of a fill, at least 0 for a rate of at least 0, quote currency."""
    return abs(quantity) * price * rate


@njit(cache=True)
def slipped_price(price: float, side: float, slippage_bps: float) -> float:
    """Price moved against a buyer (`side` +1) or a seller (-1)."""
    return price * (1.0 + side * slippage_bps * 1e-4)
