"""What a page says by itself when nobody answers it any more."""

import streamlit as st

from app.components.markup import Html, tag

# The browser shows it without being told, for there is nobody left to tell it; the style sheet
# knows when.
LOST = (
    "The desk's server cannot be reached: everything below is old, and may be wrong by now. Your "
    "accounts are guarded by the desk's process, not by this page. To see whether it runs, type "
)
COMMAND = "etrms status"
NEXT = " in a terminal on the desk's machine. This page comes back by itself."


def connection_notice() -> None:
    """Put the notice into the page, where it is hidden as long as the server answers."""
    st.html(notice_markup())


def notice_markup() -> Html:
    """Write the notice."""
    return tag(
        "div", LOST, tag("code", COMMAND), NEXT, css="et-notice et-bad et-lost", role="alert"
    )
