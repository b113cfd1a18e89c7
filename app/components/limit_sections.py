"""The live sections of the page Risk limits, and the history of changes."""

from datetime import timedelta

import streamlit as st

from app import runtime
from app.components.desk_tables import event_table
from app.components.limit_tables import account_use_table, limit_use_table
from app.presenters.event_export import event_csv
from app.presenters.event_rows import event_rows
from app.presenters.limit_rows import LimitsInForce, account_uses, limit_uses
from app.session import display_zone, read_risk_state
from etrms_core.domain.events import DeskEventKind
from etrms_core.engine.storage_ports import StoredEvent
from etrms_core.services.change_settling import SUBJECT

MINUTE = timedelta(minutes=1)
SHOWN, EXPORTED = 20, 10_000
WAITING = "The monitor has not finished its first cycle. Accounts appear here when it has."
HISTORY_KINDS = (
    DeskEventKind.LIMITS_CHANGED,
    DeskEventKind.CHANGE_REQUESTED,
    DeskEventKind.CHANGE_CANCELLED,
    DeskEventKind.CHANGE_MADE,
    DeskEventKind.REQUEST_REFUSED,
)


def limits_in_use() -> None:
    """Draw every limit with what is used of it."""
    desk = runtime.desk()
    limits = LimitsInForce(
        effective=desk.limits.effective(),
        stored=desk.limits.stored(),
        bounded=desk.limits.bounded_by_settings(),
    )
    rows = limit_uses(
        read_risk_state(),
        limits,
        orders_sent=desk.position_actions.entries_sent(since=desk.now() - MINUTE),
    )
    st.markdown(limit_use_table(rows), unsafe_allow_html=True)


def accounts_in_use() -> None:
    """Draw every account in money against the limits."""
    state = read_risk_state()
    if state is None:
        st.markdown(WAITING)
        return
    rows = account_uses(state, runtime.desk().limits.effective())
    st.markdown(account_use_table(rows), unsafe_allow_html=True)


def limits_history() -> None:
    """Draw the last changes of limits, and of everything that had to wait."""
    zone, now = display_zone(), runtime.desk().now()
    rows = event_rows(_history(SHOWN), zone=zone, now=now)
    st.markdown(event_table(rows, zone=zone), unsafe_allow_html=True)
    st.download_button(
        "Download CSV",
        lambda: event_csv(_history(EXPORTED)),
        file_name="limit_changes.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
        key="limits_csv",
    )


def _history(limit: int) -> tuple[StoredEvent, ...]:
    found = runtime.desk().events(kinds=HISTORY_KINDS, limit=limit)
    return tuple(each for each in found if _is_told(each))


def _is_told(stored: StoredEvent) -> bool:
    event = stored.event
    is_refusal = event.kind is DeskEventKind.REQUEST_REFUSED
    return not is_refusal or getattr(event, "subject", "") == SUBJECT
