"""A backtest bar by bar: the order of events inside one bar, for every symbol of an account.

(a) funding at the open, (b) liquidations and stops that the open reaches, (c) waiting orders, exits
before entries, (d) the way through the bar, (e) marks, breakers and signals at the close.
"""

import numpy as np
from numba import njit

from etrms_core.kernels.arrays import FloatArray, IntArray, Record, Records
from etrms_core.kernels.margin import Tiers
from etrms_core.kernels.simulated_book import CLOSE, OPEN, CodeArray
from etrms_core.kernels.simulated_breaker_program import Program
from etrms_core.kernels.simulated_breakers import has_log_room
from etrms_core.kernels.simulated_decisions import fill_waiting, take_signals
from etrms_core.kernels.simulated_fills import mark_all, marked_equity
from etrms_core.kernels.simulated_margin import adverse_equity
from etrms_core.kernels.simulated_path import (
    AT_OPEN,
    MARGIN_TO_CLOSE,
    STOPS_AND_MARGIN,
    STOPS_ONLY,
    follow_extremes,
    run_path,
    settle_funding,
    take_profits,
)
from etrms_core.kernels.simulated_quiet import (
    first_inside,
    first_short_of_margin,
    follow_prices,
    look_ahead,
    mark_quiet,
)
from etrms_core.kernels.simulated_watch import obey, watch_closes

FILLS_PER_BAR = 10


@njit(cache=True)
def begin_window(book: Records) -> None:
    """Forget what was known of the bars of the window before."""
    for row in range(book.size):
        book[row].quiet_until = 0
        book[row].signal_bar = -1
        book[row].highest_mark = np.nan


@njit(cache=True)
def open_bar(
    book: Records,
    account: Record,
    terms: Record,
    tiers: Tiers,
    fills: Records,
    bars: FloatArray,
    marks: FloatArray,
    codes: CodeArray,
    bar: int,
    reaches: bool,
) -> None:
    """Do what the open of a bar does, funding aside; `reaches`: whether prices reach anything."""
    mark_all(book, marks, bar, OPEN)
    if reaches:
        run_path(book, account, terms, tiers, fills, bars, marks, codes, bar, AT_OPEN)
    fill_waiting(book, account, terms, fills, bars, codes, bar, OPEN)


@njit(cache=True)
def cross_bar(
    book: Records,
    account: Record,
    terms: Record,
    tiers: Tiers,
    fills: Records,
    bars: FloatArray,
    marks: FloatArray,
    codes: CodeArray,
    bar: int,
) -> float:
    """Go through a bar after its open; returns equity at its adverse extremes.

    Pessimistic: the adverse side first. Optimistic: the favourable side first, and liquidation
    only where the close is beyond it.
    """
    account.is_inside = True
    if terms.is_optimistic:
        take_profits(book, account, terms, fills, bars, codes, bar)
        run_path(book, account, terms, tiers, fills, bars, marks, codes, bar, STOPS_ONLY)
        run_path(book, account, terms, tiers, fills, bars, marks, codes, bar, MARGIN_TO_CLOSE)
        worst = adverse_equity(book, account.wallet, marks, bar)
    else:
        run_path(book, account, terms, tiers, fills, bars, marks, codes, bar, STOPS_AND_MARGIN)
        worst = adverse_equity(book, account.wallet, marks, bar)
        take_profits(book, account, terms, fills, bars, codes, bar)
    follow_extremes(book, bars, codes, bar)
    account.is_inside = False
    return worst


@njit(cache=True)
def quiet_stretch(
    book: Records,
    account: Record,
    terms: Record,
    tiers: Tiers,
    open_ms: IntArray,
    bars: FloatArray,
    marks: FloatArray,
    codes: CodeArray,
    equity: FloatArray,
    worst: FloatArray,
    start: int,
    stop: int,
) -> int:
    """Mark the bars from `start` on through which nothing happens; returns the first other one.

    A bar with a signal is the last of them at most: its signal counts at its close.
    """
    quiet, signal = look_ahead(book, terms, tiers, bars, marks, codes, start, stop)
    end = min(quiet, signal + 1, stop)
    end = first_inside(open_ms, terms.timeframe_ms, account.next_funding_ms, start, end)
    if end > start:
        mark_quiet(book, account.wallet, marks, equity, worst, start, end)
        if terms.liquidates and not terms.is_isolated:
            end = first_short_of_margin(book, worst, start, end)
    return end


@njit(cache=True)
def pass_quiet(book: Records, bars: FloatArray, marks: FloatArray, start: int, stop: int) -> None:
    """Leave the book as it is after quiet bars."""
    for row in range(book.size):
        if book[row].quantity != 0.0:
            follow_prices(book[row], bars, row, start, stop)
    mark_all(book, marks, stop - 1, CLOSE)


@njit(cache=True)
def close_bar(
    book: Records,
    account: Record,
    terms: Record,
    fills: Records,
    bars: FloatArray,
    codes: CodeArray,
    bar: int,
) -> float:
    """Take signals, carry out what waits if it fills at this close; returns equity."""
    take_signals(book, account, terms, bars, codes, bar)
    if terms.fills_at_close:
        fill_waiting(book, account, terms, fills, bars, codes, bar, CLOSE)
    return marked_equity(book, account.wallet)


@njit(cache=True)
def play_bars(  # noqa: C901, PLR0915  a call with these arrays costs more than most bars
    book: Records,
    account: Record,
    terms: Record,
    tiers: Tiers,
    fills: Records,
    payments: Records,
    settled_ms: IntArray,
    rates: FloatArray,
    first: IntArray,
    open_ms: IntArray,
    bars: FloatArray,
    marks: FloatArray,
    codes: CodeArray,
    equity: FloatArray,
    worst: FloatArray,
    start: int,
    stop: int,
    program: Program,
) -> int:
    """Play the bars `start` to `stop` of a window, as far as there is room for what they leave.

    Parameters
    ----------
    bars, marks : ndarray of shape (n_symbols, ROWS, n_bars)
        Trade and mark prices of the window, without gaps; the same array without mark prices.
    codes : ndarray of int8 of shape (n_symbols, n_bars)
    open_ms, equity, worst : ndarray of shape (n_bars,)
        Of the window; equity at the close and at the adverse extremes is written.
    settled_ms, rates : ndarray of shape (n_settlements,)
        Funding of all symbols, one symbol after another; `first` tells where each begins.
    program : BreakerProgram or None
        None compiles to a loop without any trace of breakers.

    Returns
    -------
    int
        The bar at which the next call goes on.
    """
    if start == 0:
        begin_window(book)
    if program is not None:
        clock = program.clock[0]
        logged = clock.logged
    bar = start
    while bar < stop and account.fills + FILLS_PER_BAR * book.size <= fills.size:
        account.now_ms = open_ms[bar]
        settle_funding(
            book,
            account,
            terms,
            payments,
            settled_ms,
            rates,
            first,
            marks,
            bar,
            account.now_ms + 1,
            True,
        )
        until = bar + 1 if account.has_waiting else stop
        end = quiet_stretch(
            book, account, terms, tiers, open_ms, bars, marks, codes, equity, worst, bar, until
        )
        if account.has_waiting or end == bar:
            open_bar(book, account, terms, tiers, fills, bars, marks, codes, bar, end == bar)
            until = bar + 1 if account.has_waiting else stop
            end = quiet_stretch(
                book, account, terms, tiers, open_ms, bars, marks, codes, equity, worst, bar, until
            )
        is_quiet = end > bar
        if not is_quiet:
            end = bar + 1
            account.now_ms += terms.timeframe_ms
            worst[bar] = cross_bar(book, account, terms, tiers, fills, bars, marks, codes, bar)
            settle_funding(
                book,
                account,
                terms,
                payments,
                settled_ms,
                rates,
                first,
                marks,
                bar,
                account.now_ms,
                False,
            )
            mark_all(book, marks, bar, CLOSE)
            equity[bar] = marked_equity(book, account.wallet)
        if program is not None:
            end = watch_closes(
                program,
                book,
                account,
                terms,
                fills,
                payments,
                open_ms,
                marks,
                equity,
                bar,
                end,
            )
        if is_quiet:
            pass_quiet(book, bars, marks, bar, end)
        account.bar += end - bar - 1
        account.now_ms = open_ms[end - 1] + terms.timeframe_ms
        if program is not None and clock.acts:
            obey(program, book, account, terms, fills, bars, codes, end - 1)
        equity[end - 1] = close_bar(book, account, terms, fills, bars, codes, end - 1)
        account.bar += 1
        bar = end
        if program is not None and clock.logged != logged:
            logged = clock.logged
            if not has_log_room(program):
                return bar
    return bar
