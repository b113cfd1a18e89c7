"""What people ask of the desk that acts, applied to its memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.events import DeskEvent, DeskEventKind, Event
from etrms_core.engine.breaker_reset import reset_breaker
from etrms_core.engine.kill_switch import disengage, engage, finish
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.storage_ports import DeskRequest, RequestKind
from etrms_core.errors import ConfigurationError


def due_requests(waiting: Sequence[DeskRequest], *, now: datetime) -> tuple[DeskRequest, ...]:
    """Return the wishes whose time has come, in order."""
    return tuple(each for each in waiting if each.due_at is None or each.due_at <= now)


def carry_out_requests(
    memory: CycleMemory,
    requests: Sequence[DeskRequest],
    rules: Sequence[BreakerRule],
    *,
    now: datetime,
) -> tuple[CycleMemory, tuple[Event, ...]]:
    """Apply requests in order; one that cannot be done becomes an event."""
    events: list[Event] = []
    for request in requests:
        try:
            memory, done = _carry_out(memory, request, rules, now)
            events += done
        except ConfigurationError as error:
            kind = DeskEventKind.REQUEST_REFUSED
            events.append(DeskEvent(now, kind, request.subject, str(error)))
    return memory, tuple(events)


def _carry_out(
    memory: CycleMemory, request: DeskRequest, rules: Sequence[BreakerRule], now: datetime
) -> tuple[CycleMemory, Sequence[Event]]:
    match request.kind:
        case RequestKind.RESET_BREAKER:
            return reset_breaker(memory, rules, request.subject, now=now)
        case RequestKind.TRIGGER_BREAKER:
            return replace(memory, forced=memory.forced | {request.subject}), ()
        case RequestKind.HALT | RequestKind.FLATTEN:
            flatten = request.kind is RequestKind.FLATTEN
            memory, event = engage(memory, reason=request.subject, flatten=flatten, now=now)
        case RequestKind.HALT_DONE:
            return finish(memory, now=now)
        case RequestKind.RESUME:
            memory, event = disengage(memory, who=request.subject, now=now)
    return memory, (event,)
