"""Changes that wait, of every kind, with what is left of the wait and a way to give them up."""

import streamlit as st

from app import runtime
from app.page_frame import error_boundary
from app.presenters.pending_rows import PendingRow, pending_row
from app.session import display_zone
from etrms_core.errors import ConfigurationError

EMPTY = "Nothing waits. What loosens while real money is at stake appears here until its time."
# The number of the change that this browser gave up last.
CANCELLED = "cancelled_change"


def pending_changes() -> None:
    """Draw every change that waits; call it within a section that refreshes each second."""
    rows = pending_rows()
    if not rows:
        st.markdown(EMPTY)
    for row in rows:
        with st.container(border=True, key=f"pending_{row.number}"):
            st.markdown(f"**{row.kind}**, takes effect **{row.countdown}** ({row.due})")
            st.text(row.sentence)
            with st.container(horizontal=True, vertical_alignment="center"):
                st.text(f"No. {row.number}, asked for at {row.asked}")
                if st.button("Cancel this change", key=f"cancel_{row.number}"):
                    cancel_dialog(row)


def pending_rows() -> tuple[PendingRow, ...]:
    """Read what waits now."""
    desk, zone = runtime.desk(), display_zone()
    limits, now = desk.limits.stored(), desk.now()
    return tuple(
        pending_row(
            each, remaining=desk.commitment.remaining(each), limits=limits, zone=zone, now=now
        )
        for each in desk.commitment.pending()
    )


@st.dialog("Cancel a change", icon=":material/undo:")
def cancel_dialog(row: PendingRow) -> None:
    """Give a change up in a dialog."""
    with error_boundary("Cancelling"):
        cancel_change(row)


def cancel_change(row: PendingRow) -> None:
    """Say what stays as it is, and give the change up; that needs no password."""
    st.markdown("Everything stays as it is now. To get the change later, the wait begins anew.")
    st.text(row.sentence)
    if not st.button("Give it up", type="primary", key="cancel_now"):
        return
    desk = runtime.desk()
    try:
        desk.commitment.cancel(row.number, by=desk.owner.name or "the owner")
    except ConfigurationError as error:
        st.error(str(error))
        return
    st.rerun()
