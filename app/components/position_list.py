"""Open positions with their buttons, filled again with every reading."""

from collections.abc import Callable

import streamlit as st

from app import runtime
from app.components.facts import draw, facts_markup, title_row
from app.components.position_dialogs import (
    close_dialog,
    open_action,
    protect_dialog,
    reduce_dialog,
)
from app.presenters.position_cards import PositionCard, SortBy, position_cards, sorted_cards
from app.presenters.position_export import positions_csv
from app.presenters.position_rows import position_rows, why_no_positions
from app.session import display_zone, instruments_of, read_risk_state
from etrms_core.domain.identifiers import PositionKey
from etrms_core.services.risk_state import RiskState
from etrms_core.services.supervisor import Role

WAITING = "The monitor has not finished its first cycle. Positions appear here when it has."
STANDBY = (
    "This process does not act for the desk: another one guards the accounts. Positions are shown "
    "as it stored them last; close, reduce and protect them there."
)
# The dialog that the next run opens.
ASKED = "position_asked"
DIALOGS: dict[str, tuple[str, Callable[[PositionKey], None]]] = {
    "Close": (":material/close:", close_dialog),
    "Reduce": (":material/trending_down:", reduce_dialog),
    "Protect": (":material/shield:", protect_dialog),
}


def position_list() -> None:
    """Draw every open position; call it within a section that refreshes by itself."""
    _cards()
    asked: tuple[str, PositionKey] | None = st.session_state.pop(ASKED, None)
    if asked is not None:
        label, key = asked
        open_action()
        DIALOGS[label][1](key)


def _ask_for(label: str, key: PositionKey) -> None:
    """Open a dialog in a new run of the whole page.

    The age of what a dialog shows goes on refreshing itself after it was closed, and would draw
    into the next one; only a whole run ends it.
    """
    st.session_state[ASKED] = (label, key)
    st.rerun()


def _cards() -> None:
    state = read_risk_state()
    if state is None:
        st.markdown(WAITING)
        return
    cards = cards_of(state)
    if not cards:
        st.markdown(why_no_positions(state.snapshot))
        return
    acts = runtime.desk().role is Role.ACTIVE
    if not acts:
        st.warning(STANDBY, icon=":material/visibility:")
    by, is_reversed = _choose_order()
    for card in sorted_cards(cards, by, is_reversed=is_reversed):
        _position(card, acts=acts)


def cards_of(state: RiskState) -> tuple[PositionCard, ...]:
    """Show the positions of a state with the steps of their contracts."""
    instruments = instruments_of(state)
    rows = position_rows(state.snapshot, instruments, zone=display_zone())
    return position_cards(state.snapshot, rows, instruments)


def positions_download() -> None:
    """Offer the open positions as CSV."""
    st.download_button(
        "Download CSV",
        _csv,
        file_name="positions.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
        key="positions_csv",
    )


def _csv() -> str:
    state = runtime.desk().state()
    return positions_csv(() if state is None else cards_of(state))


def _choose_order() -> tuple[SortBy, bool]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by = st.selectbox("Sort by", list(SortBy), key="sort_positions", width=220)
        is_reversed = st.toggle("Reversed", key="sort_reversed")
        positions_download()
    return by or SortBy.LIQUIDATION, is_reversed


def _position(card: PositionCard, *, acts: bool) -> None:
    name = "|".join(card.key)
    with st.container(border=True, key=f"position_{name}"):
        with title_row(card.title, f"{card.side}, {card.key.account}"):
            for label, (icon, _) in DIALOGS.items():
                pressed = st.button(
                    label, icon=icon, key=f"{label.lower()}_{name}", disabled=not acts
                )
                if pressed:
                    _ask_for(label, card.key)
        draw(facts_markup(card.facts, is_stale=card.is_stale))
