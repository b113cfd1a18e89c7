"""What breakers that fire want of a simulated account: targets, merging, blocks, the log."""

import numpy as np
from numba import njit

from etrms_core.kernels.arrays import Record, Records
from etrms_core.kernels.breaker_state import (
    LATCHED,
    ON_UNKNOWN_BLOCK,
    TRIGGERED,
    WAITING_RESET,
    holds,
)
from etrms_core.kernels.simulated_breaker_program import (
    ALL_SYMBOLS,
    CANCEL_ORDERS,
    CLOSE_ALL,
    CLOSE_POSITION,
    NOTIFY,
    PAUSE_TRADING,
    PLACE_GUARD_STOP,
    REDUCE_ONLY_MODE,
    REDUCE_POSITION,
    SET_LEVERAGE,
    Program,
)
from etrms_core.kernels.simulated_risk import NOTIONAL, OWN_ROW
from etrms_core.kernels.stops import stop_level

NEARLY_ALL = 1.0 - 1e-12


@njit(cache=True)
def clear_wishes(wishes: Records) -> None:
    """Want nothing of any symbol."""
    for symbol in range(wishes.size):
        wishes[symbol].close_fraction = 0.0
        wishes[symbol].guard_level = np.nan
        wishes[symbol].leverage = np.nan
        wishes[symbol].cancels = False


@njit(cache=True)
def wish_for(wish: Record, kind: int, argument: float, position: Record) -> None:
    """Add one action on one position to what is wanted of it.

    The largest reduction wins, the lowest leverage, the guard stop nearest to the mark.
    """
    held = abs(position.quantity)
    if kind == REDUCE_POSITION:
        is_all = held * argument >= held * NEARLY_ALL
        wish.close_fraction = max(wish.close_fraction, 1.0 if is_all else argument)
    elif kind in (CLOSE_POSITION, CLOSE_ALL):
        wish.close_fraction = 1.0
    elif kind == SET_LEVERAGE:
        if position.leverage > argument and not wish.leverage <= argument:
            wish.leverage = argument
    elif kind == PLACE_GUARD_STOP and not position.guarded:
        side = 1.0 if position.quantity > 0.0 else -1.0
        level = stop_level(side, position.mark_price, argument)
        if np.isnan(wish.guard_level) or side * (level - wish.guard_level) > 0.0:
            wish.guard_level = level


@njit(cache=True)
def breaches(rule: Record, instance: Record, kind: int, value: float) -> bool:
    """Whether an action is meant for a position with this value of the rule's metric."""
    narrows = kind in (REDUCE_POSITION, CLOSE_POSITION)
    if instance.position_column < 0 or not narrows:
        return True
    return bool(np.isnan(value) or holds(rule.comparison, value, rule.threshold))


@njit(cache=True)
def position_value(risk: Program, column: int, symbol: int) -> float:
    """Read a position metric of a symbol that is held; 0 where the metric is of another kind."""
    if risk is None:
        return 0.0
    if column < 0:
        return 0.0
    value = risk.money[column, risk.places[OWN_ROW, symbol]]
    return abs(value) if column == NOTIONAL else value


@njit(cache=True)
def restrict(instance: Record, kind: int, pause_ms: int, as_of_ms: int) -> None:
    """Forbid new and larger positions for a time or for good."""
    if kind == PAUSE_TRADING:
        instance.paused_until_ms = max(instance.paused_until_ms, as_of_ms + pause_ms)
    else:
        instance.is_reduce_only = True


@njit(cache=True)
def plan_orders(program: Program, risk: Program, book: Records, row: int, action: Record) -> bool:
    """Add an action on the positions and orders of an instance's scope; true when there are any."""
    instance, wants = program.instances[row], False
    for symbol in range(book.size):
        if instance.covers not in (ALL_SYMBOLS, symbol):
            continue
        if action.kind == CANCEL_ORDERS:
            program.wishes[symbol].cancels = wants = True
        elif book[symbol].quantity != 0.0:
            value = position_value(risk, instance.position_column, symbol)
            if breaches(program.rules[row], instance, action.kind, value):
                wish_for(program.wishes[symbol], action.kind, action.argument, book[symbol])
                wants = True
    return wants


@njit(cache=True)
def plan_instance(program: Program, risk: Program, book: Records, row: int, as_of_ms: int) -> bool:
    """Add the actions of an instance that fired; true when it wants anything done."""
    instance, wants = program.instances[row], False
    for number in range(instance.first_action, instance.last_action):
        action = program.actions[number]
        if action.kind in (PAUSE_TRADING, REDUCE_ONLY_MODE):
            restrict(instance, action.kind, action.pause_ms, as_of_ms)
        elif action.kind != NOTIFY:
            wants |= plan_orders(program, risk, book, row, action)
    return wants


@njit(cache=True)
def plan_triggers(program: Program, risk: Program, book: Records, as_of_ms: int) -> bool:
    """Merge what all instances that fired want; true when anything is to be done.

    A position that is closed gets no guard stop.
    """
    clear_wishes(program.wishes)
    wants = False
    for row in range(program.instances.size):
        instance = program.instances[row]
        if instance.outcome & TRIGGERED and not instance.is_shadow:
            wants |= plan_instance(program, risk, book, row, as_of_ms)
    for symbol in range(book.size):
        if program.wishes[symbol].close_fraction == 1.0:
            program.wishes[symbol].guard_level = np.nan
    return wants


@njit(cache=True)
def is_blocking(instance: Record, rule: Record, memory: Record, as_of_ms: int) -> bool:
    """Whether an instance refuses entries now: a pause, reduce-only mode, waiting, unknown."""
    if instance.is_reduce_only or as_of_ms < instance.paused_until_ms:
        return True
    if not instance.may_block:
        return False
    if memory.state in (WAITING_RESET, LATCHED):
        return True
    return bool(memory.is_unknown and rule.on_unknown == ON_UNKNOWN_BLOCK)


@njit(cache=True)
def block_symbols(instances: Records, book: Records) -> None:
    """Mark the symbols in which some instance refuses entries."""
    for symbol in range(book.size):
        blocked = False
        for row in range(instances.size):
            covers = instances[row].covers
            if instances[row].is_blocking and (covers in (ALL_SYMBOLS, symbol)):
                blocked = True
        book[symbol].is_blocked = blocked


@njit(cache=True)
def log_outcomes(program: Program, book: Records, wallet: float, as_of_ms: int) -> None:
    """Write down what this close did to each instance, with the account where one fired."""
    clock = program.clock[0]
    seen = -1
    for row in range(program.instances.size):
        if program.instances[row].outcome & TRIGGERED and seen < 0:
            seen = clock.seen
            for symbol in range(book.size):
                program.seen[seen + symbol] = book[symbol]
            clock.seen += book.size
    for row in range(program.instances.size):
        outcome = program.instances[row].outcome
        if outcome == 0:
            continue
        logged = program.log[clock.logged]
        logged.time_ms = as_of_ms
        logged.row = row
        logged.outcome = outcome
        logged.value = program.instances[row].value
        logged.state = program.memory[row].state
        logged.seen = seen
        logged.wallet = wallet
        clock.logged += 1
