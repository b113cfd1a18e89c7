"""The table of open positions."""

from collections.abc import Sequence

from app.components.markup import Html, tag
from app.components.table import Column, table_markup
from app.presenters.position_rows import PositionRow

COLUMNS: tuple[Column[PositionRow], ...] = (
    Column("Position", lambda row: row.symbol),
    Column("Account", lambda row: row.account),
    Column("Size", lambda row: row.size, is_number=True),
    Column("Mark", lambda row: row.mark, is_number=True),
    Column("Unrealised P&L", lambda row: row.result, is_number=True),
    Column("Notional", lambda row: row.notional, is_number=True),
    Column("Leverage", lambda row: row.leverage, is_number=True),
    Column("Liquidation", lambda row: row.liquidation, is_number=True),
    Column("Funding", lambda row: row.funding, is_number=True),
    Column("Strategy", lambda row: row.strategy),
    Column("Open for", lambda row: row.opened, is_number=True),
)


def position_table(rows: Sequence[PositionRow], *, empty: str) -> Html:
    """Draw open positions, or say what comes next when there are none."""
    if not rows:
        return tag("p", empty, css="et-empty")
    return table_markup(COLUMNS, rows, caption="Open positions", is_stale=lambda row: row.is_stale)
