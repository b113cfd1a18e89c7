"""Lots and ticks."""

import numpy as np
from numba import njit

# A quantity of 0.3 is 2.9999999999999996 lots of 0.1: what lies within this share of a step
# counts as being on it.
STEP_TOLERANCE = 1e-7
# A quotient of this many steps is off by up to this share of itself.
ROUNDING_ERROR = 1e-15


@njit(cache=True)
def steps_to_value(count: float, step: float) -> float:
    """Return `count` steps as the double closest to the decimal number that is meant."""
    inverse = round(1.0 / step)
    if inverse >= 1.0 and abs(inverse * step - 1.0) < 1e-9:
        return count / inverse
    return count * step


@njit(cache=True)
def step_tolerance(count: float) -> float:
    """Share of a step within which a quotient of `count` steps lies on the step."""
    return max(STEP_TOLERANCE, ROUNDING_ERROR * abs(count))


@njit(cache=True)
def floor_to_step(value: float, step: float) -> float:
    """Round an unsigned quantity down to its lot; a step of 0 rounds nothing."""
    if step <= 0.0:
        return value
    count = value / step
    return steps_to_value(np.floor(count + step_tolerance(count)), step)


@njit(cache=True)
def round_to_step(value: float, step: float) -> float:
    """Round a price to the nearest tick; a step of 0 rounds nothing."""
    if step <= 0.0:
        return value
    return steps_to_value(np.floor(value / step + 0.5), step)


@njit(cache=True)
def is_on_step(value: float, step: float) -> bool:
    """Whether a value is a whole number of steps."""
    if step <= 0.0:
        return True
    count = value / step
    return abs(count - np.floor(count + 0.5)) <= step_tolerance(count)
