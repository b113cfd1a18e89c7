"""Settings: the browsers that are logged in, and ending their sessions."""

import streamlit as st

from app import runtime
from app.login_gate import signed_in
from app.page_frame import error_boundary
from app.presenters.session_rows import SessionRow, session_row
from app.session import display_zone


def session_section() -> None:
    """Draw every browser that is logged in; call it within a section that refreshes."""
    st.markdown(
        "A session ends after 30 minutes without use, after 12 hours at the latest, when it is "
        "logged out, and when the password changes."
    )
    for row in session_rows():
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            with st.container():
                st.text(f"{row.browser}{' (this browser)' if row.is_own else ''}")
                st.text(f"{row.used}, {row.began}, {row.ends}")
            if not row.is_own and st.button("End", key=f"end_{row.id_hash[:12]}"):
                end_dialog(row)
    if st.button("End all sessions", icon=":material/logout:", key="end_all"):
        end_all_dialog()


def session_rows() -> tuple[SessionRow, ...]:
    """Read the sessions that have not ended."""
    desk, zone, looking = runtime.desk(), display_zone(), signed_in()
    own, now = "" if looking is None else looking.id_hash, desk.now()
    return tuple(session_row(each, own=own, zone=zone, now=now) for each in desk.sign_in.sessions())


@st.dialog("End a session", icon=":material/logout:")
def end_dialog(row: SessionRow) -> None:
    """End one session in a dialog."""
    with error_boundary("Ending the session"):
        end_session(row)


def end_session(row: SessionRow) -> None:
    """Say which browser is logged out, and log it out."""
    st.markdown("This browser is logged out at once; it needs the password to come back.")
    st.text(f"{row.browser}, {row.used}, {row.began}")
    if st.button("End the session", type="primary", key="end_now"):
        runtime.desk().sign_in.end_session(row.id_hash)
        st.rerun()


@st.dialog("End all sessions", icon=":material/logout:")
def end_all_dialog() -> None:
    """End every session in a dialog."""
    with error_boundary("Ending the sessions"):
        end_all_sessions()


def end_all_sessions() -> None:
    """Log out every browser, this one too."""
    st.markdown("Every browser is logged out at once, this one too. The desk goes on guarding.")
    if st.button("Log out everywhere", type="primary", key="end_all_now"):
        runtime.desk().sign_in.log_out_everywhere()
        st.rerun()
