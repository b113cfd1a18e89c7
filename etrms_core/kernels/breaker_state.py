"""The breaker state machine: one row per rule and scope instance, the same live and in backtests.

ARMED -> TRIGGERED (actions, once) -> COOLING_DOWN -> ARMED or WAITING_RESET; or LATCHED.
"""

import numpy as np
from numba import njit

from etrms_core.kernels.arrays import FloatArray, IntArray, Record, Records
from etrms_core.kernels.drawdown import drawdown_fraction

ARMED, COOLING_DOWN, WAITING_RESET, LATCHED = 0, 1, 2, 3
ABOVE, AT_LEAST, BELOW, AT_MOST = 0, 1, 2, 3
ON_UNKNOWN_NOTIFY, ON_UNKNOWN_BLOCK, ON_UNKNOWN_TRIGGER = 0, 1, 2

# What a step reports, as bits of one number.
TRIGGERED, REARMED, STARTED_WAITING, THROTTLED, BECAME_UNKNOWN, BECAME_KNOWN = 1, 2, 4, 8, 16, 32

THROTTLE_WINDOW_MS = 600_000
NEVER_MS = -(10**15)
EQUAL_WITHIN = 1e-12


# How a rule decides. `comparison`: ABOVE, AT_LEAST, BELOW or AT_MOST; `for_ms`, `cooldown_ms`: how
# long a condition must hold, and how long the rule rests after it acted; `measures_peak`: the
# metric is drawdown from the rule's own peak; `peak_since_rearm`: that peak restarts when the rule
# is armed again; `on_unknown`: ON_UNKNOWN_NOTIFY, ON_UNKNOWN_BLOCK or ON_UNKNOWN_TRIGGER.
RULE = np.dtype(
    [
        ("comparison", np.int64),
        ("threshold", np.float64),
        ("reset_threshold", np.float64),
        ("for_ms", np.int64),
        ("cooldown_ms", np.int64),
        ("on_unknown", np.int64),
        ("latched", np.bool_),
        ("measures_peak", np.bool_),
        ("peak_since_rearm", np.bool_),
    ],
    align=True,
)
# What one reading hands to the next; times in ms, NEVER_MS before anything happened.
MEMORY = np.dtype(
    [
        ("state", np.int64),
        ("peak", np.float64),
        ("breach_since_ms", np.int64),
        ("triggered_at_ms", np.int64),
        ("previous_trigger_ms", np.int64),
        ("is_unknown", np.bool_),
    ],
    align=True,
)
# One reading: `value` of the metric (NaN when unknown; ignored by rules on their own peak), `nav`
# of the scope, whether that NAV restarted at 1; `is_evaluated` false leaves a row as it is.
READING = np.dtype(
    [
        ("value", np.float64),
        ("nav", np.float64),
        ("nav_restarted", np.bool_),
        ("is_evaluated", np.bool_),
    ],
    align=True,
)


@njit(cache=True)
def holds(comparison: int, value: float, threshold: float) -> bool:
    """Whether a known value is beyond the threshold.

    Values within rounding of the threshold are equal to it: a NAV of 0.9 is a drawdown of
    0.09999999999999998, and that is 10 %.
    """
    rounding = EQUAL_WITHIN * abs(threshold)
    if comparison == ABOVE:
        return value > threshold + rounding
    if comparison == AT_LEAST:
        return value >= threshold - rounding
    if comparison == BELOW:
        return value < threshold - rounding
    return value <= threshold + rounding


@njit(cache=True)
def advance_peak(rule: Record, memory: Record, nav: float) -> None:
    """Raise the peak; one that restarts on re-arming rises only while ARMED."""
    rises = not rule.peak_since_rearm or memory.state == ARMED
    if rises and nav > memory.peak:
        memory.peak = nav


@njit(cache=True)
def measured_value(rule: Record, memory: Record, value: float, nav: float) -> float:
    """Value that is compared: the rule's own drawdown, or the metric as read."""
    if not rule.measures_peak:
        return value
    return np.nan if np.isnan(nav) else drawdown_fraction(nav, memory.peak)


@njit(cache=True)
def leave_cooldown(rule: Record, memory: Record, nav: float, as_of_ms: int) -> int:
    """End a cooldown that is over: ARMED with a fresh peak, or WAITING_RESET.

    A row with a peak to restart that waits was reset while NAV was unknown: it needs only a NAV.
    """
    restarts_peak = rule.measures_peak and rule.peak_since_rearm
    waits_for_nav = restarts_peak and memory.state == WAITING_RESET
    if not waits_for_nav:
        if memory.state != COOLING_DOWN:
            return 0
        if as_of_ms < memory.triggered_at_ms + rule.cooldown_ms:
            return 0
    if not restarts_peak:
        memory.state = WAITING_RESET
        return STARTED_WAITING
    if np.isnan(nav):
        return 0
    memory.peak = nav
    memory.state = ARMED
    return REARMED


@njit(cache=True)
def leave_waiting(rule: Record, memory: Record, value: float) -> int:
    """Arm a waiting row whose value is known and on the safe side of its reset threshold."""
    if memory.state != WAITING_RESET or np.isnan(value):
        return 0
    if holds(rule.comparison, value, rule.reset_threshold):
        return 0
    memory.state = ARMED
    return REARMED


@njit(cache=True)
def note_unknown(memory: Record, value: float) -> int:
    """Remember whether the value is known, and report a change."""
    is_unknown = np.isnan(value)
    if is_unknown == memory.is_unknown:
        return 0
    memory.is_unknown = is_unknown
    return BECAME_UNKNOWN if is_unknown else BECAME_KNOWN


@njit(cache=True)
def fires(rule: Record, memory: Record, value: float, as_of_ms: int) -> bool:
    """Whether an armed row fires now; keeps the time since which its condition holds."""
    if np.isnan(value):
        memory.breach_since_ms = NEVER_MS
        return bool(rule.on_unknown == ON_UNKNOWN_TRIGGER)
    if not holds(rule.comparison, value, rule.threshold):
        memory.breach_since_ms = NEVER_MS
        return False
    if memory.breach_since_ms == NEVER_MS:
        memory.breach_since_ms = as_of_ms
    return bool(as_of_ms - memory.breach_since_ms >= rule.for_ms)


@njit(cache=True)
def trigger(rule: Record, memory: Record, as_of_ms: int) -> int:
    """Move a row that fires on; its third trigger within the throttle window latches it."""
    throttled = as_of_ms - memory.previous_trigger_ms <= THROTTLE_WINDOW_MS
    memory.previous_trigger_ms = memory.triggered_at_ms
    memory.triggered_at_ms = as_of_ms
    memory.breach_since_ms = NEVER_MS
    memory.state = LATCHED if rule.latched or throttled else COOLING_DOWN
    return TRIGGERED | THROTTLED if throttled else TRIGGERED


@njit(cache=True)
def step_row(rule: Record, memory: Record, reading: Record, as_of_ms: int) -> tuple[int, float]:
    """Advance one row by one reading; return what happened and the value it compared."""
    nav = reading.nav
    if reading.nav_restarted:
        memory.peak = nav
    outcome = leave_cooldown(rule, memory, nav, as_of_ms)
    advance_peak(rule, memory, nav)
    value = measured_value(rule, memory, reading.value, nav)
    outcome |= note_unknown(memory, value)
    armed = leave_waiting(rule, memory, value)
    if armed:
        outcome = (outcome | armed) & ~STARTED_WAITING
    if memory.state != ARMED:
        memory.breach_since_ms = NEVER_MS
    elif fires(rule, memory, value, as_of_ms):
        outcome |= trigger(rule, memory, as_of_ms)
    return outcome, value


@njit(cache=True)
def step_all(
    rules: Records,
    memory: Records,
    readings: Records,
    as_of_ms: int,
    outcomes: IntArray,
    values: FloatArray,
) -> bool:
    """Advance every evaluated row in place; true when anything happened.

    Parameters
    ----------
    rules, memory, readings : ndarray of shape (n_rows,)
        Records of RULE, MEMORY and READING.
    """
    anything = False
    for row in range(rules.size):
        outcomes[row] = 0
        values[row] = readings[row].value
        if readings[row].is_evaluated:
            outcomes[row], values[row] = step_row(rules[row], memory[row], readings[row], as_of_ms)
            anything |= outcomes[row] != 0
    return anything


@njit(cache=True)
def reset_row(memory: Record, nav: float, restarts_peak: bool) -> None:
    """Carry out a person's reset of a latched row.

    A peak that restarts on re-arming does so now; any other row waits for its reset threshold.
    """
    memory.previous_trigger_ms = NEVER_MS
    if restarts_peak and not np.isnan(nav):
        memory.peak = nav
        memory.state = ARMED
    else:
        memory.state = WAITING_RESET
