"""Rows of the compiled breaker state machine from plain rules."""

from collections.abc import Sequence

import numpy as np

from etrms_core.kernels import breaker_state
from etrms_core.kernels.arrays import Records, records
from etrms_core.kernels.breaker_state import MEMORY, READING, RULE
from tests.kernels.slow_breaker import SlowRule, number

STATES = ("ARMED", "COOLING_DOWN", "WAITING_RESET", "LATCHED")
COMPARISONS = (">", ">=", "<", "<=")
ON_UNKNOWN = ("notify", "block_entries", "trigger")
NO_OUTCOME = 0


def pack_rules(rules: Sequence[SlowRule]) -> Records:
    """Lay rules out as arrays."""
    return records(
        RULE,
        comparison=np.array([COMPARISONS.index(rule.comparison) for rule in rules]),
        threshold=np.array([rule.threshold for rule in rules]),
        reset_threshold=np.array([rule.reset_threshold for rule in rules]),
        for_ms=np.array([round(1000 * rule.for_seconds) for rule in rules]),
        cooldown_ms=np.array([round(1000 * rule.cooldown_seconds) for rule in rules]),
        latched=np.array([rule.latched for rule in rules]),
        measures_peak=np.array([rule.measures_peak for rule in rules]),
        peak_since_rearm=np.array([rule.since_rearm for rule in rules]),
        on_unknown=np.array([ON_UNKNOWN.index(rule.on_unknown) for rule in rules]),
    )


def new_memory(count: int, *, peak: float = 1.0) -> Records:
    """Start every row ARMED with its peak at a NAV."""
    return records(
        MEMORY,
        state=np.full(count, breaker_state.ARMED),
        peak=np.full(count, peak),
        breach_since_ms=np.full(count, breaker_state.NEVER_MS),
        triggered_at_ms=np.full(count, breaker_state.NEVER_MS),
        previous_trigger_ms=np.full(count, breaker_state.NEVER_MS),
        is_unknown=np.zeros(count, np.bool_),
    )


def pack_readings(
    values: Sequence[float | None],
    navs: Sequence[float | None],
    restarted: Sequence[bool] | None = None,
    evaluated: Sequence[bool] | None = None,
) -> Records:
    """Lay out one reading per row; None is unknown."""
    count = len(values)
    return records(
        READING,
        value=np.array([number(value) for value in values]),
        nav=np.array([number(nav) for nav in navs]),
        nav_restarted=np.array([False] * count if restarted is None else restarted),
        is_evaluated=np.array([True] * count if evaluated is None else evaluated),
    )


class OneBreaker:
    """A single compiled row that is stepped by hand."""

    def __init__(self, rule: SlowRule) -> None:
        self.rules = pack_rules([rule])
        self.memory = new_memory(1)
        self.compared = np.zeros(1)

    def read(
        self,
        seconds: float,
        value: float | None = None,
        *,
        nav: float | None = 1.0,
        restarted: bool = False,
    ) -> int:
        """Take one reading; return what happened as bits."""
        outcomes = np.zeros(1, np.int64)
        readings = pack_readings([value], [nav], [restarted])
        moment = round(1000 * seconds)
        breaker_state.step_all(self.rules, self.memory, readings, moment, outcomes, self.compared)
        return int(outcomes[0])

    def reset(self, nav: float | None = 1.0) -> None:
        """Reset the row as a person does."""
        restarts = bool(self.rules.measures_peak[0] and self.rules.peak_since_rearm[0])
        breaker_state.reset_row(self.memory[0], number(nav), restarts)

    @property
    def state(self) -> str:
        """Name of the row's state."""
        return STATES[int(self.memory.state[0])]
