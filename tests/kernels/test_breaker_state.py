"""The life of a breaker."""

from dataclasses import replace
from math import nan

import numpy as np
import pytest

from etrms_core.kernels import breaker_state
from etrms_core.kernels.breaker_state import (
    BECAME_KNOWN,
    BECAME_UNKNOWN,
    REARMED,
    STARTED_WAITING,
    THROTTLED,
    TRIGGERED,
)
from tests.kernels.breaker_rows import NO_OUTCOME, OneBreaker, new_memory, pack_readings, pack_rules
from tests.kernels.inputs import agree, generators
from tests.kernels.slow_breaker import SlowRule

LOSS = SlowRule(
    comparison=">=",
    threshold=0.1,
    reset_threshold=0.1,
    for_seconds=0.0,
    cooldown_seconds=60.0,
    latched=False,
    measures_peak=False,
    since_rearm=False,
    on_unknown="block_entries",
)
DRAWDOWN = replace(LOSS, measures_peak=True)
SINCE_REARM = replace(DRAWDOWN, since_rearm=True)


def test_breaker_kernels_agree_with_their_twins() -> None:
    names = (LOSS, DRAWDOWN, SINCE_REARM, replace(LOSS, on_unknown="trigger"))
    rules = pack_rules(names)
    for generator in generators(100):
        memory = new_memory(4)
        memory.state[:] = generator.integers(0, 4, 4)
        memory.triggered_at_ms[:] = generator.integers(0, 10**6, 4)
        memory.previous_trigger_ms[:] = generator.integers(0, 10**6, 4)
        value, nav = float(generator.choice([0.0, 0.1, 0.2, nan])), float(generator.uniform())
        row, now = int(generator.integers(4)), int(generator.integers(10**6, 2 * 10**6))
        readings = pack_readings([value] * 4, [nav] * 4, [False, True, False, False])
        outcomes, values = np.zeros(4, np.int64), np.zeros(4)
        agree(breaker_state.step_all, rules, memory, readings, now, outcomes, values)
        rule, own = rules[row], memory[row]
        agree(breaker_state.step_row, rule, own, readings[row], now)
        agree(breaker_state.advance_peak, rule, own, nav)
        agree(breaker_state.measured_value, rule, own, value, nav)
        agree(breaker_state.leave_cooldown, rule, own, nav, now)
        agree(breaker_state.leave_waiting, rule, own, value)
        agree(breaker_state.note_unknown, own, value)
        agree(breaker_state.fires, rule, own, value, now)
        agree(breaker_state.trigger, rule, own, now)
        agree(breaker_state.reset_row, own, nav, bool(generator.integers(2)))
        agree(breaker_state.holds, int(generator.integers(4)), value, 0.1)


@pytest.mark.parametrize(
    ("comparison", "fires_at"),
    [(">", [0.2]), (">=", [0.1, 0.2]), ("<", [0.0]), ("<=", [0.0, 0.1])],
)
def test_a_comparison_means_what_it_says(comparison: str, fires_at: list[float]) -> None:
    rule = replace(LOSS, comparison=comparison)
    fired = [value for value in (0.0, 0.1, 0.2) if OneBreaker(rule).read(0, value) & TRIGGERED]
    assert fired == fires_at


@pytest.mark.parametrize(("comparison", "fired"), [(">=", TRIGGERED), (">", NO_OUTCOME)])
def test_a_drawdown_of_exactly_the_threshold_is_equal_to_it(comparison: str, fired: int) -> None:
    breaker = OneBreaker(replace(DRAWDOWN, comparison=comparison))
    assert breaker.read(0, nav=0.9) == fired
    assert breaker.compared[0] != 0.1


def test_a_rule_fires_once_not_on_every_poll() -> None:
    breaker = OneBreaker(LOSS)
    assert breaker.read(0, 0.05) == NO_OUTCOME
    assert breaker.read(1, 0.15) == TRIGGERED
    assert [breaker.read(second, 0.2) for second in range(2, 61)] == [NO_OUTCOME] * 59
    assert breaker.state == "COOLING_DOWN"


def test_after_its_cooldown_a_rule_waits_for_its_reset_threshold_without_firing() -> None:
    breaker = OneBreaker(replace(LOSS, reset_threshold=0.05))
    breaker.read(0, 0.2)
    assert breaker.read(59.999, 0.2) == NO_OUTCOME
    assert breaker.read(60, 0.2) == STARTED_WAITING
    assert breaker.read(61, 0.07) == NO_OUTCOME
    assert breaker.state == "WAITING_RESET"
    assert breaker.read(62, 0.04) == REARMED
    assert breaker.read(63, 0.2) == TRIGGERED


def test_a_rule_whose_value_is_safe_when_the_cooldown_ends_is_armed_at_once() -> None:
    breaker = OneBreaker(LOSS)
    breaker.read(0, 0.2)
    assert breaker.read(60, 0.0) == REARMED
    assert breaker.state == "ARMED"


def test_a_condition_must_hold_for_its_time() -> None:
    breaker = OneBreaker(replace(LOSS, for_seconds=30.0))
    assert [breaker.read(second, 0.2) for second in (0, 29.999)] == [NO_OUTCOME] * 2
    assert breaker.read(30, 0.2) == TRIGGERED


@pytest.mark.parametrize("interruption", [0.05, None])
def test_a_safe_or_unknown_reading_starts_the_time_anew(interruption: float | None) -> None:
    breaker = OneBreaker(replace(LOSS, for_seconds=30.0))
    breaker.read(0, 0.2)
    breaker.read(20, interruption)
    assert not breaker.read(31, 0.2) & TRIGGERED
    assert not breaker.read(60, 0.2) & TRIGGERED
    assert breaker.read(61, 0.2) & TRIGGERED


@pytest.mark.parametrize("on_unknown", ["notify", "block_entries"])
@pytest.mark.parametrize("comparison", [">", ">=", "<", "<="])
def test_an_unknown_value_does_not_fire(on_unknown: str, comparison: str) -> None:
    breaker = OneBreaker(replace(LOSS, on_unknown=on_unknown, comparison=comparison))
    assert breaker.read(0, None) == BECAME_UNKNOWN
    assert breaker.state == "ARMED"


@pytest.mark.parametrize("comparison", [">", ">=", "<", "<="])
def test_an_unknown_value_is_never_safe(comparison: str) -> None:
    beyond = 0.2 if comparison.startswith(">") else 0.0
    breaker = OneBreaker(replace(LOSS, comparison=comparison, threshold=0.1, reset_threshold=0.1))
    breaker.read(0, beyond)
    breaker.read(60, None)
    assert breaker.state == "WAITING_RESET"


def test_an_unknown_value_fires_at_once_where_the_rule_says_so() -> None:
    breaker = OneBreaker(replace(LOSS, on_unknown="trigger", for_seconds=3600.0))
    assert breaker.read(0, None) == TRIGGERED | BECAME_UNKNOWN
    assert breaker.read(1, 0.0) == BECAME_KNOWN


def test_a_latched_rule_stays_until_a_person_resets_it() -> None:
    breaker = OneBreaker(replace(LOSS, latched=True))
    breaker.read(0, 0.2)
    breaker.read(10**6, 0.0)
    assert breaker.state == "LATCHED"
    breaker.reset()
    assert breaker.state == "WAITING_RESET"
    assert breaker.read(10**6 + 1, 0.2) == NO_OUTCOME
    assert breaker.read(10**6 + 2, 0.0) == REARMED


def trigger_at(*moments: float) -> OneBreaker:
    breaker = OneBreaker(replace(LOSS, cooldown_seconds=1.0))
    for moment in moments:
        breaker.read(moment - 1, 0.0)
        assert breaker.read(moment, 0.2) & TRIGGERED
    return breaker


def test_the_third_trigger_within_ten_minutes_acts_and_latches() -> None:
    breaker = trigger_at(0, 300)
    breaker.read(599, 0.0)
    assert breaker.read(600, 0.2) == TRIGGERED | THROTTLED
    assert breaker.state == "LATCHED"


def test_the_third_trigger_after_ten_minutes_does_not_latch() -> None:
    assert trigger_at(0, 300, 600.001).state == "COOLING_DOWN"


def test_the_first_trigger_after_a_reset_does_not_latch_again() -> None:
    breaker = trigger_at(0, 100, 200)
    breaker.reset()
    breaker.read(210, 0.0)
    assert breaker.read(211, 0.2) == TRIGGERED
    breaker.read(220, 0.0)
    assert breaker.read(221, 0.2) == TRIGGERED | THROTTLED


def test_an_all_time_peak_rises_in_every_state() -> None:
    breaker = OneBreaker(DRAWDOWN)
    breaker.read(0, nav=0.85)
    breaker.read(30, nav=1.5)
    assert breaker.state == "COOLING_DOWN"
    assert breaker.read(60, nav=1.4) == REARMED
    assert breaker.read(61, nav=1.34) == TRIGGERED


def test_a_rule_on_an_all_time_peak_says_that_it_cannot_re_arm() -> None:
    breaker = OneBreaker(DRAWDOWN)
    breaker.read(0, nav=0.85)
    assert breaker.read(60, nav=0.85) == STARTED_WAITING
    assert breaker.read(10**6, nav=0.85) == NO_OUTCOME
    assert breaker.state == "WAITING_RESET"


def test_a_peak_since_rearm_restarts_and_asks_for_no_threshold() -> None:
    breaker = OneBreaker(SINCE_REARM)
    breaker.read(0, nav=0.85)
    assert breaker.read(60, nav=0.8) == REARMED
    assert breaker.memory.peak[0] == 0.8
    assert breaker.read(61, nav=0.73) == NO_OUTCOME
    assert breaker.read(62, nav=0.72) == TRIGGERED


def test_a_peak_since_rearm_needs_a_known_nav_to_restart() -> None:
    breaker = OneBreaker(SINCE_REARM)
    breaker.read(0, nav=0.85)
    assert breaker.read(60, nav=None) == BECAME_UNKNOWN
    assert breaker.state == "COOLING_DOWN"
    assert breaker.read(61, nav=0.7) == REARMED | BECAME_KNOWN


def test_a_reset_restarts_a_peak_since_rearm_and_arms() -> None:
    breaker = OneBreaker(replace(SINCE_REARM, latched=True))
    breaker.read(0, nav=0.85)
    breaker.reset(nav=0.5)
    assert (breaker.state, breaker.memory.peak[0]) == ("ARMED", 0.5)


def test_a_reset_while_nav_is_unknown_arms_with_the_next_nav() -> None:
    breaker = OneBreaker(replace(SINCE_REARM, latched=True))
    breaker.read(0, nav=0.85)
    breaker.reset(nav=None)
    assert breaker.read(1, nav=0.6) == REARMED
    assert (breaker.state, breaker.memory.peak[0]) == ("ARMED", 0.6)


def test_a_restarted_nav_restarts_the_peak() -> None:
    breaker = OneBreaker(DRAWDOWN)
    breaker.read(0, nav=5.0)
    assert breaker.read(1, nav=1.0, restarted=True) == NO_OUTCOME
    assert breaker.compared[0] == 0.0


def test_a_row_that_is_not_evaluated_stays_as_it_is() -> None:
    rules, memory = pack_rules([LOSS]), new_memory(1)
    readings = pack_readings([0.5], [1.0], evaluated=[False])
    outcomes, values = np.ones(1, np.int64), np.zeros(1)
    assert not breaker_state.step_all(rules, memory, readings, 0, outcomes, values)
    assert (outcomes[0], values[0], memory.state[0]) == (0, 0.5, breaker_state.ARMED)
