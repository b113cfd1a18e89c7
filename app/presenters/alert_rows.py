"""Alerts inside the app: how many, and what they say."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.presenters.cells import Cell
from app.presenters.event_rows import event_rows
from app.presenters.severity_cells import severity_cell
from etrms_core.domain.notifications import Severity
from etrms_core.engine.severity import severity_of
from etrms_core.engine.storage_ports import StoredEvent
from etrms_core.services.alerts import AlertReading


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One event; `severity` says in a second line that nobody has read it yet."""

    severity: Cell
    time: Cell
    kind: Cell
    subject: Cell
    sentence: Cell


def alert_label(reading: AlertReading) -> str:
    """Count what is unread, by severity: "Alerts: 2 critical, 5 warnings"."""
    if not reading.alerts:
        return "No new alerts"
    counts = Counter(each.severity for each in reading.alerts)
    parts = []
    if critical := counts[Severity.CRITICAL]:
        parts.append(f"{critical} critical")
    if warnings := counts[Severity.WARNING]:
        parts.append(f"{warnings} warning{'s' if warnings > 1 else ''}")
    more = " and more" if reading.has_more else ""
    return f"Alerts: {', '.join(parts)}{more}"


def alert_rows(
    events: Sequence[StoredEvent], unread: Collection[int], *, zone: ZoneInfo, now: datetime
) -> tuple[AlertRow, ...]:
    """Show events in the order given.

    Parameters
    ----------
    unread : collection of int
        Numbers of the events that nobody has read yet.
    """
    return tuple(
        AlertRow(
            severity=_severity(stored, is_unread=stored.sequence in unread),
            time=row.time,
            kind=row.kind,
            subject=row.subject,
            sentence=row.sentence,
        )
        for stored, row in zip(events, event_rows(events, zone=zone, now=now), strict=True)
    )


def _severity(stored: StoredEvent, *, is_unread: bool) -> Cell:
    cell = severity_cell(severity_of(stored.event))
    return Cell(cell.text, "new" if is_unread else "", cell.tone)
