"""What a set of breakers would become, as a table."""

from collections.abc import Sequence

from app.components.markup import Html, tag
from app.components.table import Column, table_markup
from app.presenters.rule_changes import RuleChangeRow

COLUMNS: tuple[Column[RuleChangeRow], ...] = (
    Column("Breaker", lambda row: row.name, is_wide=True),
    Column("Change", lambda row: row.change),
    Column("What", lambda row: row.what, is_wide=True),
)


def rule_change_table(rows: Sequence[RuleChangeRow]) -> Html:
    """Draw each breaker that changes."""
    if not rows:
        return tag("p", "No breaker changes in itself.", css="et-empty")
    return table_markup(COLUMNS, rows, caption="What changes")
