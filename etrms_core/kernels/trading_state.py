"""What may be traded."""

from numba import njit

ACTIVE, REDUCING, HALTED = 0, 1, 2


@njit(cache=True)
def strictest(first: int, second: int) -> int:
    """Return the stricter of two trading states."""
    return max(first, second)


@njit(cache=True)
def may_trade(state: int, adds_risk: bool) -> bool:
    """Whether an order passes: only what adds no risk does outside ACTIVE."""
    return state == ACTIVE or not adds_risk
