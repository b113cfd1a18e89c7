"""What entries, flips and targets buy and sell on a simulated account."""

import numpy as np
from numba import njit

from etrms_core.kernels.account import slipped_price, trading_fee, unrealized_pnl
from etrms_core.kernels.arrays import Record, Records
from etrms_core.kernels.margin import initial_margin
from etrms_core.kernels.rounding import floor_to_step
from etrms_core.kernels.simulated_book import (
    EQUITY_FRACTION,
    NOTIONAL,
    QUANTITY,
    RISK_FRACTION,
    SIGNAL,
)
from etrms_core.kernels.simulated_fills import (
    available_quantity,
    close_part,
    marked_equity,
    settle,
    wait_to_leave,
)

# Share of equity below which what is left is rounding, not money.
DUST = 1e-9


@njit(cache=True)
def wanted_quantity(position: Record, terms: Record, equity: float, price: float) -> float:
    """Size an entry at a price by the size rule alone, unsigned base units; NaN when unknown."""
    value = terms.size_value
    if terms.size_kind == EQUITY_FRACTION:
        return value * position.leverage * equity / (price * (1.0 + terms.taker_fee))
    if terms.size_kind == NOTIONAL:
        return value / price
    if terms.size_kind == QUANTITY:
        return value
    if terms.size_kind == RISK_FRACTION:
        return value * equity / (price * terms.stop_loss)
    if position.volatility > 0.0:
        return value * equity / (position.volatility * price)
    return np.nan


@njit(cache=True)
def backed_quantity(
    book: Records, row: int, account: Record, terms: Record, side: float, price: float
) -> float:
    """Return the base units that margin backs once what `side` closes is closed, at least 0.

    Gross notional over leverage never exceeds the equity after the fill; an isolated position
    also needs its margin in the wallet.
    """
    position = book[row]
    equity = marked_equity(book, account.wallet)
    bound, set_aside = 0.0, 0.0
    closing = abs(position.quantity) if position.quantity * side < 0.0 else 0.0
    for other in range(book.size):
        held = abs(book[other].quantity)
        if held != 0.0 and not (other == row and closing > 0.0):
            bound += initial_margin(held * book[other].mark_price, book[other].leverage)
            set_aside += book[other].isolated_margin
    cost = 0.0
    if closing > 0.0:
        cost = side * closing * (price - position.mark_price)
        cost += trading_fee(closing, price, terms.taker_fee)
    backing = equity - bound
    if terms.is_isolated:
        gained = 0.0
        if closing > 0.0:
            gained = unrealized_pnl(position.quantity, position.entry_price, position.mark_price)
        backing = min(backing, account.wallet - set_aside + gained)
    backing -= cost
    if not backing > DUST * equity:
        return 0.0
    return backing / (initial_margin(price, position.leverage) + price * terms.taker_fee)


@njit(cache=True)
def equity_after_close(
    book: Records, row: int, account: Record, terms: Record, side: float, price: float
) -> float:
    """Equity once an order has closed what it is against: its price difference and fee paid."""
    position = book[row]
    equity = marked_equity(book, account.wallet)
    if position.quantity * side >= 0.0:
        return equity
    closing = abs(position.quantity)
    equity -= side * closing * (price - position.mark_price)
    return equity - trading_fee(closing, price, terms.taker_fee)


@njit(cache=True)
def trade_to(
    book: Records,
    row: int,
    account: Record,
    terms: Record,
    fills: Records,
    side: float,
    wanted: float,
    price: float,
    volume: float,
) -> None:
    """Open or enlarge by up to `wanted` base units, closing what is held against it in one order.

    `price` has slippage. What margin, lots, the smallest notional or the volume refuse is given
    up; the rest of what had to be closed waits.
    """
    position = book[row]
    closing = abs(position.quantity) if position.quantity * side < 0.0 else 0.0
    most = min(wanted, backed_quantity(book, row, account, terms, side, price))
    opening = floor_to_step(min(most, position.maximum_quantity), position.lot_size)
    if not opening > 0.0 or (closing + opening) * price < position.minimum_notional:
        opening = 0.0
    filled = available_quantity(closing + opening, volume, position, terms)
    position.exit_quantity = 0.0
    if filled > 0.0:
        fee = trading_fee(filled, price, terms.taker_fee)
        settle(book, row, account, terms, fills, side * filled, price, fee, SIGNAL)
    if filled < closing:
        wait_to_leave(position, account, closing - filled, SIGNAL, account.bar + 1)


@njit(cache=True)
def enter(
    book: Records,
    row: int,
    account: Record,
    terms: Record,
    fills: Records,
    price: float,
    volume: float,
) -> None:
    """Carry out a waiting entry or flip at a bar's price; nothing when its side is held already."""
    position = book[row]
    side = position.entry_side
    position.entry_side = 0.0
    if side == 0.0 or position.quantity * side > 0.0:
        return
    paid = slipped_price(price, side, terms.slippage_bps)
    equity = equity_after_close(book, row, account, terms, side, paid)
    wanted = wanted_quantity(position, terms, equity, paid)
    trade_to(book, row, account, terms, fills, side, wanted, paid, volume)


@njit(cache=True)
def target_quantity(book: Records, row: int, account: Record, terms: Record, price: float) -> float:
    """Signed base units that a waiting target asks for, on lots.

    One that may not add risk keeps what it would add as it is.
    """
    position = book[row]
    side = 1.0 if position.target > 0.0 else -1.0
    paid = slipped_price(price, side, terms.slippage_bps)
    equity = max(0.0, equity_after_close(book, row, account, terms, side, paid))
    wanted = abs(position.target) * equity / paid
    goal = side * floor_to_step(wanted, position.lot_size)
    if position.may_add:
        return goal
    if goal * position.quantity <= 0.0:
        return 0.0
    return goal if abs(goal) < abs(position.quantity) else position.quantity


@njit(cache=True)
def reduce_to_target(
    book: Records,
    row: int,
    account: Record,
    terms: Record,
    fills: Records,
    price: float,
    volume: float,
) -> None:
    """Carry out a waiting target that only reduces; one that adds goes on waiting."""
    position = book[row]
    goal = target_quantity(book, row, account, terms, price)
    held = position.quantity
    adds = goal != 0.0 and (held * goal <= 0.0 or abs(goal) > abs(held))
    if adds:
        return
    position.target = np.nan
    if held != goal:
        quantity = abs(held) - abs(goal)
        close_part(book, row, account, terms, fills, quantity, price, volume, SIGNAL)


@njit(cache=True)
def grow_to_target(
    book: Records,
    row: int,
    account: Record,
    terms: Record,
    fills: Records,
    price: float,
    volume: float,
) -> None:
    """Carry out a waiting target that opens, enlarges or turns a position."""
    position = book[row]
    goal = target_quantity(book, row, account, terms, price)
    held = position.quantity
    position.target = np.nan
    wanted = abs(goal) - (abs(held) if held * goal > 0.0 else 0.0)
    if goal == 0.0 or wanted <= 0.0:
        return
    side = 1.0 if goal > 0.0 else -1.0
    paid = slipped_price(price, side, terms.slippage_bps)
    trade_to(book, row, account, terms, fills, side, wanted, paid, volume)
