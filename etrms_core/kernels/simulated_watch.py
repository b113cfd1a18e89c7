"""What breakers see of a simulated account, and what they do to it."""

import numpy as np
from numba import njit

from etrms_core.kernels.account import apply_fill
from etrms_core.kernels.arrays import FloatArray, IntArray, Record, Records
from etrms_core.kernels.simulated_book import CLOSE, CodeArray
from etrms_core.kernels.simulated_breaker_counts import note_entry, note_result, note_trade
from etrms_core.kernels.simulated_breaker_program import Program
from etrms_core.kernels.simulated_breakers import judge_bars
from etrms_core.kernels.simulated_decisions import change_leverage, fill_exits, grant


@njit(cache=True)
def note_fill(program: Program, position: Record, fill: Record) -> None:
    """Tell breakers of one fill: money, and a trade that it closes or opens."""
    earned = fill.realized_pnl - fill.fee
    held = position.noted_quantity
    left, _, _ = apply_fill(held, fill.price, fill.quantity, fill.price)
    has_turned = held * left < 0.0
    position.noted_quantity = left
    position.trade_result += earned
    note_result(program, fill.symbol, earned)
    if held != 0.0 and (left == 0.0 or has_turned):
        note_trade(program, fill.symbol, position.trade_result, fill.time_ms)
        position.trade_result = 0.0
    if left != 0.0 and (held == 0.0 or has_turned):
        note_entry(program, fill.symbol, fill.time_ms)


@njit(cache=True)
def note_money(
    program: Program, book: Records, account: Record, fills: Records, payments: Records
) -> None:
    """Tell breakers of the fills and payments since the last close that they saw."""
    for number in range(account.noted, account.fills):
        note_fill(program, book[fills[number].symbol], fills[number])
    for number in range(account.noted_payments, account.payments):
        note_result(program, payments[number].symbol, payments[number].amount)
    account.noted = account.fills
    account.noted_payments = account.payments


@njit(cache=True)
def watch_closes(
    program: Program,
    book: Records,
    account: Record,
    terms: Record,
    fills: Records,
    payments: Records,
    open_ms: IntArray,
    marks: FloatArray,
    equity: FloatArray,
    start: int,
    stop: int,
) -> int:
    """Evaluate breakers at closes until they act or their log is full; returns the bar after."""
    # Rules on the NAV of the account alone ask for no counts.
    has_news = account.noted < account.fills or account.noted_payments < account.payments
    if program.risk is not None and has_news:
        note_money(program, book, account, fills, payments)
    return judge_bars(
        program, book, account.wallet, marks, equity, open_ms, terms.timeframe_ms, start, stop
    )


@njit(cache=True)
def obey(
    program: Program,
    book: Records,
    account: Record,
    terms: Record,
    fills: Records,
    bars: FloatArray,
    codes: CodeArray,
    bar: int,
) -> None:
    """Carry out what breakers wish at this close, what takes risk down before leverage changes.

    Reductions wait for the next open if orders fill there.
    """
    program.clock[0].acts = False
    for row in range(book.size):
        wish = program.wishes[row]
        grant(book, row, account, wish.close_fraction, wish.guard_level, wish.cancels)
    if terms.fills_at_close:
        fill_exits(book, account, terms, fills, bars, codes, bar, CLOSE)
    for row in range(book.size):
        leverage = program.wishes[row].leverage
        if not np.isnan(leverage):
            change_leverage(book, row, account.wallet, terms.is_isolated, leverage)
