"""Reductions that a trigger left out because a venue was stale: made up for once, on fresh data.

An owed reduction is carried out when the accounts it waits for are fresh, the condition still
holds and the rule neither has been armed again nor went over to shadow mode; otherwise it lapses.
"""

from collections.abc import Mapping

import numpy as np

from etrms_core.breakers.breaker_book import BreakerStep, InstanceKey
from etrms_core.breakers.rules import COMPARISON_CODES
from etrms_core.domain.events import BreakerEventKind
from etrms_core.domain.identifiers import PositionKey
from etrms_core.engine.breaker_sentences import breaker_event, in_words, why
from etrms_core.engine.merging import Plan
from etrms_core.engine.planning import Trigger, is_allowed, plan_owed
from etrms_core.engine.reading import Reading
from etrms_core.kernels import breaker_state as states
from etrms_core.kernels.arrays import BoolArray

Owed = Mapping[InstanceKey, tuple[PositionKey, ...]]


def settle_owed(
    plan: Plan, reading: Reading, step: BreakerStep, owed: Owed, evaluated: BoolArray
) -> dict[InstanceKey, tuple[PositionKey, ...]]:
    """Carry out what earlier triggers owe and may do now; return what stays owed.

    Parameters
    ----------
    owed : mapping
        As the last cycle left it.
    evaluated : ndarray of shape (n_instances,)
        Instances that were judged at this reading; the others keep what they owe.
    """
    left = dict(plan.owed)
    if not owed:
        return left
    rows = {key: row for row, key in enumerate(step.book.keys)}
    for key, positions in owed.items():
        row = rows.get(key)
        open_keys = tuple(each for each in positions if each in reading.snapshot.table.keys)
        if row is None or not open_keys or step.outcomes[row] & states.TRIGGERED:
            continue
        if not evaluated[row] or not _settle(plan, reading, step, row, open_keys):
            left[key] = open_keys
    return left


def _settle(
    plan: Plan, reading: Reading, step: BreakerStep, row: int, positions: tuple[PositionKey, ...]
) -> bool:
    instances, snapshot, layout = reading.instances, reading.snapshot, reading.layout
    rule, scope = instances.rules[instances.rule[row]], instances.scopes[instances.scope[row]]
    value = float(step.values[row])
    if rule.shadow or step.book.memory.state[row] == states.ARMED:
        return True
    reason = f"made up for on fresh data: {why(rule, scope, value, reason=None)}"
    trigger = Trigger(rule, scope, reason, frozenset(positions))
    rows = [snapshot.table.keys.index(key) for key in positions]
    if np.isnan(value) or not all(is_allowed(each, trigger, snapshot, layout) for each in rows):
        return False
    if states.holds(COMPARISON_CODES[rule.comparison], value, rule.threshold):
        plan_owed(plan, trigger, snapshot, layout)
        return True
    text = f"owes no reduction any more: {rule.metric.value} is {in_words(rule.metric, value)}"
    kind = BreakerEventKind.RESET
    plan.events.append(breaker_event(rule, scope, kind, text, occurred_at=snapshot.as_of))
    return True
