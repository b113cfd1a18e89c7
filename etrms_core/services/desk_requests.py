"""What people ask of the desk that acts, applied to its memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.events import DeskEvent, DeskEventKind, Event
from etrms_core.engine.breaker_reset import reset_breaker
from etrms_core.engine.kill_switch import disengage, engage, finish
from etrms_core.engine.manual_pause import end_pause, pause
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.storage_ports import DeskRequest, RequestKind
from etrms_core.errors import ConfigurationError


def due_requests(waiting: Sequence[DeskRequest], *, now: datetime) -> tuple[DeskRequest, ...]:
    """Return the wishes for the next cycle whose time has come, in order."""
    return tuple(
        each
        for each in waiting
        if each.kind is not RequestKind.CHANGE and (each.due_at is None or each.due_at <= now)
    )


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
        case RequestKind.HALT_DONE:
            return finish(memory, now=now)
        case _:
            memory, event = _stopped_or_resumed(memory, request, now)
            return memory, (event,)


def _stopped_or_resumed(
    memory: CycleMemory, request: DeskRequest, now: datetime
) -> tuple[CycleMemory, Event]:
    match request.kind:
        case RequestKind.HALT | RequestKind.FLATTEN:
            flatten = request.kind is RequestKind.FLATTEN
            return engage(memory, reason=request.subject, flatten=flatten, now=now)
        case RequestKind.RESUME:
            return disengage(memory, who=request.subject, now=now)
        case RequestKind.PAUSE:
            return _paused(memory, request, now)
        case RequestKind.END_PAUSE:
            return end_pause(memory, who=request.subject, now=now)
        case other:
            raise ConfigurationError(f"{other.value} is not carried out by a cycle")


def _paused(
    memory: CycleMemory, request: DeskRequest, now: datetime
) -> tuple[CycleMemory, DeskEvent]:
    seconds, _, reason = request.subject.partition(" ")
    try:
        until = request.requested_at + timedelta(seconds=float(seconds))
    except (ValueError, OverflowError) as error:
        raise ConfigurationError("a pause lasts a number of seconds") from error
    return pause(memory, until=until, reason=reason, now=now)
