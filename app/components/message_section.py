"""Messages on their way and delivered ones: looked at, tried again, given up, exported."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import streamlit as st

from app import runtime
from app.components.message_actions import MOST_MESSAGES, MessageKey, drop, key_of, retry_now
from app.page_frame import error_boundary
from app.presenters.message_rows import TIMES, message_csv, message_rows, undelivered
from app.session import display_zone
from etrms_core.engine.notification_ports import LOST_NOTICES, OPEN_NOTICES, Notice, Outbox

UNDELIVERED, RECENT = "Not delivered", "All recent"
ROW_HEIGHT, MOST_HEIGHT = 36, 400
HELD, ROUND = "messages_held", "messages_round"
NOTHING_CHOSEN: dict[str, dict[str, list[int]]] = {"selection": {"rows": []}}


def message_section() -> None:
    """Draw the messages, and what can be done with those that are chosen."""
    outbox, zone = runtime.desk().notifications.outbox, display_zone()
    with st.container(horizontal=True, vertical_alignment="center"):
        shown = st.segmented_control(
            "Which messages",
            [UNDELIVERED, RECENT],
            default=UNDELIVERED,
            key="messages_shown",
            label_visibility="collapsed",
        )
        st.download_button(
            "Download CSV",
            data=lambda: message_csv(outbox.recent(limit=MOST_MESSAGES), zone=zone),
            file_name="messages.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
            key="messages_csv",
        )
    notices = _notices(outbox)
    listed = notices if shown == RECENT else undelivered(notices)
    if not listed:
        st.markdown(
            "Nothing waits, and nothing was lost." if notices else "No message was written yet."
        )
        return
    _draw_actions(outbox, _chosen(listed, zone))


def _notices(outbox: Outbox) -> tuple[Notice, ...]:
    """Read anew, but let the rows stand still while some of them are chosen."""
    held: tuple[Notice, ...] | None = st.session_state.get(HELD)
    if held is not None and st.session_state.get(_table_key(), NOTHING_CHOSEN)["selection"]["rows"]:
        return held
    notices = outbox.recent(limit=MOST_MESSAGES)
    st.session_state[HELD] = notices
    return notices


def _chosen(listed: Sequence[Notice], zone: ZoneInfo) -> list[Notice]:
    chosen = st.dataframe(
        message_rows(listed, zone=zone),
        key=_table_key(),
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        height=min(MOST_HEIGHT, ROW_HEIGHT * (len(listed) + 1)),
        column_config={each: st.column_config.TextColumn(f"{each} ({zone.key})") for each in TIMES},
        alt="Messages with their channel, state, severity, tries and last error",
    )
    return [listed[row] for row in chosen["selection"]["rows"] if row < len(listed)]


def _draw_actions(outbox: Outbox, chosen: Sequence[Notice]) -> None:
    open_ones = [key_of(each) for each in chosen if each.state in OPEN_NOTICES]
    lost = [key_of(each) for each in chosen if each.state in LOST_NOTICES]
    help_text = None if open_ones else "Choose messages that wait, by the boxes on their left."
    with st.container(horizontal=True):
        if st.button(
            "Retry now",
            icon=":material/redo:",
            key="messages_retry",
            disabled=not open_ones,
            help=help_text,
        ):
            count = retry_now(outbox, open_ones, now=runtime.desk().now())
            _choose_anew()
            st.toast(f"{count} tried again as soon as their channels are free.")
        if st.button(
            "Drop",
            icon=":material/delete:",
            key="messages_drop",
            disabled=not open_ones,
            help=help_text,
        ):
            _drop_dialog(outbox, open_ones)
        if st.button(
            "Acknowledge",
            icon=":material/done_all:",
            key="messages_acknowledge",
            disabled=not lost,
            help=None if lost else "Choose messages that were given up or dropped.",
        ):
            count = outbox.acknowledge(lost)
            _choose_anew()
            st.toast(f"{count} acknowledged; they count as not delivered no more.")


def _table_key() -> str:
    return f"messages_{st.session_state.get(ROUND, 0)}"


def _choose_anew() -> None:
    # Another key is another table, in which nothing is chosen.
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
    st.session_state.pop(HELD, None)


@st.dialog("Drop messages", icon=":material/delete:")
def _drop_dialog(outbox: Outbox, keys: Sequence[MessageKey]) -> None:
    with error_boundary("Dropping messages"):
        if drop_messages(outbox, keys):
            st.rerun()


def drop_messages(outbox: Outbox, keys: Sequence[MessageKey]) -> bool:
    """Say what follows, and drop; return whether it is done."""
    count = f"{len(keys)} message{'s' if len(keys) > 1 else ''}"
    st.markdown(
        f"{count} will never be sent; one that is on its way right now may still arrive. They "
        "are listed as dropped by you until you acknowledge them, for seven days at most."
    )
    if not st.button(f"Drop {count}", type="primary", key="messages_drop_now"):
        return False
    # A second click finds them dropped already.
    drop(outbox, keys, now=runtime.desk().now())
    _choose_anew()
    return True
