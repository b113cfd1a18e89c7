"""The live sections of the overview: places laid out once, filled again with every reading."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.components.cards import cards_markup
from app.components.desk_tables import (
    event_table,
    limit_table,
    restriction_table,
    venue_table,
)
from app.components.markup import Html, tag
from app.components.position_table import position_table
from app.presenters.event_rows import event_rows
from app.presenters.nearest_limits import LimitRow
from app.presenters.overview_cards import overview_cards
from app.presenters.position_rows import position_rows, why_no_positions
from app.presenters.restriction_rows import restriction_rows
from app.presenters.steps import Instruments
from app.presenters.venue_rows import venue_rows
from etrms_core.engine.storage_ports import StoredEvent
from etrms_core.services.risk_state import RiskState

WAITING = "The monitor has not finished its first cycle. Figures appear here when it has."
TABLES = (
    "Positions",
    "Nearest limits",
    "Risk by venue",
    "Trading restrictions",
    "Recent events",
)


class OverviewSections:
    """Places for every section; a section is one element, so that refreshing moves nothing.

    Parameters
    ----------
    time_zone : str
        Zone in which the trader's day begins.
    """

    def __init__(self, *, time_zone: str) -> None:
        self._time_zone = time_zone
        self._slots: dict[str, DeltaGenerator] = {}

    def place_figures(self) -> None:
        """Lay out the place of the portfolio's figures."""
        self._slots["figures"] = st.empty()

    def place_tables(self) -> None:
        """Lay out the places of the tables below their headings."""
        for title in TABLES:
            st.header(title, anchor=False)
            self._slots[title] = st.empty()

    def show_waiting(self) -> None:
        """Say that there is no reading yet."""
        for name in self._slots:
            self._show(name, tag("p", WAITING if name == "figures" else "\N{HORIZONTAL ELLIPSIS}"))

    def show(
        self,
        state: RiskState,
        *,
        age_seconds: float,
        nearest: Sequence[LimitRow],
        events: Sequence[StoredEvent],
        instruments: Instruments,
        zone: ZoneInfo,
    ) -> None:
        """Fill every section from one reading that is `age_seconds` old."""
        snapshot, now = state.snapshot, state.as_of
        cards = overview_cards(state, instruments, time_zone=self._time_zone)
        self._show("figures", cards_markup(cards))
        positions = position_rows(snapshot, instruments, zone=zone)
        self._show("Positions", position_table(positions, empty=why_no_positions(snapshot)))
        self._show("Nearest limits", limit_table(nearest))
        venues = venue_rows(state, passed_seconds=age_seconds)
        self._show("Risk by venue", venue_table(venues))
        blocks = restriction_rows(state.blocks, zone=zone, now=now)
        self._show("Trading restrictions", restriction_table(blocks))
        happened = event_rows(events, zone=zone, now=now)
        self._show("Recent events", event_table(happened, zone=zone))

    def _show(self, name: str, markup: Html) -> None:
        self._slots[name].markdown(markup, unsafe_allow_html=True)
