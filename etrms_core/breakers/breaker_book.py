"""Rules spread over the scopes they watch, and the state of each instance."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from etrms_core.breakers.rules import (
    COMPARISON_CODES,
    BreakerRule,
    DrawdownBasis,
    DrawdownPeak,
    OnUnknown,
)
from etrms_core.domain.identifiers import Scope
from etrms_core.kernels import breaker_state
from etrms_core.kernels.arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    Records,
    copied,
    records,
)
from etrms_core.kernels.breaker_state import MEMORY, RULE
from etrms_core.risk.metrics import COLUMN, Metric

InstanceKey = tuple[str, Scope]
ON_UNKNOWN_CODES = {
    OnUnknown.NOTIFY: breaker_state.ON_UNKNOWN_NOTIFY,
    OnUnknown.BLOCK_ENTRIES: breaker_state.ON_UNKNOWN_BLOCK,
    OnUnknown.TRIGGER: breaker_state.ON_UNKNOWN_TRIGGER,
}


def _no_memory() -> Records:
    return np.zeros(0, MEMORY).view(np.recarray)


@dataclass(frozen=True, slots=True, eq=False)
class BreakerBook:
    """State of every (rule, scope instance); arrays are never changed in place."""

    keys: tuple[InstanceKey, ...] = ()
    memory: Records = field(default_factory=_no_memory)


@dataclass(frozen=True, slots=True, eq=False)
class InstanceTable:
    """Rules compiled for the scopes that exist: one row per (rule, scope instance).

    `rule` and `scope` index into `rules` and `scopes`; `column` is the metric's column.
    """

    rules: tuple[BreakerRule, ...]
    scopes: tuple[Scope, ...]
    keys: tuple[InstanceKey, ...]
    rule: IntArray
    scope: IntArray
    column: IntArray
    arrays: Records
    from_day_start: BoolArray
    from_initial: BoolArray
    may_block: BoolArray


def compile_rules(rules: Sequence[BreakerRule], scopes: Sequence[Scope]) -> InstanceTable:
    """Spread rules over the scopes they watch, in saved order."""
    rows = [
        (number, position)
        for number, rule in enumerate(rules)
        for position, scope in enumerate(scopes)
        if scope.kind is rule.scope.kind and rule.scope.name in ("", scope.name)
    ]
    own = [rules[number] for number, _ in rows]
    drawdown = [rule.metric is Metric.DRAWDOWN for rule in own]
    return InstanceTable(
        rules=tuple(rules),
        scopes=tuple(scopes),
        keys=tuple((rules[number].rule_id, scopes[position]) for number, position in rows),
        rule=np.array([number for number, _ in rows], np.int64),
        scope=np.array([position for _, position in rows], np.int64),
        column=np.array([COLUMN[rule.metric] for rule in own], np.int64),
        arrays=_rule_arrays(own),
        from_day_start=np.array(drawdown, np.bool_)
        & np.array([rule.drawdown_basis is DrawdownBasis.DAY_START for rule in own], np.bool_),
        may_block=np.array([rule.enabled and rule.may_act for rule in own], np.bool_),
        from_initial=np.array(drawdown, np.bool_)
        & np.array([rule.drawdown_basis is DrawdownBasis.INITIAL for rule in own], np.bool_),
    )


def _rule_arrays(own: Sequence[BreakerRule]) -> Records:
    return records(
        RULE,
        comparison=np.array([COMPARISON_CODES[rule.comparison] for rule in own], np.int64),
        threshold=np.array([rule.threshold for rule in own], np.float64),
        reset_threshold=np.array([rule.effective_reset_threshold for rule in own], np.float64),
        for_ms=np.array([round(rule.for_seconds * 1000) for rule in own], np.int64),
        cooldown_ms=np.array([round(rule.cooldown_seconds * 1000) for rule in own], np.int64),
        latched=np.array([rule.latched for rule in own], np.bool_),
        measures_peak=np.array([rule.measures_peak for rule in own], np.bool_),
        peak_since_rearm=np.array(
            [rule.drawdown_peak is DrawdownPeak.SINCE_REARM for rule in own], np.bool_
        ),
        on_unknown=np.array([ON_UNKNOWN_CODES[rule.on_unknown] for rule in own], np.int64),
    )


def align_breakers(book: BreakerBook, table: InstanceTable, navs: FloatArray) -> BreakerBook:
    """Give every instance its state: the old one, or ARMED with its peak at the present NAV.

    Parameters
    ----------
    navs : ndarray of shape (n_scopes,)
        NAV of each scope now; NaN starts a peak at 0, which the first known NAV raises.
    """
    if book.keys == table.keys:
        return book
    previous = {key: row for row, key in enumerate(book.keys)}
    n_rows = len(table.keys)
    memory = records(
        MEMORY,
        state=np.full(n_rows, breaker_state.ARMED, np.int64),
        peak=np.nan_to_num(navs[table.scope], nan=0.0),
        breach_since_ms=np.full(n_rows, breaker_state.NEVER_MS, np.int64),
        triggered_at_ms=np.full(n_rows, breaker_state.NEVER_MS, np.int64),
        previous_trigger_ms=np.full(n_rows, breaker_state.NEVER_MS, np.int64),
        is_unknown=np.zeros(n_rows, np.bool_),
    )
    for row, key in enumerate(table.keys):
        if key in previous:
            memory[row] = book.memory[previous[key]]
    return BreakerBook(table.keys, memory)


@dataclass(frozen=True, slots=True, eq=False)
class BreakerStep:
    """What one reading did: states after it, outcome bits and compared values by row."""

    book: BreakerBook
    outcomes: IntArray
    values: FloatArray


def step_breakers(
    book: BreakerBook, table: InstanceTable, readings: Records, *, as_of_ms: int
) -> BreakerStep:
    """Advance every evaluated instance by one reading; `book` stays as it was."""
    memory = copied(book.memory)
    outcomes = np.zeros(len(table.keys), np.int64)
    values = np.empty(len(table.keys))
    breaker_state.step_all(table.arrays, memory, readings, as_of_ms, outcomes, values)
    return BreakerStep(BreakerBook(table.keys, memory), outcomes, values)
