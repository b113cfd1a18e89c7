"""What a fill does to a simulated account."""

import numpy as np
from numba import njit

from etrms_core.kernels.account import apply_fill, slipped_price, trading_fee, unrealized_pnl
from etrms_core.kernels.arrays import FloatArray, Record, Records
from etrms_core.kernels.liquidation import bankruptcy_price
from etrms_core.kernels.margin import initial_margin
from etrms_core.kernels.rounding import floor_to_step, round_to_step
from etrms_core.kernels.simulated_book import SIGNAL
from etrms_core.kernels.stops import stop_level


@njit(cache=True)
def mark_all(book: Records, marks: FloatArray, bar: int, row: int) -> None:
    """Mark every symbol at the open or close of a bar."""
    for symbol in range(book.size):
        book[symbol].mark_price = marks[symbol, row, bar]


@njit(cache=True)
def marked_equity(book: Records, wallet: float) -> float:
    """Wallet plus unrealised results at the present marks, quote currency."""
    total = wallet
    for row in range(book.size):
        if book[row].quantity != 0.0:
            total += unrealized_pnl(book[row].quantity, book[row].entry_price, book[row].mark_price)
    return total


@njit(cache=True)
def place_levels(position: Record, terms: Record) -> None:
    """Lay stop and take-profit at their distances from the entry price, on ticks."""
    side = 1.0 if position.quantity > 0.0 else -1.0
    entry, tick = position.entry_price, position.tick_size
    position.stop_level = round_to_step(stop_level(side, entry, terms.stop_loss), tick)
    position.profit_level = round_to_step(stop_level(-side, entry, terms.take_profit), tick)
    has_trailing = not np.isnan(terms.trailing_stop)
    if has_trailing and np.isnan(position.best_price):
        position.best_price = entry
    position.guarded = (
        has_trailing or not np.isnan(terms.stop_loss) or not np.isnan(position.guard_level)
    )


@njit(cache=True)
def clear_levels(position: Record) -> None:
    """Take every protective order and waiting exit off: they do not outlive their position."""
    position.stop_level = np.nan
    position.profit_level = np.nan
    position.guard_level = np.nan
    position.best_price = np.nan
    position.exit_quantity = 0.0
    position.guarded = False


@njit(cache=True)
def set_margin_aside(position: Record, remaining: float, price: float) -> None:
    """Move isolated margin with a position that becomes `remaining` base units at a fill."""
    held = 0.0 if position.quantity * remaining < 0.0 else position.quantity
    grown = abs(remaining) - abs(held)
    if held == 0.0:
        position.isolated_margin = 0.0
    if grown > 0.0:
        position.isolated_margin += initial_margin(grown * price, position.leverage)
    elif held != 0.0:
        position.isolated_margin *= abs(remaining) / abs(held)


@njit(cache=True)
def settle(
    book: Records,
    row: int,
    account: Record,
    terms: Record,
    fills: Records,
    quantity: float,
    price: float,
    fee: float,
    reason: int,
) -> None:
    """Book a fill of `quantity` signed base units, and what it means for resting orders."""
    position = book[row]
    held = position.quantity
    remaining, entry_price, realized = apply_fill(held, position.entry_price, quantity, price)
    account.wallet += realized - fee
    fill = fills[account.fills]
    fill.bar = account.bar
    fill.time_ms = account.now_ms
    fill.symbol = row
    fill.quantity = quantity
    fill.price = price
    fill.fee = fee
    fill.realized_pnl = realized
    fill.reason = reason
    fill.inside = account.is_inside
    account.fills += 1
    position.quiet_until = 0
    if terms.is_isolated:
        set_margin_aside(position, remaining, price)
    position.quantity = remaining
    position.entry_price = entry_price
    if reason != SIGNAL:
        position.closed_bar = account.bar
    if held * remaining <= 0.0:
        clear_levels(position)
        position.opened_ms = account.now_ms
    if abs(remaining) > abs(held) or held * remaining < 0.0:
        place_levels(position, terms)


@njit(cache=True)
def bearable_price(book: Records, row: int, account: Record, terms: Record, price: float) -> float:
    """Price at which a position closes: beyond its bankruptcy an insurance fund takes over."""
    position = book[row]
    if not terms.liquidates:
        return price
    collateral = position.isolated_margin
    if not terms.is_isolated:
        collateral = account.wallet
        for other in range(book.size):
            if other != row and book[other].quantity != 0.0:
                collateral += unrealized_pnl(
                    book[other].quantity, book[other].entry_price, book[other].mark_price
                )
    limit = bankruptcy_price(collateral, position.quantity, position.entry_price)
    if position.quantity > 0.0:
        return max(price, limit)
    return min(price, limit) if limit > 0.0 else price


@njit(cache=True)
def available_quantity(wanted: float, volume: float, position: Record, terms: Record) -> float:
    """Part of an order that the bar's volume fills, unsigned base units."""
    if np.isnan(terms.volume_share):
        return wanted
    most = floor_to_step(terms.volume_share * volume, position.lot_size)
    return min(wanted, most) if most > 0.0 else 0.0


@njit(cache=True)
def wait_to_leave(
    position: Record, account: Record, quantity: float, reason: int, bar: int
) -> None:
    """Let `quantity` unsigned base units wait to be closed from a bar on."""
    position.exit_quantity = quantity
    position.exit_reason = reason
    position.exit_from = bar
    account.has_waiting = True


@njit(cache=True)
def close_part(
    book: Records,
    row: int,
    account: Record,
    terms: Record,
    fills: Records,
    quantity: float,
    price: float,
    volume: float,
    reason: int,
) -> None:
    """Close up to `quantity` unsigned base units at a bar's price; the rest waits.

    Pays slippage and the taker fee.
    """
    position = book[row]
    wanted = min(quantity, abs(position.quantity))
    filled = available_quantity(wanted, volume, position, terms)
    position.exit_quantity = 0.0
    if filled > 0.0:
        side = -1.0 if position.quantity > 0.0 else 1.0
        given = bearable_price(
            book, row, account, terms, slipped_price(price, side, terms.slippage_bps)
        )
        fee = trading_fee(filled, given, terms.taker_fee)
        settle(book, row, account, terms, fills, side * filled, given, fee, reason)
    if filled < wanted and position.quantity != 0.0:
        wait_to_leave(position, account, wanted - filled, reason, account.bar + 1)
