"""Alerts inside the app: how many nobody has read, and what they say."""

from zoneinfo import ZoneInfo

import streamlit as st

from app import runtime
from app.components.markup import Html, tag
from app.components.table import Column, table_markup
from app.page_frame import error_boundary
from app.presenters.alert_rows import AlertRow, alert_label, alert_rows
from app.session import display_zone
from etrms_core.domain.notifications import Severity
from etrms_core.engine.severity import kinds_from

MOST_SHOWN = 50
# Up to which event the open dialog shows alerts: what happens meanwhile stays unread.
SHOWN_UP_TO = "alerts_shown_up_to"
COLUMNS: tuple[Column[AlertRow], ...] = (
    Column("Severity", lambda row: row.severity),
    Column("What", lambda row: row.kind),
    Column("Concerns", lambda row: row.subject),
    Column("What happened", lambda row: row.sentence, is_wide=True),
)


def alert_bell() -> None:
    """Draw the button that counts unread alerts and opens the list of the newest ones."""
    reading = runtime.desk().notifications.alerts.unread()
    icon = "notifications_active" if reading.alerts else "notifications"
    if st.button(alert_label(reading), icon=f":material/{icon}:", key="alert_bell"):
        st.session_state[SHOWN_UP_TO] = reading.newest_sequence
        alert_dialog()


@st.dialog("Alerts", width="large", icon=":material/notifications:")
def alert_dialog() -> None:
    """List alerts in a dialog."""
    with error_boundary("The list of alerts"):
        if alert_list():
            st.rerun()


def alert_list() -> bool:
    """List the newest alerts; return whether they were marked as read just now."""
    desk, zone = runtime.desk(), display_zone()
    unread = {each.stored.sequence for each in desk.notifications.alerts.unread().alerts}
    events = desk.events(kinds=kinds_from(Severity.WARNING), limit=MOST_SHOWN)
    shown_up_to = st.session_state.get(SHOWN_UP_TO, 0)
    # Above the list, which may be long.
    if any(number <= shown_up_to for number in unread) and st.button(
        "Mark all as read", icon=":material/done_all:", key="mark_alerts_read"
    ):
        desk.notifications.alerts.mark_read(shown_up_to)
        return True
    rows = alert_rows(events, unread, zone=zone, now=desk.now())
    st.markdown(alert_table(rows, zone=zone), unsafe_allow_html=True)
    return False


def alert_table(rows: tuple[AlertRow, ...], *, zone: ZoneInfo) -> Html:
    """Draw alerts with times in a zone."""
    if not rows:
        return tag("p", "Nothing has happened that you would have to know.", css="et-empty")
    time: Column[AlertRow] = Column(f"Time ({zone.key})", lambda row: row.time)
    return table_markup((COLUMNS[0], time, *COLUMNS[1:]), rows, caption="Newest alerts")
