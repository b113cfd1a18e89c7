"""Events as rows of a CSV file."""

from collections.abc import Iterable

from app.presenters.csv_export import Value, csv_text
from app.presenters.event_rows import sentence
from etrms_core.domain.events import BreakerEvent
from etrms_core.engine.storage_ports import StoredEvent

COLUMNS = ("number", "time", "kind", "concerns", "scope", "value", "threshold", "what_happened")


def event_csv(events: Iterable[StoredEvent]) -> str:
    """Write events; only those of breakers have a scope and figures."""
    return csv_text([_row(stored) for stored in events], columns=COLUMNS)


def _row(stored: StoredEvent) -> dict[str, Value]:
    event = stored.event
    row: dict[str, Value] = {
        "number": stored.sequence,
        "time": event.occurred_at.isoformat(timespec="milliseconds"),
        "kind": event.kind.value,
        "what_happened": sentence(event),
    }
    if not isinstance(event, BreakerEvent):
        return row | {"concerns": event.subject}
    return row | {
        "concerns": event.breaker,
        "scope": str(event.scope),
        "value": event.value,
        "threshold": event.threshold,
    }
