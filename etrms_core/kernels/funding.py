"""Funding of perpetual futures."""

from numba import njit


@njit(cache=True)
def funding_payment(quantity: float, mark_price: float, rate: float) -> float:
    """Cash flow of one settlement, positive when received: ``-quantity * mark * rate``."""
    return -quantity * mark_price * rate
