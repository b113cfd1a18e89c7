"""From a change to what it writes, and to the fingerprint of what it must find."""

from collections.abc import Set
from dataclasses import asdict, replace
from datetime import datetime
from typing import assert_never

from etrms_core.breakers.rule_document import rule_mapping
from etrms_core.breakers.rules import find_rule
from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.engine.change_document import PendingChange, fingerprint, read_pending
from etrms_core.engine.change_ports import Settlement, Swap
from etrms_core.engine.changes import (
    Change,
    CommitSettings,
    EditRules,
    EndPause,
    ResetBreaker,
    ResumeTrading,
    SetLimits,
    Standing,
    changed_rules,
    told_change,
)
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.limits_document import limits_mapping
from etrms_core.engine.storage_ports import KILLS, DeskRequest, RequestKind
from etrms_core.errors import ConfigurationError

SUBJECT = "commitment"
MOST_STOPS = 1_000_000


def applied(change: Change, standing: Standing, *, by: str, now: datetime) -> Settlement:
    """Return what a change writes now, given what stands; ConfigurationError when it cannot be."""
    told = told_change(change, standing)
    match change:
        case EditRules():
            after = changed_rules(change, standing.rules)
            return Settlement(
                rules=Swap(standing.rules, after),
                events=(DeskEvent(now, DeskEventKind.RULES_CHANGED, "breakers", told),),
            )
        case SetLimits(limits=limits):
            return Settlement(
                limits=Swap(standing.limits, limits),
                events=(DeskEvent(now, DeskEventKind.LIMITS_CHANGED, "limits", told),),
            )
        case ResetBreaker(rule_id=rule_id):
            find_rule(standing.rules, rule_id)
            return Settlement(added=DeskRequest(RequestKind.RESET_BREAKER, rule_id, now))
        case ResumeTrading():
            return Settlement(added=DeskRequest(RequestKind.RESUME, by, now))
        case EndPause():
            return Settlement(added=DeskRequest(RequestKind.END_PAUSE, by, now))
        case CommitSettings(settings=settings):
            return Settlement(
                settings=Swap(standing.settings, settings),
                events=(DeskEvent(now, DeskEventKind.SETTINGS_CHANGED, "settings", told),),
            )
    assert_never(change)


def final_step(
    request: DeskRequest, standing: Standing, stores: DeskStores, *, now: datetime
) -> Settlement:
    """Return what settles a change whose time has come: it is made, or refused with a reason."""
    number = request.number
    try:
        pending = read_pending(request)
        step = _unless_changed(pending, standing, stores, now=now)
    except ConfigurationError as error:
        text = f"change {number} is not made: {error} ({sentence_of(request)})"
        event = DeskEvent(now, DeskEventKind.REQUEST_REFUSED, SUBJECT, text)
        return Settlement(taken=number, events=(event,))
    asked = f"{pending.by} asked for it at {pending.requested_at.isoformat(timespec='seconds')}"
    text = f"change {number} is made ({asked}): {pending.sentence}"
    made = DeskEvent(now, DeskEventKind.CHANGE_MADE, SUBJECT, text)
    return replace(step, taken=number, events=(*step.events, made))


def sentence_of(request: DeskRequest) -> str:
    """Say what a waiting change changes, as it was asked for."""
    try:
        return read_pending(request).sentence
    except ConfigurationError:
        return "its text cannot be read"


def _unless_changed(
    pending: PendingChange, standing: Standing, stores: DeskStores, *, now: datetime
) -> Settlement:
    if expectation(pending.change, standing, stores) != pending.expected:
        raise ConfigurationError("what it changes is not what it was when it was asked for")
    return applied(pending.change, standing, by=pending.by, now=now)


def expectation(change: Change, standing: Standing, stores: DeskStores) -> str:
    """Return the fingerprint of what a change would replace; it must not change while it waits."""
    return fingerprint(_replaced(change, standing, stores))


def _replaced(change: Change, standing: Standing, stores: DeskStores) -> object:
    known = {rule.rule_id: rule_mapping(rule) for rule in standing.rules}
    match change:
        case EditRules(edits=edits):
            return [[rule_id, known.get(rule_id)] for rule_id, _ in edits]
        case SetLimits():
            return limits_mapping(standing.limits)
        case ResetBreaker(rule_id=rule_id):
            return [known.get(rule_id), _latches(rule_id, stores)]
        case ResumeTrading():
            return _stops(stores, DeskEventKind.TRADING_HALTED, KILLS)
        case EndPause():
            return _stops(stores, DeskEventKind.TRADING_PAUSED, {RequestKind.PAUSE})
        case CommitSettings():
            return None if standing.settings is None else asdict(standing.settings)
    assert_never(change)


def _latches(rule_id: str, stores: DeskStores) -> list[object]:
    """List what a reset would let go: a newer latch is another one."""
    memory = stores.desk.load_memory()
    rows = zip(memory.breakers.keys, memory.breakers.memory, strict=True)
    latches = [
        [str(scope), int(row.state), int(row.triggered_at_ms)]
        for (owner, scope), row in rows
        if owner == rule_id
    ]
    held = [
        [str(each.scope), each.since.isoformat()]
        for each in memory.restrictions
        if each.source == rule_id and each.until is None
    ]
    return [latches, held]


def _stops(stores: DeskStores, told_by: DeskEventKind, asked_by: Set[RequestKind]) -> int:
    """Count how often trading was stopped, with what waits to be: one more is another stop."""
    told = stores.desk.events(kinds=[told_by], limit=MOST_STOPS)
    return len(told) + sum(request.kind in asked_by for request in stores.desk.requests())
