"""Values exactly at a threshold, and what a step of many rows returns."""

import numpy as np
import pytest

from etrms_core.kernels import breaker_state as states
from etrms_core.kernels.breaker_state import holds, step_all
from tests.kernels.breaker_rows import new_memory, pack_readings, pack_rules
from tests.kernels.slow_breaker import SlowRule


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [(states.ABOVE, False), (states.AT_LEAST, True), (states.BELOW, False), (states.AT_MOST, True)],
)
def test_zero_is_exactly_at_a_threshold_of_zero(comparison: int, expected: bool) -> None:
    assert holds(comparison, 0.0, 0.0) is expected


@pytest.mark.parametrize("fired", [(True, False), (False, True), (True, True), (False, False)])
def test_a_step_says_whether_any_row_had_something_happen(fired: tuple[bool, bool]) -> None:
    rule = SlowRule(
        comparison=">=",
        threshold=0.5,
        reset_threshold=0.5,
        for_seconds=0.0,
        cooldown_seconds=0.0,
        latched=False,
        measures_peak=False,
        since_rearm=False,
        on_unknown="notify",
    )
    values = [1.0 if each else 0.0 for each in fired]
    outcomes, compared = np.zeros(2, np.int64), np.zeros(2)
    anything = step_all(
        pack_rules([rule, rule]),
        new_memory(2),
        pack_readings(values, [1.0, 1.0]),
        1_000,
        outcomes,
        compared,
    )
    assert anything == any(fired)
    assert [outcome != 0 for outcome in outcomes] == list(fired)
