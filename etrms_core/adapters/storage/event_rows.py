"""Events as rows of their table."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Select, select

from etrms_core.adapters.storage.json_text import value_text
from etrms_core.adapters.storage.moments import to_us
from etrms_core.adapters.storage.tables import events
from etrms_core.domain.events import BreakerEvent, DeskEvent, Event
from etrms_core.engine.storage_ports import StoredEvent

BREAKER, DESK = "breaker", "desk"
COVERED = ("occurred_at_us", "source", "kind", "subject", "document")
_BREAKER_EVENT = TypeAdapter(BreakerEvent)
_DESK_EVENT = TypeAdapter(DeskEvent)


def event_row(event: Event) -> dict[str, Any]:
    """Write an event; `source` says which of the two kinds of event it is."""
    match event:
        case BreakerEvent():
            source, subject, document = BREAKER, event.rule_id, value_text(_BREAKER_EVENT, event)
        case DeskEvent():
            source, subject, document = DESK, event.subject, value_text(_DESK_EVENT, event)
    return {
        "occurred_at_us": to_us(event.occurred_at),
        "source": source,
        "kind": event.kind.value,
        "subject": subject,
        "document": document,
    }


def event_query(
    *,
    since: datetime | None,
    until: datetime | None,
    before: int | None,
    kinds: Sequence[str],
    subjects: Sequence[str],
) -> Select[Any]:
    """Ask for events, newest first; what is None or empty leaves nothing out."""
    columns = events.c
    query = select(events).order_by(columns.sequence.desc())
    if since is not None:
        query = query.where(columns.occurred_at_us >= to_us(since))
    if until is not None:
        query = query.where(columns.occurred_at_us < to_us(until))
    if before is not None:
        query = query.where(columns.sequence < before)
    if kinds:
        query = query.where(columns.kind.in_([str(kind) for kind in kinds]))
    if subjects:
        query = query.where(columns.subject.in_(list(subjects)))
    return query


def event_content(columns: Mapping[str, Any]) -> str:
    """Write what the hash of a row covers: all that `event_row` wrote.

    A damaged column may hold anything; its content is then another one than what was written.
    """
    covered = [columns[name] for name in COVERED]
    return json.dumps(covered, separators=(",", ":"), default=repr)


def stored_event(sequence: int, source: str, document: str) -> StoredEvent:
    """Read a row; ValueError when it is damaged."""
    event: Event
    match source:
        case "breaker":
            event = _BREAKER_EVENT.validate_json(document)
        case "desk":
            event = _DESK_EVENT.validate_json(document)
        case _:
            raise ValueError(f"the source of an event is breaker or desk, was {source!r}")
    return StoredEvent(sequence, event)
