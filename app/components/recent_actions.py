"""What a person asked for lately and what became of it, as the database has it."""

import streamlit as st

from app import runtime
from app.components.facts import draw
from app.components.markup import Html, tag
from app.components.table import Column, table_markup
from app.presenters.action_text import ActionRow, action_rows
from app.presenters.position_export import actions_csv
from app.session import display_zone

SHOWN, EXPORTED = 15, 300
NOTHING = (
    "You have not acted yet. What you close, reduce, protect or cancel appears here with its "
    "outcome, also after a reload."
)
COLUMNS: tuple[Column[ActionRow], ...] = (
    Column("Outcome", lambda row: row.outcome),
    Column("Action", lambda row: row.action, is_wide=True),
    Column("What came of it", lambda row: row.detail, is_wide=True),
)


def recent_actions() -> None:
    """Draw a person's last actions; call it within a section that refreshes by itself."""
    desk, zone = runtime.desk(), display_zone()
    rows = action_rows(desk.position_actions.recent(limit=SHOWN), zone=zone, now=desk.now())
    draw(action_table(rows, zone_name=zone.key))
    if not rows:
        return
    st.download_button(
        "Download CSV",
        lambda: actions_csv(runtime.desk().position_actions.recent(limit=EXPORTED)),
        file_name="actions.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
        key="actions_csv",
    )


def action_table(rows: tuple[ActionRow, ...], *, zone_name: str) -> Html:
    """Draw actions with times in a zone."""
    if not rows:
        return tag("p", NOTHING, css="et-empty")
    time: Column[ActionRow] = Column(f"Time ({zone_name})", lambda row: row.time)
    return table_markup((time, *COLUMNS), rows, caption="Your recent actions")
