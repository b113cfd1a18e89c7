"""Trading restrictions, limits, events and venues as tables."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from app.components.markup import Html, tag
from app.components.table import Column, table_markup
from app.presenters.event_rows import EventRow
from app.presenters.nearest_limits import LimitRow
from app.presenters.restriction_rows import RestrictionRow
from app.presenters.venue_rows import VenueRow

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
VENUES: tuple[Column[VenueRow], ...] = (
    Column("Account", lambda row: row.account),
    Column("Mode", lambda row: row.mode),
    Column("Reading", lambda row: row.reading, is_wide=True),
    Column("Equity", lambda row: row.equity, is_number=True),
    Column("Today", lambda row: row.today, is_number=True),
    Column("Gross exposure", lambda row: row.exposure, is_number=True),
    Column("Leverage", lambda row: row.leverage, is_number=True),
    Column("Margin ratio", lambda row: row.margin_ratio, is_number=True),
)
LIMITS: tuple[Column[LimitRow], ...] = (
    Column("Limit", lambda row: row.name, is_wide=True),
    Column("Scope", lambda row: row.scope),
    Column("Now", lambda row: row.value, is_number=True),
    Column("At", lambda row: row.limit, is_number=True),
    Column("Headroom", lambda row: row.headroom, is_number=True),
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


def venue_table(rows: Sequence[VenueRow]) -> Html:
    """Draw the accounts that the desk reads."""
    if not rows:
        return tag("p", "No account is connected.", css="et-empty")
    return table_markup(VENUES, rows, caption="Risk by venue")


def limit_table(rows: Sequence[LimitRow]) -> Html:
    """Draw the limits that are nearest to being reached."""
    if not rows:
        text = "No limit is set and no circuit breaker watches: nothing acts when a loss grows."
        return tag("p", text, css="et-empty et-warning")
    return table_markup(LIMITS, rows, caption="Nearest limits")
