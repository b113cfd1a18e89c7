"""Breakers inside a simulation: once at every close, by the live state machine and formulas.

`program` is a BreakerProgram. Rules that watch only the NAV of the account never touch positions.
"""

from numba import njit

from etrms_core.kernels.arrays import FloatArray, IntArray, Records
from etrms_core.kernels.breaker_state import TRIGGERED, step_row
from etrms_core.kernels.nav_book import (
    DAY,
)
from etrms_core.kernels.simulated_book import CLOSE
from etrms_core.kernels.simulated_breaker_calm import pass_calm, set_band
from etrms_core.kernels.simulated_breaker_counts import count_fresh, turn_pages
from etrms_core.kernels.simulated_breaker_plan import (
    block_symbols,
    is_blocking,
    log_outcomes,
    plan_triggers,
)
from etrms_core.kernels.simulated_breaker_program import (
    Program,
)
from etrms_core.kernels.simulated_breaker_readings import (
    advance_account,
    read_account,
    read_risk,
)


@njit(cache=True)
def step_instances(
    rules: Records, memory: Records, readings: Records, instances: Records, as_of_ms: int
) -> int:
    """Advance every instance by one close; returns all outcome bits together."""
    found = 0
    for row in range(instances.size):
        instance = instances[row]
        instance.outcome = 0
        if readings[row].is_evaluated:
            outcome, value = step_row(rules[row], memory[row], readings[row], as_of_ms)
            instance.outcome, instance.value = outcome, value
            found |= outcome
    return found


@njit(cache=True)
def update_blocks(
    rules: Records, memory: Records, instances: Records, book: Records, as_of_ms: int
) -> None:
    """Say which symbols refuse entries from this close on."""
    has_changed = False
    for row in range(instances.size):
        instance = instances[row]
        blocks = is_blocking(instance, rules[row], memory[row], as_of_ms)
        if blocks != instance.is_blocking:
            instance.is_blocking = blocks
            has_changed = True
    if has_changed:
        block_symbols(instances, book)


@njit(cache=True)
def finish_close(
    program: Program, risk: Program, book: Records, wallet: float, found: int, as_of_ms: int
) -> bool:
    """Plan, log and block what the outcomes of one close lead to; true when anything is wanted."""
    clock = program.clock[0]
    clock.acts = False
    if found & TRIGGERED:
        clock.acts = plan_triggers(program, risk, book, as_of_ms)
    if found:
        log_outcomes(program, book, wallet, as_of_ms)
    update_blocks(program.rules, program.memory, program.instances, book, as_of_ms)
    return bool(clock.acts)


@njit(cache=True)
def judge_close(
    program: Program, risk: Program, book: Records, equity: float, wallet: float, as_of_ms: int
) -> bool:
    """Evaluate every rule at one close; true when `program.wishes` wants anything done.

    Parameters
    ----------
    book : records of POSITION
        Marked at the close; `is_blocked` is written.
    equity : float
        Wallet plus unrealised results at the close, quote currency.
    """
    crossed, begins = 0, 0
    if as_of_ms >= program.clock[0].next_ms:
        crossed, begins = turn_pages(program, as_of_ms)
    if risk is None:
        restarted = advance_account(program.navs[0], equity, crossed, begins)
        read_account(program.instances, program.readings, program.navs[0], equity, restarted)
    else:
        count_fresh(program, crossed & (1 << DAY) != 0)
        read_risk(program, risk, book, equity, wallet, crossed, begins, as_of_ms)
    found = step_instances(
        program.rules, program.memory, program.readings, program.instances, as_of_ms
    )
    return finish_close(program, risk, book, wallet, found, as_of_ms)


@njit(cache=True)
def has_log_room(program: Program) -> bool:
    """Whether whatever one more close may do fits the log."""
    clock = program.clock[0]
    return bool(
        clock.logged + program.instances.size <= program.log.size
        and clock.seen + program.wishes.size <= program.seen.size
    )


@njit(cache=True)
def mark_closes(book: Records, marks: FloatArray, bar: int) -> None:
    """Mark every symbol at the close of a bar."""
    for symbol in range(book.size):
        book[symbol].mark_price = marks[symbol, CLOSE, bar]


@njit(cache=True)
def pass_calm_closes(
    program: Program,
    equity: FloatArray,
    open_ms: IntArray,
    timeframe_ms: int,
    start: int,
    stop: int,
) -> int:
    """Pass the closes at which provably nothing happens; returns the first other one."""
    return int(
        pass_calm(
            program.clock[0],
            program.rules,
            program.memory,
            program.navs[0],
            equity,
            open_ms,
            timeframe_ms,
            start,
            stop,
        )
    )


@njit(cache=True)
def judge_on(
    program: Program,
    risk: Program,
    book: Records,
    wallet: float,
    marks: FloatArray,
    equity: FloatArray,
    open_ms: IntArray,
    timeframe_ms: int,
    start: int,
    stop: int,
) -> int:
    """Evaluate closes from one that is not calm until something is to be done, as `judge_bars`."""
    clock, bar = program.clock[0], start
    while bar < stop and not clock.acts and has_log_room(program):
        mark_closes(book, marks, bar)
        as_of_ms = open_ms[bar] + timeframe_ms
        judge_close(program, risk, book, equity[bar], wallet, as_of_ms)
        bar += 1
        if risk is None:
            set_band(
                clock,
                program.rules,
                program.memory,
                program.instances,
                program.navs[0],
                as_of_ms,
            )
            if not clock.acts:
                bar = pass_calm_closes(program, equity, open_ms, timeframe_ms, bar, stop)
    return bar


@njit(cache=True)
def judge_bars(
    program: Program,
    book: Records,
    wallet: float,
    marks: FloatArray,
    equity: FloatArray,
    open_ms: IntArray,
    timeframe_ms: int,
    start: int,
    stop: int,
) -> int:
    """Evaluate every rule at the closes of bars through which positions stay as they are.

    Parameters
    ----------
    book : records of POSITION
        Left marked at the last close that was judged; `is_blocked` is written.
    marks : ndarray of shape (n_symbols, rows, n_bars)
    equity, open_ms : ndarray of shape (n_bars,)

    Returns
    -------
    int
        One past the last bar that was judged: the first at which something is to be done, which
        `program.clock[0].acts` tells and `program.wishes` spells out, or at which the log is full;
        else `stop`.
    """
    program.clock[0].acts = False
    bar = pass_calm_closes(program, equity, open_ms, timeframe_ms, start, stop)
    if bar < stop:
        bar = judge_on(
            program,
            program.risk,
            book,
            wallet,
            marks,
            equity,
            open_ms,
            timeframe_ms,
            bar,
            stop,
        )
    mark_closes(book, marks, bar - 1)
    return int(bar)
