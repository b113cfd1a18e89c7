"""Stretches of bars in which nothing can happen but that prices move.

Most bars are such: they are found symbol by symbol and marked column by column, which is an order
of magnitude faster than playing them and gives the same numbers to the last bit.
"""

import numpy as np
from numba import njit

from etrms_core.kernels.account import unrealized_pnl
from etrms_core.kernels.arrays import FloatArray, IntArray, Record, Records
from etrms_core.kernels.margin import Tiers, tier_index
from etrms_core.kernels.simulated_book import CLOSE, HIGH, LOW, CodeArray
from etrms_core.kernels.simulated_margin import CAUTION
from etrms_core.kernels.simulated_path import fixed_stop
from etrms_core.kernels.stops import trailing_level

# Codes and prices are searched by blocks, each as a whole: that compiles to vector instructions.
# An unsigned index does, too, since it needs no check for being negative.
BLOCK = 64


@njit(cache=True)
def first_code(codes: CodeArray, row: int, start: int, stop: int) -> int:
    """First bar with a signal of a symbol, or without prices; `stop` when there is none."""
    for block in range(start, stop, BLOCK):
        end = min(block + BLOCK, stop)
        found = 0
        for step in range(end - block):
            found |= codes[row, np.uint64(block + step)]
        if found != 0:
            for bar in range(block, end):
                if codes[row, bar] != 0:
                    return bar
    return stop


@njit(cache=True)
def first_reach(
    prices: FloatArray,
    row: int,
    field: int,
    level: float,
    direction: float,
    start: int,
    stop: int,
) -> int:
    """First bar whose price reaches a level from below (+1) or above (-1); else `stop`."""
    for block in range(start, stop, BLOCK):
        end = min(block + BLOCK, stop)
        reached = 0
        for step in range(end - block):
            price = prices[row, field, np.uint64(block + step)]
            reached += 1 if direction * (price - level) >= 0.0 else 0
        if reached != 0:
            for bar in range(block, end):
                if direction * (prices[row, field, bar] - level) >= 0.0:
                    return bar
    return stop


@njit(cache=True)
def first_trailed(
    bars: FloatArray, row: int, side: float, best: float, callback: float, start: int, stop: int
) -> int:
    """First bar that reaches a trailing stop behind the best price before it; else `stop`."""
    down, up = (LOW, HIGH) if side > 0.0 else (HIGH, LOW)
    for bar in range(start, stop):
        if side * (bars[row, down, bar] - trailing_level(side, best, callback)) <= 0.0:
            return bar
        if side * (bars[row, up, bar] - best) > 0.0:
            best = bars[row, up, bar]
    return stop


@njit(cache=True)
def highest(marks: FloatArray, row: int) -> float:
    """Highest mark of a symbol in the window, 0 without any."""
    top = 0.0
    for bar in range(marks.shape[2]):
        price = marks[row, HIGH, bar]
        top = price if price > top else top
    return top


@njit(cache=True)
def margin_bound(position: Record, tiers: Tiers, row: int) -> float:
    """Money that the maintenance margin of a position cannot exceed in this window."""
    notional = abs(position.quantity) * position.highest_mark
    return notional * tiers.rate[tier_index(tiers, row, notional)]


@njit(cache=True)
def isolated_bound(position: Record) -> float:
    """Mark price on whose favourable side an isolated position is safe in this window."""
    held = abs(position.quantity)
    rate = position.margin_bound / (held * position.highest_mark)
    margin = position.isolated_margin / held
    if position.quantity > 0.0:
        return (position.entry_price - margin) / (1.0 - rate) * (1.0 + CAUTION)
    return (position.entry_price + margin) / (1.0 + rate) * (1.0 - CAUTION)


@njit(cache=True)
def first_touch(
    position: Record,
    row: int,
    terms: Record,
    bars: FloatArray,
    marks: FloatArray,
    start: int,
    stop: int,
) -> int:
    """First bar that may reach a stop, a take-profit or the isolated margin of a position."""
    is_long = position.quantity > 0.0
    side = 1.0 if is_long else -1.0
    down, up = (LOW, HIGH) if is_long else (HIGH, LOW)
    if not np.isnan(position.best_price):
        stop = first_trailed(bars, row, side, position.best_price, terms.trailing_stop, start, stop)
    level = fixed_stop(position)
    if not np.isnan(level):
        stop = first_reach(bars, row, down, level, -side, start, stop)
    if not np.isnan(position.profit_level):
        stop = first_reach(bars, row, up, position.profit_level, side, start, stop)
    if terms.liquidates and terms.is_isolated:
        stop = first_reach(marks, row, down, isolated_bound(position), -side, start, stop)
    return stop


@njit(cache=True)
def look_ahead(
    book: Records,
    terms: Record,
    tiers: Tiers,
    bars: FloatArray,
    marks: FloatArray,
    codes: CodeArray,
    start: int,
    stop: int,
) -> tuple[int, int]:
    """First bar in which prices may reach something, and first bar with a signal; else `stop`."""
    quiet, signal = stop, stop
    for row in range(book.size):
        position = book[row]
        if position.signal_bar < start:
            position.signal_bar = first_code(codes, row, start, codes.shape[1])
        if position.quiet_until <= start:
            position.quiet_until = codes.shape[1]
            position.margin_bound = 0.0
            if position.quantity != 0.0:
                if np.isnan(position.highest_mark):
                    position.highest_mark = highest(marks, row)
                position.margin_bound = margin_bound(position, tiers, row)
                end = min(position.signal_bar + 1, codes.shape[1])
                position.quiet_until = first_touch(position, row, terms, bars, marks, start, end)
        quiet = min(quiet, position.quiet_until)
        signal = min(signal, position.signal_bar)
    return quiet, signal


@njit(cache=True)
def first_inside(opens: IntArray, timeframe_ms: int, moment_ms: int, start: int, stop: int) -> int:
    """First bar that closes after a moment, at most `stop`."""
    if stop <= start or opens[stop - 1] + timeframe_ms <= moment_ms:
        return stop
    return start + int(np.searchsorted(opens[start:stop], moment_ms - timeframe_ms, side="right"))


@njit(cache=True)
def follow_prices(position: Record, bars: FloatArray, row: int, start: int, stop: int) -> None:
    """Let a trailing stop see the extremes of quiet bars."""
    if np.isnan(position.best_price):
        return
    for bar in range(start, stop):
        if position.quantity > 0.0:
            position.best_price = max(position.best_price, bars[row, HIGH, bar])
        else:
            position.best_price = min(position.best_price, bars[row, LOW, bar])


@njit(cache=True)
def mark_quiet(
    book: Records,
    wallet: float,
    marks: FloatArray,
    equity: FloatArray,
    worst: FloatArray,
    start: int,
    stop: int,
) -> None:
    """Write equity at the closes and at the adverse extremes of bars without fills."""
    for step in range(stop - start):
        equity[np.uint64(start + step)] = wallet
        worst[np.uint64(start + step)] = wallet
    for row in range(book.size):
        quantity, entry = book[row].quantity, book[row].entry_price
        if quantity != 0.0:
            down = LOW if quantity > 0.0 else HIGH
            for step in range(stop - start):
                bar = np.uint64(start + step)
                equity[bar] += unrealized_pnl(quantity, entry, marks[row, CLOSE, bar])
                worst[bar] += unrealized_pnl(quantity, entry, marks[row, down, bar])


@njit(cache=True)
def first_short_of_margin(book: Records, worst: FloatArray, start: int, stop: int) -> int:
    """First bar whose adverse extremes may use the margin of the cross pool up."""
    bound = 0.0
    for row in range(book.size):
        if book[row].quantity != 0.0:
            bound += book[row].margin_bound
    if bound == 0.0:
        return stop
    for bar in range(start, stop):
        if worst[bar] <= bound * (1.0 + CAUTION):
            return bar
    return stop
