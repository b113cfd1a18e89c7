"""Readings of positions and accounts, summed up by scope.

A position is a row of `Positions`; a `Membership` says in which scopes it counts with which share.
NaN is unknown and stays unknown in every sum and every worst value built on it.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from etrms_core.kernels.account import unrealized_pnl
from etrms_core.kernels.arrays import BoolArray, FloatArray, IntArray
from etrms_core.kernels.liquidation import liquidation_price
from etrms_core.kernels.margin import Tiers, initial_margin, maintenance_margin


class Positions(NamedTuple):
    """Open positions of all accounts, arrays of shape (n_positions,).

    `account` and `symbol` are indices; `other_leg` is the row of the other hedge leg or -1;
    `quote_price` is reporting currency per quote unit; prices NaN when unknown.
    """

    account: IntArray
    symbol: IntArray
    other_leg: IntArray
    quantity: FloatArray
    entry_price: FloatArray
    mark_price: FloatArray
    quote_price: FloatArray
    leverage: FloatArray
    isolated_margin: FloatArray
    is_isolated: BoolArray
    unguarded_share: FloatArray


class PositionReadings(NamedTuple):
    """Money in reporting currency, shape (n_positions,).

    `notional` is signed; `liquidation_price` NaN where nothing liquidates or nothing is known;
    `liquidation_distance` is a fraction of the mark, infinite where nothing liquidates.
    """

    notional: FloatArray
    unrealized: FloatArray
    maintenance: FloatArray
    initial: FloatArray
    liquidation_price: FloatArray
    liquidation_distance: FloatArray
    loss: FloatArray
    margin_ratio: FloatArray


class AccountReadings(NamedTuple):
    """Money in reporting currency, shape (n_accounts,).

    `margin_ratio` is that of the cross pool.
    """

    wallet: FloatArray
    collateral: FloatArray
    unrealized: FloatArray
    equity: FloatArray
    cross_balance: FloatArray
    cross_maintenance: FloatArray
    initial: FloatArray
    margin_ratio: FloatArray


@njit(cache=True)
def margin_ratio(maintenance: float, balance: float) -> float:
    """Maintenance margin over what backs it: 1 is liquidation, infinite with nothing left."""
    if maintenance == 0.0:
        return 0.0
    if np.isnan(maintenance) or np.isnan(balance):
        return np.nan
    return maintenance / balance if balance > 0.0 else np.inf


@njit(cache=True)
def measure_accounts(
    positions: Positions, tiers: Tiers, readings: PositionReadings, accounts: AccountReadings
) -> None:
    """Fill `accounts` and the money columns of `readings`; wallet and collateral are given."""
    accounts.unrealized[:] = 0.0
    accounts.cross_balance[:] = accounts.collateral
    accounts.cross_maintenance[:] = 0.0
    accounts.initial[:] = 0.0
    for row in range(positions.quantity.size):
        account = positions.account[row]
        value = positions.mark_price[row] * positions.quote_price[row]
        quantity = positions.quantity[row]
        readings.notional[row] = quantity * value
        result = unrealized_pnl(quantity, positions.entry_price[row], positions.mark_price[row])
        readings.unrealized[row] = result * positions.quote_price[row]
        readings.loss[row] = max(-result / (abs(quantity) * positions.entry_price[row]), 0.0)
        margin = maintenance_margin(tiers, row, abs(quantity) * positions.mark_price[row])
        readings.maintenance[row] = margin * positions.quote_price[row]
        bound = initial_margin(abs(readings.notional[row]), positions.leverage[row])
        readings.initial[row] = bound
        accounts.unrealized[account] += readings.unrealized[row]
        accounts.initial[account] += bound
        if positions.is_isolated[row]:
            set_aside = positions.isolated_margin[row] * positions.quote_price[row]
            accounts.cross_balance[account] -= set_aside
        else:
            accounts.cross_balance[account] += readings.unrealized[row]
            accounts.cross_maintenance[account] += readings.maintenance[row]
    for account in range(accounts.equity.size):
        accounts.equity[account] = accounts.wallet[account] + accounts.unrealized[account]
        accounts.margin_ratio[account] = margin_ratio(
            accounts.cross_maintenance[account], accounts.cross_balance[account]
        )


@njit(cache=True)
def collateral_behind(
    positions: Positions, readings: PositionReadings, accounts: AccountReadings, row: int
) -> float:
    """Quote currency behind a row (with its other cross leg) without its own unrealised result."""
    if positions.is_isolated[row]:
        return positions.isolated_margin[row]
    account = positions.account[row]
    balance = accounts.cross_balance[account] - readings.unrealized[row]
    maintenance = accounts.cross_maintenance[account] - readings.maintenance[row]
    other = positions.other_leg[row]
    if other >= 0 and not positions.is_isolated[other]:
        balance -= readings.unrealized[other]
        maintenance -= readings.maintenance[other]
    return (balance - maintenance) / positions.quote_price[row]


@njit(cache=True)
def measure_liquidation(
    positions: Positions, tiers: Tiers, readings: PositionReadings, accounts: AccountReadings
) -> None:
    """Fill the liquidation columns of `readings` after `measure_accounts`."""
    for row in range(positions.quantity.size):
        collateral = collateral_behind(positions, readings, accounts, row)
        mark = positions.mark_price[row]
        if positions.is_isolated[row]:
            own = collateral + readings.unrealized[row] / positions.quote_price[row]
            maintenance = readings.maintenance[row] / positions.quote_price[row]
            readings.margin_ratio[row] = margin_ratio(maintenance, own)
        else:
            readings.margin_ratio[row] = accounts.margin_ratio[positions.account[row]]
        if np.isnan(collateral) or np.isnan(mark):
            readings.liquidation_price[row] = np.nan
            readings.liquidation_distance[row] = np.nan
            continue
        other = positions.other_leg[row]
        shares = other >= 0 and not positions.is_isolated[row] and not positions.is_isolated[other]
        partner = other if shares else row
        price = liquidation_price(
            collateral,
            (row, partner),
            (positions.quantity[row], positions.quantity[partner] if shares else 0.0),
            (positions.entry_price[row], positions.entry_price[partner]),
            mark,
            tiers,
        )
        readings.liquidation_price[row] = price
        distance = np.inf if np.isnan(price) else abs(mark - price) / mark
        readings.liquidation_distance[row] = 0.0 if readings.margin_ratio[row] >= 1.0 else distance


@njit(cache=True)
def worse(first: float, second: float) -> float:
    """Larger of two values, unknown when either is."""
    if np.isnan(first) or np.isnan(second):
        return np.nan
    return max(first, second)
