"""Breakers at one reading: states, triggers, plans, and what they forbid afterwards."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from etrms_core.breakers.breaker_book import (
    BreakerBook,
    BreakerStep,
    InstanceTable,
    align_breakers,
    step_breakers,
)
from etrms_core.breakers.rules import Evaluate, OnUnknown
from etrms_core.domain.commands import Command
from etrms_core.domain.events import BreakerEvent, BreakerEventKind, Event
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.breaker_sentences import (
    breaker_event,
    outcome_events,
    unknown_reason,
    why,
)
from etrms_core.engine.manual_trigger import ForcedStep, force_triggers, why_by_hand
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.merging import Plan
from etrms_core.engine.owed_actions import settle_owed
from etrms_core.engine.planning import Trigger, plan_trigger
from etrms_core.engine.reading import Reading
from etrms_core.engine.restrictions import Restriction, TradingState, still_active
from etrms_core.engine.shadow_mode import shadow_events
from etrms_core.kernels import breaker_state as states
from etrms_core.kernels.arrays import BoolArray, FloatArray, Records, records
from etrms_core.kernels.breaker_state import READING
from etrms_core.kernels.drawdown import drawdown_fraction
from etrms_core.risk.calendar import to_ms
from etrms_core.risk.metrics import COLUMN, Metric


@dataclass(frozen=True, slots=True, eq=False)
class BreakerDecision:
    """What the breakers decided at one reading, with the memory after it."""

    memory: CycleMemory
    commands: tuple[Command, ...]
    events: tuple[Event, ...]


def start_breakers(reading: Reading, previous: CycleMemory) -> CycleMemory:
    """Give every rule instance its state without evaluating it."""
    book = align_breakers(previous.breakers, reading.instances, _navs(reading))
    return replace(reading.memory, breakers=book)


def evaluate_breakers(
    reading: Reading, previous: CycleMemory, policy: RiskPolicy
) -> BreakerDecision:
    """Advance every instance, plan what fires, and derive what is blocked.

    What a person wants to fire by hand is fired or refused, and no longer wanted afterwards.
    """
    instances = reading.instances
    book = align_breakers(previous.breakers, instances, _navs(reading))
    readings = _readings(reading, previous, policy)
    natural = step_breakers(book, instances, readings, as_of_ms=to_ms(reading.snapshot.as_of))
    forced = force_triggers(reading, natural, readings, previous.forced)
    step, plan = forced.step, _plan(reading, forced)
    owed = settle_owed(plan, reading, step, previous.owed, readings.is_evaluated)
    plan.events += _pauses_ended(previous, reading)
    restrictions = _restrictions(previous, plan, reading.snapshot.as_of)
    memory = replace(
        reading.memory,
        breakers=step.book,
        restrictions=restrictions,
        blocks=(*restrictions, *_standing_blocks(reading, step.book)),
        owed=owed,
        forced=frozenset(),
    )
    return BreakerDecision(memory, plan.commands, (*forced.refusals, *plan.events))


def _plan(reading: Reading, forced: ForcedStep) -> Plan:
    plan, step, snapshot = Plan(), forced.step, reading.snapshot
    for row in np.flatnonzero(step.outcomes):
        by_hand = int(row) in forced.rows
        trigger = _trigger(reading, step, int(row), by_hand=by_hand)
        told = outcome_events(reading.instances, step, int(row), snapshot)
        plan.events += _told_by_hand(told, trigger.reason) if by_hand else told
        if step.outcomes[row] & states.TRIGGERED:
            if trigger.rule.shadow:
                plan.events += shadow_events(trigger, snapshot, reading.layout)
            else:
                plan_trigger(plan, trigger, snapshot, reading.layout)
    return plan


def _told_by_hand(events: Iterator[BreakerEvent], reason: str) -> Iterator[BreakerEvent]:
    for event in events:
        is_trigger = event.kind is BreakerEventKind.TRIGGERED
        yield replace(event, detail=reason) if is_trigger else event


def _restrictions(previous: CycleMemory, plan: Plan, now: datetime) -> tuple[Restriction, ...]:
    """Add the new restrictions; one until reset replaces its predecessor of the same rule."""
    renewed = {(each.scope, each.source) for each in plan.restrictions if each.until is None}
    standing = (
        each
        for each in still_active(previous.restrictions, now=now)
        if each.until is not None or (each.scope, each.source) not in renewed
    )
    return (*standing, *plan.restrictions)


def _navs(reading: Reading) -> FloatArray:
    return reading.snapshot.values[:, COLUMN[Metric.NAV]]


def _readings(reading: Reading, previous: CycleMemory, policy: RiskPolicy) -> Records:
    instances, values = reading.instances, reading.snapshot.values
    navs = _navs(reading)[instances.scope]
    measured = values[instances.scope, instances.column].copy()
    for row in np.flatnonzero(instances.from_day_start):
        loss = values[instances.scope[row], COLUMN[Metric.DAILY_LOSS]]
        measured[row] = np.maximum(loss, 0.0)
    for row in np.flatnonzero(instances.from_initial):
        measured[row] = np.nan if np.isnan(navs[row]) else drawdown_fraction(navs[row], 1.0)
    return records(
        READING,
        value=measured,
        nav=navs,
        nav_restarted=reading.nav_restarted[instances.scope],
        is_evaluated=_evaluated(reading, previous, policy),
    )


def _evaluated(reading: Reading, previous: CycleMemory, policy: RiskPolicy) -> BoolArray:
    closed = _bar_closed(previous, reading, policy)
    judged = [
        rule.enabled and (closed or rule.evaluate is Evaluate.TICK)
        for rule in reading.instances.rules
    ]
    rules = np.array(judged, np.bool_)[reading.instances.rule]
    return rules & ~reading.held_scopes[reading.instances.scope]


def _bar_closed(previous: CycleMemory, reading: Reading, policy: RiskPolicy) -> bool:
    if previous.as_of is None:
        return True
    bar_ms = policy.bar_seconds * 1000
    return to_ms(previous.as_of) // bar_ms < to_ms(reading.snapshot.as_of) // bar_ms


def _trigger(reading: Reading, step: BreakerStep, row: int, *, by_hand: bool) -> Trigger:
    instances, snapshot = reading.instances, reading.snapshot
    rule, scope = instances.rules[instances.rule[row]], instances.scopes[instances.scope[row]]
    value = float(step.values[row])
    if by_hand:
        reason = why_by_hand(rule, scope, value, snapshot)
        return Trigger(rule, scope, reason, by_hand=True)
    return Trigger(rule, scope, why(rule, scope, value, reason=unknown_reason(snapshot, scope)))


def _pauses_ended(previous: CycleMemory, reading: Reading) -> Iterator[BreakerEvent]:
    now = reading.snapshot.as_of
    rules = {rule.rule_id: rule for rule in reading.instances.rules}
    for restriction in previous.restrictions:
        rule = rules.get(restriction.source)
        over = restriction.until is not None and now >= restriction.until
        if over and rule is not None:
            yield breaker_event(
                rule,
                restriction.scope,
                BreakerEventKind.RESET,
                f"the pause of {restriction.scope} is over",
                occurred_at=now,
            )


def _standing_blocks(reading: Reading, book: BreakerBook) -> Iterator[Restriction]:
    """Entries stay blocked while a rule waits, is latched, or cannot know its metric."""
    instances = reading.instances
    memory = book.memory
    waiting = (memory.state == states.WAITING_RESET) | (memory.state == states.LATCHED)
    for row in np.flatnonzero(instances.may_block & (waiting | memory.is_unknown)):
        rule = instances.rules[instances.rule[row]]
        reason = _block_reason(instances, book, int(row))
        if reason is not None:
            yield Restriction(
                instances.scopes[instances.scope[row]],
                TradingState.REDUCING,
                reading.snapshot.as_of,
                None,
                rule.rule_id,
                f"{rule.name}: {reason}",
            )


def _block_reason(instances: InstanceTable, book: BreakerBook, row: int) -> str | None:
    rule = instances.rules[instances.rule[row]]
    if book.memory.state[row] == states.LATCHED:
        return "latched until a person resets it"
    if book.memory.state[row] == states.WAITING_RESET:
        return f"waits until {rule.metric.value} is back at {rule.effective_reset_threshold:g}"
    if rule.on_unknown is OnUnknown.BLOCK_ENTRIES:
        return f"{rule.metric.value} is unknown"
    return None
