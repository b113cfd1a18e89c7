"""The equity chart with its choice of window and its own refresh."""

import streamlit as st

from app import runtime
from app.charts.equity import equity_figure
from app.presenters.times import clock
from app.session import display_zone
from etrms_core.domain.events import BreakerEvent, BreakerEventKind
from etrms_core.engine.storage_ports import HistoryPoint

WINDOWS = {"1 h": 1.0, "6 h": 6.0, "24 h": 24.0}
FIRST_WINDOW = "24 h"
MOST_EVENTS = 200
FOLLOW_EVERY_SECONDS = 60.0
HELD = "equity_chart_readings"
Readings = tuple[tuple[HistoryPoint, ...], tuple[BreakerEvent, ...]]


def equity_chart() -> None:
    """Draw stored equity and drawdown.

    New readings take a zoom away, so the chart stands still until somebody asks: by its window,
    its button, or by switching on that it follows.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        window = st.segmented_control(
            "Window",
            list(WINDOWS),
            default=FIRST_WINDOW,
            key="equity_window",
            label_visibility="collapsed",
        )
        asked = st.button("Refresh chart", icon=":material/refresh:", key="refresh_equity")
        follows = st.toggle(
            "Follow",
            key="follow_equity",
            help="Draws new readings every minute; a zoom is lost then.",
        )
    hours = WINDOWS[window or FIRST_WINDOW]
    points, fired = _readings(hours, anew=asked or follows)
    if not points:
        st.info("The first reading is stored when the monitor has run; then the chart appears.")
        return
    zone = display_zone()
    st.plotly_chart(
        equity_figure(points, fired, zone=zone, hours=hours),
        key="equity_chart",
        config={"displaylogo": False},
        alt=f"Equity over the last {hours:g} hours with the drawdown below it",
    )
    until = clock(points[-1].observed_at, zone=zone)
    st.markdown(f"Chart of readings until {until} {zone.key}.")


def _readings(hours: float, *, anew: bool) -> Readings:
    """Return the readings that were drawn last, or new ones."""
    held: tuple[float, Readings] | None = st.session_state.get(HELD)
    if held is not None and held[0] == hours and held[1][0] and not anew:
        return held[1]
    desk = runtime.desk()
    points = desk.history(hours=hours)
    stored = desk.events(
        since=points[0].observed_at if points else None,
        kinds=[BreakerEventKind.TRIGGERED.value],
        limit=MOST_EVENTS,
    )
    fired = tuple(each.event for each in stored if isinstance(each.event, BreakerEvent))
    st.session_state[HELD] = (hours, (points, fired))
    return points, fired
