"""What people ask of the running desk from another process."""

from collections.abc import Sequence
from datetime import datetime

from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.events import DeskEvent, DeskEventKind, Event
from etrms_core.engine.breaker_reset import reset_breaker
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.ports import DeskStore, RequestKind
from etrms_core.errors import ConfigurationError


def carry_out_requests(
    store: DeskStore, memory: CycleMemory, rules: Sequence[BreakerRule], *, now: datetime
) -> tuple[CycleMemory, tuple[Event, ...]]:
    """Apply every waiting request to the memory; one that cannot be done becomes an event."""
    events: list[Event] = []
    for request in store.take_requests():
        match request.kind:
            case RequestKind.RESET_BREAKER:
                try:
                    memory, done = reset_breaker(memory, rules, request.subject, now=now)
                    events += done
                except ConfigurationError as error:
                    events.append(
                        DeskEvent(now, DeskEventKind.REQUEST_REFUSED, request.subject, str(error))
                    )
    return memory, tuple(events)
