"""What signals and breakers want of a simulated account, and when it is carried out."""

import numpy as np
from numba import njit

from etrms_core.kernels.arrays import FloatArray, Record, Records
from etrms_core.kernels.margin import initial_margin
from etrms_core.kernels.rounding import floor_to_step, round_to_step
from etrms_core.kernels.simulated_book import (
    ABSENT,
    BREAKER,
    ENTER_LONG,
    ENTER_SHORT,
    EXIT_LONG,
    EXIT_SHORT,
    HAS_TARGET,
    OPEN,
    SIGNAL,
    TAKE_PROFIT,
    TARGET,
    VOLATILITY,
    VOLUME,
    CodeArray,
)
from etrms_core.kernels.simulated_fills import close_part, marked_equity, wait_to_leave
from etrms_core.kernels.simulated_orders import enter, grow_to_target, reduce_to_target
from etrms_core.kernels.simulated_path import opens_beyond_profit


@njit(cache=True)
def entry_of(code: int, quantity: float, terms: Record) -> float:
    """Side that a signal opens or turns to, 0 when none; both sides at once mean none."""
    side = 0.0
    if code & ENTER_LONG and terms.allows_long:
        side += 1.0
    if code & ENTER_SHORT and terms.allows_short:
        side -= 1.0
    return 0.0 if side * quantity > 0.0 else side


@njit(cache=True)
def allowed_target(target: float, terms: Record) -> float:
    """Target only on the sides that the strategy may take, else 0."""
    if target > 0.0 and not terms.allows_long:
        return 0.0
    if target < 0.0 and not terms.allows_short:
        return 0.0
    return target


@njit(cache=True)
def decide(
    position: Record,
    account: Record,
    terms: Record,
    code: int,
    target: float,
    volatility: float,
) -> None:
    """Let what a signal wants wait; an entry that may not be is lost."""
    may_add = not (position.is_blocked or position.closed_bar == account.bar)
    if code & HAS_TARGET:
        position.target = allowed_target(target, terms)
        position.may_add = may_add
        account.has_waiting = True
        return
    quantity = position.quantity
    leaves = (quantity > 0.0 and code & EXIT_LONG) or (quantity < 0.0 and code & EXIT_SHORT)
    is_sent = position.exit_from <= account.bar or position.exit_reason == BREAKER
    waits = position.exit_quantity >= abs(quantity) and is_sent
    if leaves and not waits:
        wait_to_leave(position, account, abs(quantity), SIGNAL, account.bar)
    if may_add:
        side = entry_of(code, quantity, terms)
        if side != 0.0:
            position.entry_side = side
            position.volatility = volatility
            account.has_waiting = True


@njit(cache=True)
def take_signals(
    book: Records,
    account: Record,
    terms: Record,
    bars: FloatArray,
    codes: CodeArray,
    bar: int,
) -> None:
    """Read the signals of a bar's close."""
    for row in range(book.size):
        # Looked up before, so that the codes themselves are seldom read.
        if book[row].signal_bar != bar:
            continue
        code = codes[row, bar]
        if not code & ABSENT:
            decide(
                book[row],
                account,
                terms,
                code,
                bars[row, TARGET, bar],
                bars[row, VOLATILITY, bar],
            )


@njit(cache=True)
def leaves_now(position: Record, bar: int) -> bool:
    """Whether an exit is due; a flip that waits closes as part of its one order."""
    is_due = position.exit_quantity > 0.0 and position.exit_from <= bar
    return is_due and position.entry_side * position.quantity >= 0.0


@njit(cache=True)
def fill_exit(
    book: Records,
    row: int,
    account: Record,
    terms: Record,
    fills: Records,
    price: float,
    volume: float,
    at_open: bool,
) -> None:
    """Carry out what takes a position down: a take-profit gapped through, an exit, a target."""
    position = book[row]
    if at_open and opens_beyond_profit(position, price):
        quantity = abs(position.quantity)
        close_part(book, row, account, terms, fills, quantity, price, volume, TAKE_PROFIT)
        position.profit_level = np.nan
    elif leaves_now(position, account.bar):
        quantity, reason = position.exit_quantity, position.exit_reason
        close_part(book, row, account, terms, fills, quantity, price, volume, reason)
    if not np.isnan(position.target):
        reduce_to_target(book, row, account, terms, fills, price, volume)


@njit(cache=True)
def fill_entry(
    book: Records,
    row: int,
    account: Record,
    terms: Record,
    fills: Records,
    price: float,
    volume: float,
) -> None:
    """Carry out what opens, enlarges or turns a position."""
    if not np.isnan(book[row].target):
        grow_to_target(book, row, account, terms, fills, price, volume)
    enter(book, row, account, terms, fills, price, volume)


@njit(cache=True)
def still_waits(position: Record) -> bool:
    """Whether a symbol has an order waiting."""
    return (
        position.exit_quantity > 0.0 or position.entry_side != 0.0 or not np.isnan(position.target)
    )


@njit(cache=True)
def fill_exits(
    book: Records,
    account: Record,
    terms: Record,
    fills: Records,
    bars: FloatArray,
    codes: CodeArray,
    bar: int,
    price_row: int,
) -> None:
    """Carry out exits at the open or close of a bar; a blocked entry is given up first."""
    at_open = price_row == OPEN
    for row in range(book.size):
        if book[row].is_blocked:
            book[row].entry_side = 0.0
            book[row].may_add = False
        if (at_open or still_waits(book[row])) and not codes[row, bar] & ABSENT:
            price, volume = bars[row, price_row, bar], bars[row, VOLUME, bar]
            fill_exit(book, row, account, terms, fills, price, volume, at_open)


@njit(cache=True)
def fill_entries(
    book: Records,
    account: Record,
    terms: Record,
    fills: Records,
    bars: FloatArray,
    codes: CodeArray,
    bar: int,
    price_row: int,
) -> None:
    """Carry out entries at the open or close of a bar."""
    for row in range(book.size):
        if still_waits(book[row]):
            if not codes[row, bar] & ABSENT:
                price, volume = bars[row, price_row, bar], bars[row, VOLUME, bar]
                fill_entry(book, row, account, terms, fills, price, volume)
            account.has_waiting = account.has_waiting or still_waits(book[row])


@njit(cache=True)
def fill_waiting(
    book: Records,
    account: Record,
    terms: Record,
    fills: Records,
    bars: FloatArray,
    codes: CodeArray,
    bar: int,
    price_row: int,
) -> None:
    """Carry out waiting orders at the open or close of a bar, exits before entries.

    A symbol without a bar goes on waiting, a blocked one gives up what would add risk.
    """
    gaps_count = price_row == OPEN and not np.isnan(terms.take_profit)
    if account.has_waiting or gaps_count:
        fill_exits(book, account, terms, fills, bars, codes, bar, price_row)
        account.has_waiting = False
        fill_entries(book, account, terms, fills, bars, codes, bar, price_row)


@njit(cache=True)
def change_leverage(book: Records, row: int, wallet: float, is_isolated: bool, wish: float) -> None:
    """Set the leverage of a symbol as far as a venue lets a trader: margin has to allow it.

    An exit that waits has freed its margin: exits fill before entries.
    """
    position = book[row]
    if not 1.0 <= wish <= position.maximum_leverage:
        return
    if is_isolated and position.quantity != 0.0 and wish < position.leverage:
        return
    available = marked_equity(book, wallet)
    for other in range(book.size):
        kept = abs(book[other].quantity) - book[other].exit_quantity
        if kept > 0.0:
            notional = kept * book[other].mark_price
            available -= initial_margin(notional, book[other].leverage)
    notional = abs(position.quantity) * position.mark_price if position.quantity != 0.0 else 0.0
    more = initial_margin(notional, wish) - initial_margin(notional, position.leverage)
    if more <= max(0.0, available):
        position.leverage = wish


@njit(cache=True)
def grant(
    book: Records,
    row: int,
    account: Record,
    close_fraction: float,
    guard_level: float,
    cancels: bool,
) -> None:
    """Let what breakers want of one symbol wait, and place its guard stop."""
    position = book[row]
    held = abs(position.quantity)
    if cancels:
        position.entry_side = 0.0
        position.target = np.nan
    if held == 0.0:
        return
    if close_fraction > 0.0:
        quantity = held
        if close_fraction < 1.0:
            quantity = floor_to_step(close_fraction * held, position.lot_size)
        position.closed_bar = account.bar
        wait_to_leave(
            position, account, max(quantity, position.exit_quantity), BREAKER, account.bar
        )
    side = 1.0 if position.quantity > 0.0 else -1.0
    level = round_to_step(guard_level, position.tick_size)
    if np.isnan(position.guard_level) or side * (level - position.guard_level) > 0.0:
        position.guard_level = level
        position.quiet_until = 0
        position.guarded = position.guarded or not np.isnan(level)
