"""What is shown at an address where there is no page."""

from urllib.parse import unquote, urlsplit

import streamlit as st

from app.navigation import PAGES

FIRST_PAGE = frozenset({"", "start"})


def unknown_address(path: str) -> str | None:
    """Return the last part of an address where there is no page; None where there is one."""
    last = unquote(urlsplit(path).path).rstrip("/").rpartition("/")[2]
    known = {entry.path.stem for entry in PAGES} | FIRST_PAGE
    return None if last in known else last


def not_found() -> None:
    """Say that there is no such page, and offer those that there are."""
    st.title("Not found", anchor=False)
    st.text("There is no page at this address. These are the pages:")
    for entry in PAGES:
        st.page_link(entry.path, label=entry.title, icon=entry.icon)
