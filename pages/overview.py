"""Overview: is the desk alive, what does it hold, and how close is the next limit."""

from datetime import timedelta

import streamlit as st

from app import runtime
from app.components.equity_chart import FOLLOW_EVERY_SECONDS, equity_chart
from app.components.overview_sections import OverviewSections
from app.login_gate import require_owner
from app.page_frame import refreshed
from app.presenters.nearest_limits import nearest_limits
from app.session import display_zone, instruments_of, read_risk_state

LIVE_EVERY_SECONDS = 2.0
RECENT_EVENTS = 12
ORDER_WINDOW = timedelta(minutes=1)


def draw_live_sections() -> None:
    """Fill every section from one reading."""
    desk, state = runtime.desk(), read_risk_state()
    if state is None:
        sections.show_waiting()
        return
    sent = desk.position_actions.entries_sent(since=desk.now() - ORDER_WINDOW)
    sections.show(
        state,
        age_seconds=desk.health().monitor_age_seconds or 0.0,
        nearest=nearest_limits(state, desk.limits.effective(), entries_sent=sent),
        events=desk.events(limit=RECENT_EVENTS),
        instruments=instruments_of(state),
        zone=display_zone(),
    )


require_owner()
st.title("Overview", anchor=False)
sections = OverviewSections(time_zone=runtime.desk().policy.time_zone)
sections.place_figures()
refreshed(equity_chart, what="The equity chart", every_seconds=FOLLOW_EVERY_SECONDS)
sections.place_tables()
refreshed(draw_live_sections, what="The live figures", every_seconds=LIVE_EVERY_SECONDS)
