"""Position readings summed up by scope."""

from typing import NamedTuple

import numpy as np
from numba import njit

from etrms_core.kernels.arrays import FloatArray, IntArray
from etrms_core.kernels.portfolio import PositionReadings, Positions, worse

(
    GROSS,
    NET,
    UNREALIZED,
    INITIAL_MARGIN,
    UNGUARDED,
    LARGEST_SYMBOL,
    WORST_NOTIONAL,
    WORST_LOSS,
    NEAREST_LIQUIDATION,
    WORST_MARGIN_RATIO,
    LONGEST_HELD,
    WORST_FUNDING,
) = range(12)
COLUMNS = 12


class Membership(NamedTuple):
    """Which position counts where: `share` of row `position` counts in row `scope`."""

    position: IntArray
    scope: IntArray
    share: FloatArray


class PositionFacts(NamedTuple):
    """Facts beside prices, shape (n_positions,): age in seconds, funding rate that it pays."""

    held_seconds: FloatArray
    funding_rate: FloatArray


@njit(cache=True)
def clear_sums(sums: FloatArray) -> None:
    """Set every sum to 0 and every worst value to the mildest there is."""
    sums[:, :] = 0.0
    sums[:, NEAREST_LIQUIDATION] = np.inf
    sums[:, WORST_FUNDING] = -np.inf


@njit(cache=True)
def add_member(
    positions: Positions,
    readings: PositionReadings,
    facts: PositionFacts,
    row: int,
    share: float,
    total: FloatArray,
) -> None:
    """Count one position in the sums of one scope."""
    notional = readings.notional[row]
    size = abs(notional)
    total[GROSS] += share * size
    total[NET] += share * notional
    total[UNREALIZED] += share * readings.unrealized[row]
    total[INITIAL_MARGIN] += share * readings.initial[row]
    total[UNGUARDED] += share * size * positions.unguarded_share[row]
    total[WORST_NOTIONAL] = worse(total[WORST_NOTIONAL], size)
    total[WORST_LOSS] = worse(total[WORST_LOSS], readings.loss[row])
    total[NEAREST_LIQUIDATION] = -worse(
        -total[NEAREST_LIQUIDATION], -readings.liquidation_distance[row]
    )
    total[WORST_MARGIN_RATIO] = worse(total[WORST_MARGIN_RATIO], readings.margin_ratio[row])
    total[LONGEST_HELD] = worse(total[LONGEST_HELD], facts.held_seconds[row])
    total[WORST_FUNDING] = worse(total[WORST_FUNDING], facts.funding_rate[row])


@njit(cache=True)
def sum_scopes(
    positions: Positions,
    readings: PositionReadings,
    facts: PositionFacts,
    members: Membership,
    n_symbols: int,
    sums: FloatArray,
) -> None:
    """Fill `sums`, shape (n_scopes, COLUMNS)."""
    clear_sums(sums)
    by_symbol = np.zeros((sums.shape[0], max(1, n_symbols)))
    for member in range(members.position.size):
        row, scope, share = members.position[member], members.scope[member], members.share[member]
        add_member(positions, readings, facts, row, share, sums[scope])
        by_symbol[scope, positions.symbol[row]] += share * abs(readings.notional[row])
    for scope in range(sums.shape[0]):
        if sums[scope, WORST_FUNDING] == -np.inf:
            sums[scope, WORST_FUNDING] = 0.0
        for symbol in range(n_symbols):
            sums[scope, LARGEST_SYMBOL] = worse(
                sums[scope, LARGEST_SYMBOL], by_symbol[scope, symbol]
            )
