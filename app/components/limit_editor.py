"""Changing the limits: by the form, by a file, back to the defaults; always with what changes."""

import streamlit as st
import tomli_w

from app import runtime
from app.components.confirm_change import (
    confirm_change,
    has_asked,
    leave_button,
    open_change,
    tell_outcome,
)
from app.components.limit_tables import limit_change_table
from app.components.literal_text import literally
from app.forms.limits_form import limits_form
from app.page_frame import error_boundary
from app.presenters.limit_changes import limit_change_rows
from app.presenters.limit_fields import BY_NAME, told_error
from etrms_core.domain.limits import DEFAULT_LIMITS, Limits
from etrms_core.engine.changes import SetLimits
from etrms_core.engine.limits_document import SECTION, limits_mapping, parse_limits_toml
from etrms_core.errors import ConfigurationError
from etrms_core.settings import FILE_NAME

LONGEST_FILE = 64 << 10
MOST_DOTS = 8


def limit_editor() -> None:
    """Draw the form; what was typed is shown from what to what before it is asked for."""
    limits = runtime.desk().limits
    if bounded := limits.bounded_by_settings():
        names = ", ".join(BY_NAME[name].label for name in bounded)
        st.info(
            f"{FILE_NAME} is tighter than what you set: {names}. What you set here counts only "
            "where it is tighter still.",
            icon=":material/lock:",
        )
    if (wanted := limits_form(limits.stored())) is not None:
        open_change()
        change_dialog(wanted)


def limit_transfer() -> None:
    """Offer the limits as a file, take them from one, and the defaults."""
    stored = runtime.desk().limits.stored()
    with st.container(horizontal=True):
        st.download_button(
            "Export as TOML",
            limits_toml(stored),
            file_name="limits.toml",
            mime="application/toml",
            on_click="ignore",
            icon=":material/download:",
        )
        if st.button("Reset to defaults", icon=":material/restart_alt:", key="reset_limits"):
            open_change()
            change_dialog(DEFAULT_LIMITS)
    with st.form("import_limits", border=False):
        file = st.file_uploader(
            "Import from a TOML file; what it leaves out has its default",
            type=["toml"],
            max_upload_size=1,
            key="limits_file",
        )
        is_sent = st.form_submit_button("Review the file", key="review_file")
    if is_sent and file is None:
        st.warning("Choose a file first.")
    elif is_sent and file is not None and (wanted := _read(file.getvalue())) is not None:
        open_change()
        change_dialog(wanted)


@st.dialog("Change risk limits", width="large", icon=":material/shield:", dismissible=False)
def change_dialog(wanted: Limits) -> None:
    """Show what changes in a dialog."""
    with error_boundary("The change"):
        review_change(wanted)
    leave_button()


def review_change(wanted: Limits) -> None:
    """Show each limit from what to what, say when it counts, and ask for the change."""
    place = st.empty()
    if not has_asked():
        with place.container():
            _review(wanted)
    if has_asked():
        place.empty()
        tell_outcome()


def _review(wanted: Limits) -> None:
    desk = runtime.desk()
    rows = limit_change_rows(desk.limits.stored(), wanted)
    st.markdown(limit_change_table(rows), unsafe_allow_html=True)
    if any(isinstance(each.change, SetLimits) for each in desk.commitment.pending()):
        st.warning(
            "Another change of the limits waits. Whichever is made first, the other one is then "
            "refused, because it no longer finds what it was asked for."
        )
    if rows:
        told = "; ".join(
            f"{row.name.text} from {row.before.text} to {row.after.text}" for row in rows
        )
        confirm_change(SetLimits(wanted), label="Save the limits", told=told, stays_open=True)


def limits_toml(limits: Limits) -> str:
    """Write limits as a file that can be imported again; "none" sets no bound."""
    document = {
        name: "none" if value is None else value for name, value in limits_mapping(limits).items()
    }
    return tomli_w.dumps({SECTION: document})


def _read(content: bytes) -> Limits | None:
    try:
        return parse_limits_toml(_text(content))
    except ConfigurationError as error:
        st.error(f"Nothing is changed. {literally(told_error(error))}")
        return None


def _text(content: bytes) -> str:
    if len(content) > LONGEST_FILE:
        raise ConfigurationError("the file has more than 64 KiB; limits need less")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError("the file is no text in UTF-8") from error
    # The time to read one key grows with the square of its dots; no limit has any.
    if any(line.partition("=")[0].count(".") > MOST_DOTS for line in text.splitlines()):
        raise ConfigurationError("a key of the file has too many dots")
    return text
