"""What happens to simulated positions inside a bar, on the way to its adverse extremes and back."""

import numpy as np
from numba import njit

from etrms_core.kernels.adverse_path import price_at, stop_point
from etrms_core.kernels.arrays import FloatArray, IntArray, Record, Records
from etrms_core.kernels.funding import funding_payment
from etrms_core.kernels.margin import Tiers
from etrms_core.kernels.simulated_book import (
    ABSENT,
    CLOSE,
    HIGH,
    LOW,
    NEVER_MS,
    OPEN,
    STOP_LOSS,
    TAKE_PROFIT,
    TRAILING_STOP,
    VOLUME,
    CodeArray,
)
from etrms_core.kernels.simulated_fills import close_part
from etrms_core.kernels.simulated_margin import (
    NEVER,
    NOBODY,
    liquidate,
    next_liquidation,
)
from etrms_core.kernels.stops import take_profit_fill_price, trailing_level

AT_OPEN, STOPS_AND_MARGIN, STOPS_ONLY, MARGIN_TO_CLOSE = range(4)


@njit(cache=True)
def fixed_stop(position: Record) -> float:
    """Nearest stop level that does not move, NaN when none rests."""
    side = 1.0 if position.quantity > 0.0 else -1.0
    level, guard = position.stop_level, position.guard_level
    return guard if np.isnan(level) or side * (guard - level) > 0.0 else level


@njit(cache=True)
def nearest_stop(position: Record, terms: Record) -> tuple[float, int]:
    """Level that the adverse path reaches first, NaN when no stop rests, and why it fills."""
    side = 1.0 if position.quantity > 0.0 else -1.0
    level, reason = fixed_stop(position), STOP_LOSS
    if not np.isnan(position.best_price):
        trailing = trailing_level(side, position.best_price, terms.trailing_stop)
        if np.isnan(level) or side * (trailing - level) > 0.0:
            level, reason = trailing, TRAILING_STOP
    return level, reason


@njit(cache=True)
def next_stop(
    book: Records, terms: Record, bars: FloatArray, codes: CodeArray, bar: int
) -> tuple[float, int]:
    """Find the first point of the adverse path at which a stop is reached, and its symbol."""
    first, chosen = NEVER, NOBODY
    for row in range(book.size):
        position = book[row]
        is_safe = position.quantity == 0.0 or position.quiet_until > bar
        if is_safe or not position.guarded or codes[row, bar] & ABSENT:
            continue
        level, _ = nearest_stop(position, terms)
        side = 1.0 if position.quantity > 0.0 else -1.0
        extreme = bars[row, LOW, bar] if side > 0.0 else bars[row, HIGH, bar]
        point = stop_point(side, level, bars[row, OPEN, bar], extreme)
        if point < first:
            first, chosen = point, row
    return first, chosen


@njit(cache=True)
def fill_stop(
    book: Records,
    row: int,
    account: Record,
    terms: Record,
    fills: Records,
    bars: FloatArray,
    bar: int,
    point: float,
    reached: float,
) -> None:
    """Fill the nearest stop of a symbol, at its level or where the path already is."""
    position = book[row]
    price, reason = nearest_stop(position, terms)
    if point <= 0.0 or reached > point:
        extreme = bars[row, LOW, bar] if position.quantity > 0.0 else bars[row, HIGH, bar]
        price = price_at(bars[row, OPEN, bar], extreme, reached)
    quantity = abs(position.quantity)
    close_part(
        book,
        row,
        account,
        terms,
        fills,
        quantity,
        price,
        bars[row, VOLUME, bar],
        reason,
    )
    if position.quantity != 0.0:
        # The rest leaves at the next open, whatever the price does then.
        position.stop_level = np.nan
        position.guard_level = np.nan
        position.profit_level = np.nan
        position.best_price = np.nan
        position.guarded = False


@njit(cache=True)
def run_path(
    book: Records,
    account: Record,
    terms: Record,
    tiers: Tiers,
    fills: Records,
    bars: FloatArray,
    marks: FloatArray,
    codes: CodeArray,
    bar: int,
    leg: int,
) -> None:
    """Carry out stops and liquidations along the path, in the order in which they are reached.

    `leg`: AT_OPEN does what the open itself reaches; STOPS_AND_MARGIN goes on to the adverse
    extremes; STOPS_ONLY and MARGIN_TO_CLOSE are the two halves of the optimistic reading.
    It ends because every round takes a stop or a pool off the account.
    """
    until = 0.0 if leg == AT_OPEN else 1.0
    to_close = leg == MARGIN_TO_CLOSE
    reached = 0.0
    while True:
        point, row = NEVER, NOBODY
        if leg != MARGIN_TO_CLOSE:
            point, row = next_stop(book, terms, bars, codes, bar)
        margin_point, pool = NEVER, NOBODY
        if terms.liquidates and leg != STOPS_ONLY:
            margin_point, pool = next_liquidation(
                book, account.wallet, terms.is_isolated, tiers, marks, bar, to_close
            )
        if min(point, margin_point) > until:
            return
        # A fill changes what backs the rest, but the path does not go back.
        reached = max(reached, min(point, margin_point))
        if margin_point <= point:
            liquidate(book, pool, account, terms, fills, marks, bar, reached, to_close)
        else:
            fill_stop(book, row, account, terms, fills, bars, bar, point, reached)


@njit(cache=True)
def take_profits(
    book: Records,
    account: Record,
    terms: Record,
    fills: Records,
    bars: FloatArray,
    codes: CodeArray,
    bar: int,
) -> None:
    """Fill every take-profit that the bar reaches: at its level, or at a better open."""
    for row in range(book.size):
        position = book[row]
        is_safe = position.quantity == 0.0 or position.quiet_until > bar
        if is_safe or codes[row, bar] & ABSENT:
            continue
        side = 1.0 if position.quantity > 0.0 else -1.0
        price = take_profit_fill_price(
            side,
            position.profit_level,
            bars[row, OPEN, bar],
            bars[row, HIGH, bar],
            bars[row, LOW, bar],
        )
        if not np.isnan(price):
            quantity, volume = abs(position.quantity), bars[row, VOLUME, bar]
            close_part(
                book,
                row,
                account,
                terms,
                fills,
                quantity,
                price,
                volume,
                TAKE_PROFIT,
            )
            # What is left leaves at the next open.
            position.profit_level = np.nan


@njit(cache=True)
def opens_beyond_profit(position: Record, open_: float) -> bool:
    """Whether a bar opens at or beyond the take-profit of a position."""
    side = 1.0 if position.quantity > 0.0 else -1.0
    return position.quantity != 0.0 and side * (open_ - position.profit_level) >= 0.0


@njit(cache=True)
def follow_extremes(book: Records, bars: FloatArray, codes: CodeArray, bar: int) -> None:
    """Let trailing stops see the extremes of a bar that is over."""
    for row in range(book.size):
        position = book[row]
        if position.quantity != 0.0 and not codes[row, bar] & ABSENT:
            # A comparison with NaN, where nothing trails, changes nothing.
            if position.quantity > 0.0 and bars[row, HIGH, bar] > position.best_price:
                position.best_price = bars[row, HIGH, bar]
            elif position.quantity < 0.0 and bars[row, LOW, bar] < position.best_price:
                position.best_price = bars[row, LOW, bar]


@njit(cache=True)
def settle_funding(
    book: Records,
    account: Record,
    terms: Record,
    payments: Records,
    settled_ms: IntArray,
    rates: FloatArray,
    first: IntArray,
    marks: FloatArray,
    bar: int,
    end_ms: int,
    at_open: bool,
) -> None:
    """Settle the funding stamped before `end_ms` on what is held, at the open or close mark."""
    if account.next_funding_ms >= end_ms:
        return
    price_row = OPEN if at_open else CLOSE
    account.next_funding_ms = NEVER_MS
    for row in range(book.size):
        position = book[row]
        index = position.next_funding
        while index < first[row + 1] and settled_ms[index] < end_ms:
            if position.quantity != 0.0:
                amount = funding_payment(
                    position.quantity, marks[row, price_row, bar], rates[index]
                )
                account.wallet += amount
                if terms.is_isolated:
                    position.isolated_margin += amount
                    position.quiet_until = 0
                payment = payments[account.payments]
                payment.time_ms = settled_ms[index]
                payment.symbol = row
                payment.amount = amount
                account.payments += 1
            index += 1
        position.next_funding = index
        if index < first[row + 1]:
            account.next_funding_ms = min(account.next_funding_ms, settled_ms[index])
