"""The Streamlit script around every page: menu, status bar, error boundary."""

from pathlib import Path

import streamlit as st

from app import runtime
from app.components.status_bar import status_markup
from app.navigation import PAGES
from app.page_frame import error_boundary, refreshed
from app.presenters.desk_status import desk_status
from app.session import display_zone
from app.style import install_style

ICON = Path(__file__).with_name("assets") / "icon.svg"
STATUS_EVERY_SECONDS = 1.0


def draw_status_bar() -> None:
    """Draw whose money it is, whether somebody guards it, and how old the readings are."""
    desk = runtime.desk()
    status = desk_status(desk.state(), desk.health(), zone=display_zone())
    st.markdown(status_markup(status), unsafe_allow_html=True)


def go_to_first_page() -> None:
    """Lead `/` to the first page, so that every page has one address: its file name."""
    st.switch_page(entries[PAGES[0].section][0])


# Before the menu: its Material symbols would else be fetched from another server as tab icons.
st.set_page_config(page_title="ETRMS", page_icon=str(ICON), layout="wide")
entries: dict[str, list[st.Page]] = {}
for entry in PAGES:
    page = st.Page(entry.path, title=entry.title, icon=entry.icon, url_path=entry.path.stem)
    entries.setdefault(entry.section, []).append(page)
start = st.Page(
    go_to_first_page, title="ETRMS", url_path="start", default=True, visibility="hidden"
)
selected = st.navigation({"": [start], **entries})
st.set_page_config(page_title=f"{selected.title} - ETRMS")
install_style()
refreshed(draw_status_bar, what="The status bar", every_seconds=STATUS_EVERY_SECONDS)
with st.container(key="page"), error_boundary(selected.title):
    selected.run()
