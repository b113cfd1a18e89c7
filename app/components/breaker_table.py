"""The table of circuit breakers."""

from collections.abc import Sequence

from app.components.markup import Html, joined, tag
from app.components.table import Column, table_markup
from app.presenters.breaker_rows import BreakerRow

COLUMNS: tuple[Column[BreakerRow], ...] = (
    Column("Breaker", lambda row: row.name, is_wide=True),
    Column("Scope", lambda row: row.scope),
    Column("State", lambda row: row.state),
    Column("Value", lambda row: row.value, is_number=True),
    Column("Headroom", lambda row: row.headroom, is_number=True),
    Column("Cooldown", lambda row: row.cooldown, is_number=True),
)


def breaker_table(rows: Sequence[BreakerRow], idle: Sequence[str]) -> Html:
    """Draw breakers, and name those that have nothing to watch now."""
    if not rows and not idle:
        text = "No circuit breaker is set: nothing acts when a limit breaks."
        return tag("p", text, css="et-empty et-warning")
    table = table_markup(COLUMNS, rows, caption="Circuit breakers") if rows else Html()
    if not idle:
        return table
    text = f"Nothing to watch right now: {', '.join(idle)}."
    return tag("div", joined((table, tag("p", text, css="et-footnote"))))
