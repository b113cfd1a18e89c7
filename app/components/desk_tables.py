"""Trading restrictions, events and sources as tables."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from app.components.markup import Html, tag
from app.components.table import Column, table_markup
from app.presenters.event_rows import EventRow
from app.presenters.restriction_rows import RestrictionRow
from app.presenters.source_rows import SourceRow

RESTRICTIONS: tuple[Column[RestrictionRow], ...] = (
    Column("Scope", lambda row: row.scope),
    Column("State", lambda row: row.state),
    Column("Ends", lambda row: row.until),
    Column("Reason", lambda row: row.reason, is_wide=True),
)
EVENTS: tuple[Column[EventRow], ...] = (
    Column("Event", lambda row: row.kind),
    Column("Concerns", lambda row: row.subject),
    Column("What happened", lambda row: row.sentence, is_wide=True),
)
SOURCES: tuple[Column[SourceRow], ...] = (
    Column("Account", lambda row: row.account),
    Column("Mode", lambda row: row.mode),
    Column("Reading", lambda row: row.quality),
    Column("Age", lambda row: row.age),
)


def restriction_table(rows: Sequence[RestrictionRow]) -> Html:
    """Draw what may not be traded now."""
    if not rows:
        return tag("p", "Trading is not restricted.", css="et-empty")
    return table_markup(RESTRICTIONS, rows, caption="Trading restrictions")


def event_table(rows: Sequence[EventRow], *, zone: ZoneInfo) -> Html:
    """Draw what happened last, with times in a zone."""
    if not rows:
        return tag("p", "Nothing has happened yet.", css="et-empty")
    time: Column[EventRow] = Column(f"Time ({zone.key})", lambda row: row.time)
    return table_markup((time, *EVENTS), rows, caption="Recent events")


def source_table(rows: Sequence[SourceRow]) -> Html:
    """Draw the accounts that the desk reads."""
    if not rows:
        return tag("p", "No account is connected.", css="et-empty")
    return table_markup(SOURCES, rows, caption="Sources")
