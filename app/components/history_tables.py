"""The history of breakers, one trigger's story and its orders as tables."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from app.components.markup import Html, tag
from app.components.table import Column, table_markup
from app.presenters.history_rows import HistoryRow, OrderRow, StoryStep

HISTORY: tuple[Column[HistoryRow], ...] = (
    Column("Breaker", lambda row: row.breaker),
    Column("What", lambda row: row.kind),
    Column("Value", lambda row: row.value, is_number=True),
    Column("What happened, and why", lambda row: row.why, is_wide=True),
)
STEPS: tuple[Column[StoryStep], ...] = (
    Column("After", lambda row: row.delay),
    Column("What", lambda row: row.kind),
    Column("Action", lambda row: row.action),
    Column("What came of it", lambda row: row.text, is_wide=True),
)
ORDERS: tuple[Column[OrderRow], ...] = (
    Column("Order", lambda row: row.order),
    Column("What", lambda row: row.what, is_wide=True),
    Column("State", lambda row: row.state),
    Column("Decided", lambda row: row.decided),
)


def history_table(rows: Sequence[HistoryRow], *, zone: ZoneInfo) -> Html:
    """Draw events, with times in a zone."""
    time: Column[HistoryRow] = Column(f"Time ({zone.key})", lambda row: row.time)
    return table_markup((time, *HISTORY), rows, caption="History of breakers")


def story_table(steps: Sequence[StoryStep]) -> Html:
    """Draw what followed a trigger."""
    if not steps:
        return tag("p", "Nothing followed yet.", css="et-empty")
    return table_markup(STEPS, steps, caption="What followed")


def order_table(rows: Sequence[OrderRow]) -> Html:
    """Draw what went to the venues."""
    if not rows:
        return tag("p", "No order belongs to it.", css="et-empty")
    return table_markup(ORDERS, rows, caption="Orders of this trigger")
