"""What a person asked for lately and what became of it, as the database has it."""

from contextlib import suppress

import streamlit as st

from app import runtime
from app.components.facts import draw
from app.components.markup import Html, tag
from app.components.table import Column, table_markup
from app.presenters.action_results import Fills, fills_by_order
from app.presenters.action_text import ActionRow, action_rows
from app.presenters.position_export import actions_csv
from app.session import display_zone
from etrms_core.errors import ExchangeError

SHOWN, EXPORTED = 15, 300
NOTHING = (
    "You have not acted yet. What you close, reduce, protect or cancel appears here with its "
    "outcome, also after a reload."
)
COLUMNS: tuple[Column[ActionRow], ...] = (
    Column("Outcome", lambda row: row.outcome),
    Column("Action", lambda row: row.action, is_wide=True),
    Column("What came of it", lambda row: row.detail, is_wide=True),
    Column("Realised P&L", lambda row: row.realized_pnl, is_number=True),
    Column("Fee", lambda row: row.fee, is_number=True),
)


def recent_actions() -> None:
    """Draw a person's last actions; call it within a section that refreshes by itself."""
    desk, zone = runtime.desk(), display_zone()
    intents = desk.position_actions.recent(limit=SHOWN)
    rows = action_rows(
        intents,
        fills=_fills(),
        quote_assets=_quote_assets({intent.account for intent in intents}),
        zone=zone,
        now=desk.now(),
    )
    draw(action_table(rows, zone_name=zone.key))
    if not rows:
        return
    st.download_button(
        "Download CSV",
        lambda: actions_csv(runtime.desk().position_actions.recent(limit=EXPORTED), _fills()),
        file_name="actions.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
        key="actions_csv",
    )


def _fills() -> Fills:
    state = runtime.desk().state()
    return fills_by_order(() if state is None else state.accounts)


def _quote_assets(accounts: set[str]) -> dict[tuple[str, str], str]:
    found = {}
    for account in accounts:
        # An account may be gone, or its venue may not answer.
        with suppress(KeyError, ExchangeError):
            for symbol, instrument in runtime.desk().instruments(account).items():
                found[account, symbol] = instrument.quote_asset
    return found


def action_table(rows: tuple[ActionRow, ...], *, zone_name: str) -> Html:
    """Draw actions with times in a zone."""
    if not rows:
        return tag("p", NOTHING, css="et-empty")
    time: Column[ActionRow] = Column(f"Time ({zone_name})", lambda row: row.time)
    return table_markup((time, *COLUMNS), rows, caption="Your recent actions")
