"""What happened on the desk, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.presenters.cells import Cell, Tone
from app.presenters.times import clock_and_date
from etrms_core.domain.events import (
    BreakerEvent,
    BreakerEventKind,
    DeskEvent,
    DeskEventKind,
    Event,
)
from etrms_core.engine.storage_ports import StoredEvent

TONES: dict[BreakerEventKind | DeskEventKind, Tone] = {
    BreakerEventKind.TRIGGERED: Tone.BAD,
    BreakerEventKind.ERROR: Tone.BAD,
    BreakerEventKind.LATCHED: Tone.BAD,
    BreakerEventKind.BLOCKED: Tone.WARNING,
    BreakerEventKind.COOLING_DOWN: Tone.WARNING,
    BreakerEventKind.WAITING_RESET: Tone.WARNING,
    BreakerEventKind.REARMED: Tone.GOOD,
    DeskEventKind.SOURCE_STALE: Tone.WARNING,
    DeskEventKind.SOURCE_UNKNOWN: Tone.BAD,
    DeskEventKind.SOURCE_ERROR: Tone.BAD,
    DeskEventKind.SOURCE_FRESH: Tone.GOOD,
    DeskEventKind.CLOCK_JUMPED: Tone.WARNING,
    DeskEventKind.CLOCK_WENT_BACK: Tone.WARNING,
    DeskEventKind.TRANSFER_LOST: Tone.BAD,
    DeskEventKind.EQUITY_JUMP_HELD: Tone.WARNING,
    DeskEventKind.POSITION_LIQUIDATED: Tone.BAD,
    DeskEventKind.ORDER_REFUSED: Tone.WARNING,
    DeskEventKind.MONITOR_ERROR: Tone.BAD,
}


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event with its sentence."""

    time: Cell
    kind: Cell
    subject: Cell
    sentence: Cell


def event_rows(
    events: Sequence[StoredEvent], *, zone: ZoneInfo, now: datetime
) -> tuple[EventRow, ...]:
    """Show stored events in the order given."""
    return tuple(_row(stored.event, zone, now) for stored in events)


def kind_in_words(event: Event) -> str:
    """Name what happened: "Position opened", "Breaker triggered"."""
    words = event.kind.value.replace("_", " ")
    return f"Breaker {words}" if isinstance(event, BreakerEvent) else words.capitalize()


def sentence(event: Event) -> str:
    """Say what happened in one sentence, with what was done about it."""
    match event:
        case BreakerEvent(action="", detail=detail) | DeskEvent(detail=detail):
            return detail
        case BreakerEvent(action=action, detail=detail):
            return f"{detail}; {action.replace('_', ' ')}"


def _row(event: Event, zone: ZoneInfo, now: datetime) -> EventRow:
    subject = event.breaker if isinstance(event, BreakerEvent) else event.subject
    return EventRow(
        time=Cell(clock_and_date(event.occurred_at, zone=zone, now=now)),
        kind=Cell(kind_in_words(event), tone=TONES.get(event.kind, Tone.PLAIN)),
        subject=Cell(subject.replace(":net", "")),
        sentence=Cell(sentence(event)),
    )
