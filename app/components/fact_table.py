"""Facts as a table of names and values."""

from collections.abc import Sequence

from app.components.markup import Html
from app.components.table import Column, table_markup
from app.presenters.fact_rows import Fact


def fact_table(facts: Sequence[Fact], *, caption: str, value: str = "Value") -> Html:
    """Draw facts; `value` is the heading of what they say."""
    columns: tuple[Column[Fact], ...] = (
        Column(caption, lambda fact: fact.name),
        Column(value, lambda fact: fact.value, is_wide=True),
    )
    return table_markup(columns, facts, caption=caption)
