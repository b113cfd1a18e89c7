"""The compiled state machine against the slow one, on random readings."""

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from etrms_core.kernels import breaker_state
from etrms_core.kernels.breaker_state import BECAME_KNOWN, BECAME_UNKNOWN, THROTTLED, TRIGGERED
from tests.kernels.breaker_rows import (
    COMPARISONS,
    ON_UNKNOWN,
    STATES,
    OneBreaker,
    new_memory,
    pack_readings,
    pack_rules,
)
from tests.kernels.inputs import generators
from tests.kernels.slow_breaker import SlowBreaker, SlowRule

DELAYS = (1.0, 5.0, 30.0, 60.0, 299.0, 300.0, 301.0, 4000.0)
VALUES = (0.0, 0.05, 0.1, 0.1, 0.15, 0.2, None)
NAVS = (0.8, 0.9, 0.95, 1.0, 1.0, 1.05, 1.2, None)

RULES = st.builds(
    SlowRule,
    comparison=st.sampled_from(COMPARISONS),
    threshold=st.sampled_from([0.05, 0.1, 0.15]),
    reset_threshold=st.sampled_from([0.05, 0.1]),
    for_seconds=st.sampled_from([0.0, 5.0, 60.0]),
    cooldown_seconds=st.sampled_from([0.0, 5.0, 300.0]),
    latched=st.booleans(),
    measures_peak=st.booleans(),
    since_rearm=st.booleans(),
    on_unknown=st.sampled_from(ON_UNKNOWN),
)
READINGS = st.lists(
    st.tuples(
        st.sampled_from(DELAYS),
        st.sampled_from(VALUES),
        st.sampled_from(NAVS),
        st.sampled_from(["", "", "", "reset", "restarted"]),
    ),
    max_size=40,
)


def draw_rule(generator: np.random.Generator) -> SlowRule:
    comparison = str(generator.choice(COMPARISONS, p=[0.4, 0.4, 0.1, 0.1]))
    return SlowRule(
        comparison=comparison,
        threshold=float(generator.choice([0.05, 0.1, 0.15])),
        reset_threshold=float(generator.choice([0.05, 0.1])),
        for_seconds=float(generator.choice([0.0, 0.0, 5.0, 60.0])),
        cooldown_seconds=float(generator.choice([0.0, 5.0, 60.0, 300.0])),
        latched=bool(generator.random() < 0.1),
        measures_peak=bool(generator.random() < 0.5),
        since_rearm=bool(generator.random() < 0.5),
        on_unknown=str(generator.choice(ON_UNKNOWN)),
    )


def pick(generator: np.random.Generator, choices: tuple[float | None, ...]) -> float | None:
    return choices[int(generator.integers(len(choices)))]


def test_random_sequences_give_exactly_the_same_states_and_triggers() -> None:
    seen: Counter[str] = Counter()
    for generator in generators(10):
        compare_many_rows(generator, seen)
    assert min(seen[name] for name in (*STATES, "triggered", "throttled", "unknown")) > 100


def compare_many_rows(generator: np.random.Generator, seen: Counter[str]) -> None:
    count = 30
    rules = [draw_rule(generator) for _ in range(count)]
    slow = [SlowBreaker(rule, peak=1.0) for rule in rules]
    compiled, memory = pack_rules(rules), new_memory(count)
    outcomes, values, now = np.zeros(count, np.int64), np.zeros(count), 0.0
    for _ in range(200):
        now += float(generator.choice(DELAYS))
        readings = [(pick(generator, VALUES), pick(generator, NAVS)) for _ in rules]
        restarted = [nav is not None and generator.random() < 0.02 for _, nav in readings]
        evaluated = (generator.random(count) < 0.9).tolist()
        packed = pack_readings(
            [value for value, _ in readings], [nav for _, nav in readings], restarted, evaluated
        )
        breaker_state.step_all(compiled, memory, packed, round(1000 * now), outcomes, values)
        for row, (value, nav) in enumerate(readings):
            fired = evaluated[row] and slow[row].read(now, value, nav, restarted=restarted[row])
            assert bool(outcomes[row] & TRIGGERED) == fired
            assert STATES[memory.state[row]] == slow[row].state
            assert memory.peak[row] == slow[row].peak
            seen.update({STATES[memory.state[row]]: 1, "triggered": fired})
            seen.update({"throttled": bool(outcomes[row] & THROTTLED)})
            seen.update({"unknown": bool(outcomes[row] & BECAME_UNKNOWN)})
            if slow[row].state == "LATCHED" and generator.random() < 0.05:
                slow[row].reset(nav)
                restarts = rules[row].measures_peak and rules[row].since_rearm
                breaker_state.reset_row(memory[row], packed.nav[row], restarts)


@settings(max_examples=300)
@given(RULES, READINGS)
def test_one_rule_lives_as_its_slow_twin(
    rule: SlowRule, readings: list[tuple[float, float | None, float | None, str]]
) -> None:
    slow, compiled, now, was_unknown = SlowBreaker(rule, peak=1.0), OneBreaker(rule), 0.0, False
    for delay, value, nav, happening in readings:
        now += delay
        if happening == "reset" and slow.state == "LATCHED":
            slow.reset(nav)
            compiled.reset(nav)
        restarted = happening == "restarted" and nav is not None
        fired = slow.read(now, value, nav, restarted=restarted)
        outcome = compiled.read(now, value, nav=nav, restarted=restarted)
        assert bool(outcome & TRIGGERED) == fired
        assert compiled.state == slow.state
        is_unknown = (nav if rule.measures_peak else value) is None
        assert bool(outcome & BECAME_UNKNOWN) == (is_unknown and not was_unknown)
        assert bool(outcome & BECAME_KNOWN) == (was_unknown and not is_unknown)
        was_unknown = is_unknown
