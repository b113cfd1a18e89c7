"""Accounts as the arrays that the kernels read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import nan

import numpy as np

from etrms_core.domain.account import AccountState, MarginMode, Position
from etrms_core.domain.identifiers import PositionKey
from etrms_core.domain.order import Order, OrderType
from etrms_core.kernels.arrays import FloatArray
from etrms_core.kernels.margin import Tiers
from etrms_core.kernels.portfolio import Positions
from etrms_core.kernels.scope_sums import PositionFacts

PROTECTIVE = frozenset({OrderType.STOP_MARKET, OrderType.TRAILING_STOP_MARKET})
REPORTING_CURRENCY = "USD"


@dataclass(frozen=True, slots=True)
class PositionTable:
    """All open positions of the desk, one row each, and the wallets of its accounts."""

    accounts: tuple[AccountState, ...]
    keys: tuple[PositionKey, ...]
    rows: tuple[Position, ...]
    symbols: tuple[str, ...]
    arrays: Positions
    tiers: Tiers
    facts: PositionFacts
    wallet: FloatArray
    collateral: FloatArray


def position_table(
    accounts: Sequence[AccountState], *, as_of: datetime, unknown: frozenset[str]
) -> PositionTable:
    """Pack accounts; those named in `unknown` get unknown prices and wallets.

    Parameters
    ----------
    accounts : sequence of AccountState
        In the order that fixes the rows.
    unknown : frozenset of str
        Accounts whose last reading is too old to count.
    """
    keys = tuple(account.key(row) for account in accounts for row in account.positions)
    rows = tuple(row for account in accounts for row in account.positions)
    symbols = tuple(sorted({row.symbol for row in rows}))
    wallets = [_wallet(account, unknown) for account in accounts]
    return PositionTable(
        accounts=tuple(accounts),
        keys=keys,
        rows=rows,
        symbols=symbols,
        arrays=_arrays(accounts, keys, symbols, unknown),
        tiers=_tiers(rows),
        facts=_facts(rows, as_of),
        wallet=np.array([wallet for wallet, _ in wallets], np.float64),
        collateral=np.array([collateral for _, collateral in wallets], np.float64),
    )


def asset_prices(account: AccountState) -> Mapping[str, float]:
    """Price one unit of each asset of an account in reporting currency, NaN when unknown."""
    prices = {
        balance.asset: nan if balance.price is None else balance.price
        for balance in account.balances
    }
    return {REPORTING_CURRENCY: 1.0, **prices}


def _wallet(account: AccountState, unknown: frozenset[str]) -> tuple[float, float]:
    if account.account in unknown:
        return nan, nan
    wallet = collateral = 0.0
    for balance in account.balances:
        if balance.amount != 0.0:
            value = nan if balance.price is None else balance.amount * balance.price
            wallet += value
            # A haircut makes less of what is owned, never of what is owed.
            collateral += value * (1.0 - balance.haircut) if balance.amount > 0.0 else value
    return wallet, collateral


def _arrays(
    accounts: Sequence[AccountState],
    keys: Sequence[PositionKey],
    symbols: Sequence[str],
    unknown: frozenset[str],
) -> Positions:
    symbol_index = {symbol: index for index, symbol in enumerate(symbols)}
    columns: list[tuple[float, ...]] = []
    for index, account in enumerate(accounts):
        prices = asset_prices(account)
        known = account.account not in unknown
        columns += [
            (
                index,
                symbol_index[row.symbol],
                row.quantity,
                row.entry_price,
                nan if row.mark_price is None or not known else row.mark_price,
                prices.get(row.quote_asset, nan),
                nan if row.leverage is None else row.leverage,
                row.isolated_margin,
                row.margin_mode is MarginMode.ISOLATED,
                _unguarded_share(row, account.orders),
            )
            for row in account.positions
        ]
    table = np.array(columns, np.float64).reshape(len(columns), 10).T.copy()
    return Positions(
        account=table[0].astype(np.int64),
        symbol=table[1].astype(np.int64),
        other_leg=_other_legs(keys),
        quantity=table[2],
        entry_price=table[3],
        mark_price=table[4],
        quote_price=table[5],
        leverage=table[6],
        isolated_margin=table[7],
        is_isolated=table[8].astype(np.bool_),
        unguarded_share=table[9],
    )


def _other_legs(keys: Sequence[PositionKey]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    partners = np.full(len(keys), -1, np.int64)
    first_leg: dict[tuple[str, str], int] = {}
    for index, (account, symbol, _) in enumerate(keys):
        partner = first_leg.setdefault((account, symbol), index)
        if partner != index:
            partners[index], partners[partner] = partner, index
    return partners


def _tiers(rows: Sequence[Position]) -> Tiers:
    first = np.zeros(len(rows) + 1, np.int64)
    np.cumsum([len(row.tiers.rates) for row in rows], out=first[1:])
    return Tiers(
        first,
        np.array([value for row in rows for value in row.tiers.notional_floors], np.float64),
        np.array([value for row in rows for value in row.tiers.rates], np.float64),
        np.array([value for row in rows for value in row.tiers.amounts], np.float64),
    )


def _facts(rows: Sequence[Position], as_of: datetime) -> PositionFacts:
    held = [
        nan if row.opened_at is None else max(0.0, (as_of - row.opened_at).total_seconds())
        for row in rows
    ]
    paid = [
        nan if row.funding_rate is None else row.funding_rate * (1.0 if row.quantity > 0 else -1.0)
        for row in rows
    ]
    return PositionFacts(np.array(held, np.float64), np.array(paid, np.float64))


def _unguarded_share(row: Position, orders: Sequence[Order]) -> float:
    if not orders:
        return 1.0
    covered = sum(order.remaining_quantity for order in orders if _guards(order, row))
    return max(0.0, 1.0 - covered / abs(row.quantity))


def _guards(order: Order, row: Position) -> bool:
    request = order.request
    return (
        order.is_open
        and request.reduce_only
        and request.order_type in PROTECTIVE
        and request.symbol == row.symbol
        and request.position_side is row.side
        and request.side.sign * row.quantity < 0.0
    )
