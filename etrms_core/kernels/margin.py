"""Margin by tiers of notional."""

from typing import NamedTuple

from numba import njit

from etrms_core.kernels.arrays import FloatArray, IntArray


class Tiers(NamedTuple):
    """Maintenance tiers of many positions, one after another.

    Attributes
    ----------
    first : ndarray of shape (n_positions + 1,)
        Index of the first tier of each position; the last entry is the number of tiers.
    floor, rate, amount : ndarray of shape (n_tiers,)
        Lower notional bound, rate and amount of each tier, as in `domain.instrument.MarginTiers`.
    """

    first: IntArray
    floor: FloatArray
    rate: FloatArray
    amount: FloatArray


@njit(cache=True)
def tier_index(tiers: Tiers, position: int, notional: float) -> int:
    """Index of the tier that holds an unsigned notional."""
    index = tiers.first[position]
    last = tiers.first[position + 1] - 1
    while index < last and notional >= tiers.floor[index + 1]:
        index += 1
    return int(index)


@njit(cache=True)
def maintenance_margin(tiers: Tiers, position: int, notional: float) -> float:
    """Maintenance margin of an unsigned notional, quote currency, at least 0.

    NaN in, NaN out: `max` keeps an unknown first argument.
    """
    index = tier_index(tiers, position, notional)
    return max(notional * tiers.rate[index] - tiers.amount[index], 0.0)


@njit(cache=True)
def initial_margin(notional: float, leverage: float) -> float:
    """Margin that an unsigned notional binds at a leverage, quote currency."""
    return notional / leverage
