"""Breaker outcomes as events, each with one sentence and its numbers."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from math import isnan

from etrms_core.breakers.breaker_book import BreakerStep, InstanceTable
from etrms_core.breakers.rules import BreakerRule, OnUnknown
from etrms_core.domain.events import BreakerEvent, BreakerEventKind
from etrms_core.domain.identifiers import PORTFOLIO, Scope
from etrms_core.kernels import breaker_state as states
from etrms_core.risk.metrics import CATALOGUE, Metric, Unit
from etrms_core.risk.snapshot import RiskSnapshot


def in_words(metric: Metric, value: float) -> str:
    """Write a value with its unit."""
    match CATALOGUE[metric].unit:
        case Unit.FRACTION:
            return f"{value:.4%}"
        case Unit.MONEY:
            return f"{value:,.2f} USD"
        case Unit.MULTIPLE:
            return f"{value:.4g}x"
        case Unit.SECONDS:
            return f"{value:.0f} s"
        case Unit.COUNT:
            return f"{value:.0f}"


def breaker_event(
    rule: BreakerRule,
    scope: Scope,
    kind: BreakerEventKind,
    detail: str,
    *,
    occurred_at: datetime,
    action: str = "",
) -> BreakerEvent:
    """Build an event of one instance that carries no value."""
    return BreakerEvent(
        occurred_at, kind, rule.rule_id, rule.name, scope, None, rule.threshold, action, detail
    )


def outcome_events(
    table: InstanceTable, step: BreakerStep, row: int, snapshot: RiskSnapshot
) -> Iterator[BreakerEvent]:
    """Say what one reading did to one instance."""
    rule = table.rules[table.rule[row]]
    scope = table.scopes[table.scope[row]]
    bits, value = int(step.outcomes[row]), float(step.values[row])
    state = int(step.book.memory.state[row])
    actions = ", ".join(str(action) for action in rule.actions)
    if rule.shadow:
        actions = f"shadow mode, none of it carried out: {actions}"
    for bit, kind, detail in _told(rule, scope, snapshot, bits, value, state):
        if bits & bit:
            action = actions if kind is BreakerEventKind.TRIGGERED else ""
            event = breaker_event(
                rule, scope, kind, detail, occurred_at=snapshot.as_of, action=action
            )
            yield replace(event, value=None if isnan(value) else value)


def unknown_reason(snapshot: RiskSnapshot, scope: Scope) -> str | None:
    """Say why values of a scope are unknown: its own reason, or the portfolio's."""
    return snapshot.reasons.get(scope) or snapshot.reasons.get(PORTFOLIO)


def why(rule: BreakerRule, scope: Scope, value: float, *, reason: str | None) -> str:
    """Say in one sentence why a rule fired."""
    if isnan(value):
        return f"{rule.metric.value} of {scope} is unknown ({reason or 'no reading'})"
    held = f" for {rule.for_seconds:g} s" if rule.for_seconds else ""
    is_value, threshold = in_words(rule.metric, value), in_words(rule.metric, rule.threshold)
    if is_value == threshold and value != rule.threshold:
        # Rounding must not hide by what the rule fired.
        is_value = f"{is_value} ({value!r})"
    return (
        f"{rule.metric.value} of {scope} is {is_value}, {rule.comparison.value} {threshold}{held}"
    )


def _told(
    rule: BreakerRule, scope: Scope, snapshot: RiskSnapshot, bits: int, value: float, state: int
) -> tuple[tuple[int, BreakerEventKind, str], ...]:
    reason = unknown_reason(snapshot, scope)
    blocks = rule.on_unknown is OnUnknown.BLOCK_ENTRIES and rule.may_act
    unknown_kind = BreakerEventKind.BLOCKED if blocks else BreakerEventKind.ERROR
    known = "unknown" if isnan(value) else in_words(rule.metric, value)
    reset_at = in_words(rule.metric, rule.effective_reset_threshold)
    return (
        (
            states.BECAME_UNKNOWN,
            unknown_kind,
            f"{rule.metric.value} of {scope} is unknown: {reason or 'no reading'}"
            + ("; entries are blocked" if blocks else ""),
        ),
        (
            states.STARTED_WAITING,
            BreakerEventKind.WAITING_RESET,
            f"the cooldown is over, but {rule.metric.value} is {known}, "
            f"not yet on the safe side of {reset_at}",
        ),
        (states.REARMED, BreakerEventKind.REARMED, f"armed again, {rule.metric.value} {known}"),
        (states.TRIGGERED, BreakerEventKind.TRIGGERED, why(rule, scope, value, reason=reason)),
        (states.TRIGGERED, *_after_trigger(rule, snapshot.as_of, bits, state)),
    )


def _after_trigger(
    rule: BreakerRule, as_of: datetime, bits: int, state: int
) -> tuple[BreakerEventKind, str]:
    if state != states.LATCHED:
        until = as_of + timedelta(seconds=rule.cooldown_seconds)
        return BreakerEventKind.COOLING_DOWN, f"until {until.isoformat(timespec='seconds')}"
    if bits & states.THROTTLED:
        return BreakerEventKind.LATCHED, "third trigger within 10 minutes: a person must reset it"
    return BreakerEventKind.LATCHED, "a person must reset it"
