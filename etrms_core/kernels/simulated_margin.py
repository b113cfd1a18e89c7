"""When simulated positions are liquidated, and what that takes.

The cross positions of an account form one pool, every isolated position is a pool of its own.
"""

import numpy as np
from numba import njit

from etrms_core.kernels.account import slipped_price, unrealized_pnl
from etrms_core.kernels.adverse_path import liquidation_point, price_at
from etrms_core.kernels.arrays import FloatArray, Record, Records
from etrms_core.kernels.liquidation import liquidation_fill
from etrms_core.kernels.margin import Tiers, maintenance_margin
from etrms_core.kernels.simulated_book import CLOSE, HIGH, LIQUIDATION, LOW, OPEN
from etrms_core.kernels.simulated_fills import settle

NEVER = 2.0
# Bounds err by this share on the side of looking closely.
CAUTION = 1e-9
NOBODY = -1
EVERYBODY = -2


@njit(cache=True)
def path_end(marks: FloatArray, row: int, bar: int, quantity: float, to_close: bool) -> float:
    """Mark price to which the path of a position runs: its adverse extreme, or the close."""
    if to_close:
        return marks[row, CLOSE, bar]
    return marks[row, LOW, bar] if quantity > 0.0 else marks[row, HIGH, bar]


@njit(cache=True)
def pool_balance(book: Records, pool: int, wallet: float) -> float:
    """Money behind a pool without unrealised results: a row, or EVERYBODY for the cross pool."""
    return wallet if pool == EVERYBODY else book[pool].isolated_margin


@njit(cache=True)
def is_in_pool(book: Records, row: int, pool: int) -> bool:
    """Whether a symbol has a position in a pool."""
    return book[row].quantity != 0.0 and pool in (row, EVERYBODY)


@njit(cache=True)
def excess_at(
    book: Records,
    pool: int,
    wallet: float,
    tiers: Tiers,
    marks: FloatArray,
    bar: int,
    at_open: bool,
    to_close: bool,
) -> float:
    """Money of a pool above its maintenance margin at an end of the path of a bar."""
    excess = pool_balance(book, pool, wallet)
    for row in range(book.size):
        if is_in_pool(book, row, pool):
            quantity = book[row].quantity
            price = (
                marks[row, OPEN, bar] if at_open else path_end(marks, row, bar, quantity, to_close)
            )
            excess += unrealized_pnl(quantity, book[row].entry_price, price)
            excess -= maintenance_margin(tiers, row, abs(quantity) * price)
    return excess


@njit(cache=True)
def pool_point(
    book: Records,
    pool: int,
    wallet: float,
    tiers: Tiers,
    marks: FloatArray,
    bar: int,
    to_close: bool,
) -> float:
    """Point of the path at which a pool is liquidated, NEVER when it survives the bar."""
    if (
        excess_at(book, pool, wallet, tiers, marks, bar, False, to_close) > 0.0
        and excess_at(book, pool, wallet, tiers, marks, bar, True, to_close) > 0.0
    ):
        return NEVER
    size = book.size
    quantity, entry = np.zeros(size), np.zeros(size)
    start, end = np.ones(size), np.ones(size)
    for row in range(size):
        if is_in_pool(book, row, pool):
            quantity[row], entry[row] = book[row].quantity, book[row].entry_price
            start[row] = marks[row, OPEN, bar]
            end[row] = path_end(marks, row, bar, book[row].quantity, to_close)
    point = liquidation_point(pool_balance(book, pool, wallet), quantity, entry, start, end, tiers)
    return NEVER if np.isnan(point) else point


@njit(cache=True)
def adverse_equity(book: Records, wallet: float, marks: FloatArray, bar: int) -> float:
    """Wallet plus what is held, marked at the adverse extremes of the bar."""
    total = wallet
    for row in range(book.size):
        quantity = book[row].quantity
        if quantity != 0.0:
            price = path_end(marks, row, bar, quantity, False)
            total += unrealized_pnl(quantity, book[row].entry_price, price)
    return total


@njit(cache=True)
def is_backed(book: Records, wallet: float, marks: FloatArray, bar: int) -> bool:
    """Whether the cross pool is beyond doubt safe all through a bar, or has no position."""
    bound = 0.0
    for row in range(book.size):
        if book[row].quantity != 0.0:
            bound += book[row].margin_bound
    return bound == 0.0 or adverse_equity(book, wallet, marks, bar) > bound * (1.0 + CAUTION)


@njit(cache=True)
def next_liquidation(
    book: Records,
    wallet: float,
    is_isolated: bool,
    tiers: Tiers,
    marks: FloatArray,
    bar: int,
    to_close: bool,
) -> tuple[float, int]:
    """Find the first point at which a pool is liquidated, and the pool; NEVER and NOBODY."""
    first, broken = NEVER, NOBODY
    if not is_isolated:
        if is_backed(book, wallet, marks, bar):
            return NEVER, NOBODY
        point = pool_point(book, EVERYBODY, wallet, tiers, marks, bar, to_close)
        return point, EVERYBODY if point < NEVER else NOBODY
    for row in range(book.size):
        if book[row].quantity != 0.0:
            point = pool_point(book, row, wallet, tiers, marks, bar, to_close)
            if point < first:
                first, broken = point, row
    return first, broken


@njit(cache=True)
def notional_of(book: Records, pool: int, prices: FloatArray, longs_only: bool) -> float:
    """Gross notional of a pool, or of its longs, at given prices."""
    notional = 0.0
    for row in range(book.size):
        if is_in_pool(book, row, pool) and (book[row].quantity > 0.0 or not longs_only):
            notional += abs(book[row].quantity) * prices[row]
    return notional


@njit(cache=True)
def cover(book: Records, pool: int, balance: float, prices: FloatArray) -> None:
    """Move prices in favour of a pool that has lost more than all, until it has lost just all.

    Longs bear it when there are any, because the price at which one is sold knows no bound.
    """
    equity = balance
    for row in range(book.size):
        if is_in_pool(book, row, pool):
            equity += unrealized_pnl(book[row].quantity, book[row].entry_price, prices[row])
    if equity >= 0.0:
        return
    longs = notional_of(book, pool, prices, True)
    share = -equity / (longs if longs > 0.0 else notional_of(book, pool, prices, False))
    for row in range(book.size):
        if is_in_pool(book, row, pool):
            if book[row].quantity > 0.0:
                prices[row] *= 1.0 + share
            elif longs == 0.0:
                prices[row] *= 1.0 - share


@njit(cache=True)
def collateral_of(book: Records, row: int, pool: int, wallet: float, prices: FloatArray) -> float:
    """Money behind one position of a pool without its own unrealised result."""
    collateral = pool_balance(book, pool, wallet)
    for other in range(book.size):
        if other != row and is_in_pool(book, other, pool):
            collateral += unrealized_pnl(
                book[other].quantity, book[other].entry_price, prices[other]
            )
    return collateral


@njit(cache=True)
def liquidate(
    book: Records,
    pool: int,
    account: Record,
    terms: Record,
    fills: Records,
    marks: FloatArray,
    bar: int,
    point: float,
    to_close: bool,
) -> None:
    """Take a pool over at a point of the path, and expire what its symbols have waiting.

    The pool never loses more than what backs it.
    """
    prices = np.ones(book.size)
    for row in range(book.size):
        if is_in_pool(book, row, pool):
            quantity = book[row].quantity
            end = path_end(marks, row, bar, quantity, to_close)
            side = -1.0 if quantity > 0.0 else 1.0
            price = price_at(marks[row, OPEN, bar], end, point)
            prices[row] = slipped_price(price, side, terms.slippage_bps)
    cover(book, pool, pool_balance(book, pool, account.wallet), prices)
    fee_rate = terms.taker_fee + terms.liquidation_fee
    for row in range(book.size):
        if is_in_pool(book, row, pool):
            quantity = book[row].quantity
            collateral = collateral_of(book, row, pool, account.wallet, prices)
            price, fee = liquidation_fill(
                collateral, quantity, book[row].entry_price, prices[row], fee_rate
            )
            settle(book, row, account, terms, fills, -quantity, price, fee, LIQUIDATION)
        if pool in (row, EVERYBODY):
            book[row].entry_side = 0.0
            book[row].target = np.nan
