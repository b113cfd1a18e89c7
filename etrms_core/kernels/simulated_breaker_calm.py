"""Closes at which rules on the NAV of an account provably do nothing, found without asking them.

A band around equity and a time are kept, inside which every rule stays in its state: only peaks
rise. They are wider than the rules by rounding, never narrower; what leaves them is judged exactly.
"""

import numpy as np
from numba import njit

from etrms_core.kernels.arrays import FloatArray, IntArray, Record, Records
from etrms_core.kernels.breaker_state import (
    ABOVE,
    ARMED,
    AT_LEAST,
    COOLING_DOWN,
    LATCHED,
    NEVER_MS,
    WAITING_RESET,
)
from etrms_core.kernels.nav_book import DAY_NAV, LAST_EQUITY, NAV, PEAK, RESULT, UNITS
from etrms_core.kernels.scope_ratios import DAILY_LOSS
from etrms_core.kernels.scope_ratios import NAV as NAV_COLUMN
from etrms_core.kernels.simulated_breaker_program import DAY_START, EQUITY, INITIAL

CAUTION = 1e-9


@njit(cache=True)
def loss_base(rule: Record, memory: Record, source: int, nav: FloatArray) -> float:
    """NAV that a rule measures its loss from."""
    if rule.measures_peak:
        return memory.peak
    if source == INITIAL:
        return 1.0
    return nav[DAY_NAV if source == DAY_START else DAY_NAV + source - DAILY_LOSS]


@njit(cache=True)
def nav_level(rule: Record, memory: Record, source: int, nav: FloatArray, value: float) -> float:
    """NAV at which a rule's metric has a value."""
    if source == NAV_COLUMN:
        return value
    if source == EQUITY:
        return value / nav[UNITS]
    return loss_base(rule, memory, source, nav) * (1.0 - value)


@njit(cache=True)
def row_band(rule: Record, memory: Record, source: int, nav: FloatArray) -> tuple[float, float]:
    """NAVs between which an instance stays as it is; an empty band when it has to be asked."""
    if memory.state in (COOLING_DOWN, LATCHED):
        return 0.0, np.inf
    is_waiting = memory.state == WAITING_RESET
    is_plain = source in (NAV_COLUMN, EQUITY)
    is_upward = rule.comparison in (ABOVE, AT_LEAST)
    level = nav_level(
        rule, memory, source, nav, rule.reset_threshold if is_waiting else rule.threshold
    )
    falls = is_upward != is_plain
    if not (falls or is_plain):
        return np.inf, np.inf
    # A loss is rounded relative to 1, not to itself.
    margin = CAUTION * (abs(level) if is_plain else loss_base(rule, memory, source, nav))
    if is_waiting == falls:
        return 0.0, level - margin
    return level + margin, np.inf


@njit(cache=True)
def set_band(
    clock: Record,
    rules: Records,
    memory: Records,
    instances: Records,
    nav: FloatArray,
    as_of_ms: int,
) -> None:
    """Say up to which equity and time nothing can come of any rule."""
    units = nav[UNITS]
    clock.low = np.inf
    if not (units > 0.0 and nav[NAV] > 0.0):
        return
    low, high, share, until = 0.0, np.inf, 0.0, clock.next_ms
    for row in range(instances.size):
        rule, own, instance = rules[row], memory[row], instances[row]
        below, above = row_band(rule, own, instance.source, nav)
        low, high = max(low, below), min(high, above)
        if own.breach_since_ms != NEVER_MS or own.is_unknown:
            low = np.inf
        if own.state == ARMED and rule.measures_peak:
            share = max(share, 1.0 - rule.threshold + CAUTION)
        if own.state == COOLING_DOWN:
            until = min(until, own.triggered_at_ms + rule.cooldown_ms)
        if instance.paused_until_ms > as_of_ms:
            until = min(until, instance.paused_until_ms)
    clock.low = low * units
    clock.high = high * units
    clock.share = share
    clock.until_ms = until


@njit(cache=True)
def raise_peaks(rules: Records, memory: Records, nav: FloatArray, top: float) -> None:
    """Let every peak that rises rise to a NAV."""
    nav[PEAK] = max(nav[PEAK], top)
    for row in range(rules.size):
        rises = not rules[row].peak_since_rearm or memory[row].state == ARMED
        if rises and top > memory[row].peak:
            memory[row].peak = top


@njit(cache=True)
def pass_calm(
    clock: Record,
    rules: Records,
    memory: Records,
    nav: FloatArray,
    equity: FloatArray,
    open_ms: IntArray,
    timeframe_ms: int,
    start: int,
    stop: int,
) -> int:
    """Pass the closes at which equity stays in the band; returns the first other one."""
    low, high, share = clock.low, clock.high, clock.share
    until = clock.until_ms - timeframe_ms
    top, bar = 0.0, start
    while bar < stop:
        value = equity[bar]
        if not low < value < high or open_ms[bar] >= until:
            break
        if value > top:
            top = value
            low = max(low, share * top)
        bar += 1
    if bar > start:
        clock.low = low
        last = equity[bar - 1]
        nav[RESULT] += last - nav[LAST_EQUITY]
        nav[LAST_EQUITY] = last
        nav[NAV] = last / nav[UNITS]
        raise_peaks(rules, memory, nav, top / nav[UNITS])
    return bar
