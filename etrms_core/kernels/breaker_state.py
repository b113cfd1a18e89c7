"""The breaker state machine: one row per rule and scope instance, the same live and in backtests.

ARMED -> TRIGGERED (actions, once) -> COOLING_DOWN -> ARMED or WAITING_RESET; or LATCHED.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from etrms_core.kernels.arrays import BoolArray, FloatArray, IntArray
from etrms_core.kernels.drawdown import drawdown_fraction

ARMED, COOLING_DOWN, WAITING_RESET, LATCHED = 0, 1, 2, 3
ABOVE, AT_LEAST, BELOW, AT_MOST = 0, 1, 2, 3
ON_UNKNOWN_NOTIFY, ON_UNKNOWN_BLOCK, ON_UNKNOWN_TRIGGER = 0, 1, 2

# What a step reports, as bits of one number.
TRIGGERED, REARMED, STARTED_WAITING, THROTTLED, BECAME_UNKNOWN, BECAME_KNOWN = 1, 2, 4, 8, 16, 32

THROTTLE_WINDOW_MS = 600_000
NEVER_MS = -(10**15)


class BreakerRules(NamedTuple):
    """Rules of shape (n_instances,).

    Attributes
    ----------
    comparison : int
        ABOVE, AT_LEAST, BELOW or AT_MOST.
    for_ms, cooldown_ms : int
        How long a condition must hold; how long the rule rests after it acted.
    measures_peak : bool
        The metric is drawdown from the rule's own peak.
    peak_since_rearm : bool
        That peak restarts when the rule is armed again.
    on_unknown : int
        ON_UNKNOWN_NOTIFY, ON_UNKNOWN_BLOCK or ON_UNKNOWN_TRIGGER.
    """

    comparison: IntArray
    threshold: FloatArray
    reset_threshold: FloatArray
    for_ms: IntArray
    cooldown_ms: IntArray
    latched: BoolArray
    measures_peak: BoolArray
    peak_since_rearm: BoolArray
    on_unknown: IntArray


class BreakerMemory(NamedTuple):
    """What one cycle hands to the next; arrays of shape (n_instances,), times in ms."""

    state: IntArray
    peak: FloatArray
    breach_since_ms: IntArray
    triggered_at_ms: IntArray
    previous_trigger_ms: IntArray
    is_unknown: BoolArray


class BreakerReadings(NamedTuple):
    """One reading per instance.

    `value` is the metric (NaN when unknown; ignored by rules on their own peak), `nav` the NAV of
    the scope, `nav_restarted` whether it restarted at 1; `is_evaluated` false leaves a row as it
    is.
    """

    value: FloatArray
    nav: FloatArray
    nav_restarted: BoolArray
    is_evaluated: BoolArray


@njit(cache=True)
def holds(comparison: int, value: float, threshold: float) -> bool:
    """Whether a known value is beyond the threshold."""
    if comparison == ABOVE:
        return value > threshold
    if comparison == AT_LEAST:
        return value >= threshold
    if comparison == BELOW:
        return value < threshold
    return value <= threshold


@njit(cache=True)
def advance_peak(rules: BreakerRules, memory: BreakerMemory, row: int, nav: float) -> None:
    """Raise the row's peak; one that restarts on re-arming rises only while ARMED."""
    rises = not rules.peak_since_rearm[row] or memory.state[row] == ARMED
    if rises and nav > memory.peak[row]:
        memory.peak[row] = nav


@njit(cache=True)
def measured_value(
    rules: BreakerRules, memory: BreakerMemory, row: int, value: float, nav: float
) -> float:
    """Value the row compares: its own drawdown, or the metric as read."""
    if not rules.measures_peak[row]:
        return value
    return np.nan if np.isnan(nav) else drawdown_fraction(nav, memory.peak[row])


@njit(cache=True)
def leave_cooldown(
    rules: BreakerRules, memory: BreakerMemory, row: int, nav: float, as_of_ms: int
) -> int:
    """End a cooldown that is over: ARMED with a fresh peak, or WAITING_RESET.

    A row with a peak to restart that waits was reset while NAV was unknown: it needs only a NAV.
    """
    restarts_peak = rules.measures_peak[row] and rules.peak_since_rearm[row]
    waits_for_nav = restarts_peak and memory.state[row] == WAITING_RESET
    if not waits_for_nav:
        if memory.state[row] != COOLING_DOWN:
            return 0
        if as_of_ms < memory.triggered_at_ms[row] + rules.cooldown_ms[row]:
            return 0
    if not restarts_peak:
        memory.state[row] = WAITING_RESET
        return STARTED_WAITING
    if np.isnan(nav):
        return 0
    memory.peak[row] = nav
    memory.state[row] = ARMED
    return REARMED


@njit(cache=True)
def leave_waiting(rules: BreakerRules, memory: BreakerMemory, row: int, value: float) -> int:
    """Arm a waiting row whose value is known and on the safe side of its reset threshold."""
    if memory.state[row] != WAITING_RESET or np.isnan(value):
        return 0
    if holds(rules.comparison[row], value, rules.reset_threshold[row]):
        return 0
    memory.state[row] = ARMED
    return REARMED


@njit(cache=True)
def note_unknown(memory: BreakerMemory, row: int, value: float) -> int:
    """Remember whether the value is known, and report a change."""
    is_unknown = np.isnan(value)
    if is_unknown == memory.is_unknown[row]:
        return 0
    memory.is_unknown[row] = is_unknown
    return BECAME_UNKNOWN if is_unknown else BECAME_KNOWN


@njit(cache=True)
def fires(
    rules: BreakerRules, memory: BreakerMemory, row: int, value: float, as_of_ms: int
) -> bool:
    """Whether an armed row fires now; keeps the time since which its condition holds."""
    if np.isnan(value):
        memory.breach_since_ms[row] = NEVER_MS
        return rules.on_unknown[row] == ON_UNKNOWN_TRIGGER
    if not holds(rules.comparison[row], value, rules.threshold[row]):
        memory.breach_since_ms[row] = NEVER_MS
        return False
    if memory.breach_since_ms[row] == NEVER_MS:
        memory.breach_since_ms[row] = as_of_ms
    return as_of_ms - memory.breach_since_ms[row] >= rules.for_ms[row]


@njit(cache=True)
def trigger(rules: BreakerRules, memory: BreakerMemory, row: int, as_of_ms: int) -> int:
    """Move a row that fires on; its third trigger within the throttle window latches it."""
    throttled = as_of_ms - memory.previous_trigger_ms[row] <= THROTTLE_WINDOW_MS
    memory.previous_trigger_ms[row] = memory.triggered_at_ms[row]
    memory.triggered_at_ms[row] = as_of_ms
    memory.breach_since_ms[row] = NEVER_MS
    memory.state[row] = LATCHED if rules.latched[row] or throttled else COOLING_DOWN
    return TRIGGERED | THROTTLED if throttled else TRIGGERED


@njit(cache=True)
def step_row(
    rules: BreakerRules,
    memory: BreakerMemory,
    readings: BreakerReadings,
    row: int,
    as_of_ms: int,
) -> tuple[int, float]:
    """Advance one row by one reading; return what happened and the value it compared."""
    nav = readings.nav[row]
    if readings.nav_restarted[row]:
        memory.peak[row] = nav
    outcome = leave_cooldown(rules, memory, row, nav, as_of_ms)
    advance_peak(rules, memory, row, nav)
    value = measured_value(rules, memory, row, readings.value[row], nav)
    outcome |= note_unknown(memory, row, value)
    armed = leave_waiting(rules, memory, row, value)
    if armed:
        outcome = (outcome | armed) & ~STARTED_WAITING
    if memory.state[row] != ARMED:
        memory.breach_since_ms[row] = NEVER_MS
    elif fires(rules, memory, row, value, as_of_ms):
        outcome |= trigger(rules, memory, row, as_of_ms)
    return outcome, value


@njit(cache=True)
def step_all(
    rules: BreakerRules,
    memory: BreakerMemory,
    readings: BreakerReadings,
    as_of_ms: int,
    outcomes: IntArray,
    values: FloatArray,
) -> bool:
    """Advance every evaluated row in place; true when anything happened."""
    anything = False
    for row in range(rules.threshold.size):
        outcomes[row] = 0
        values[row] = readings.value[row]
        if readings.is_evaluated[row]:
            outcomes[row], values[row] = step_row(rules, memory, readings, row, as_of_ms)
            anything |= outcomes[row] != 0
    return anything


@njit(cache=True)
def reset_row(memory: BreakerMemory, row: int, nav: float, restarts_peak: bool) -> None:
    """Carry out a person's reset of a latched row.

    A peak that restarts on re-arming does so now; any other row waits for its reset threshold.
    """
    memory.previous_trigger_ms[row] = NEVER_MS
    if restarts_peak and not np.isnan(nav):
        memory.peak[row] = nav
        memory.state[row] = ARMED
    else:
        memory.state[row] = WAITING_RESET
