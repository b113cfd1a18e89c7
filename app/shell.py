"""The Streamlit script around every page: login, menu, status bar, error boundary."""

from pathlib import Path
from typing import Literal

import streamlit as st

from app import browser, runtime
from app.components.alert_bell import alert_bell
from app.components.connection_notice import connection_notice
from app.components.status_bar import status_markup
from app.components.trading_controls import trading_controls
from app.components.user_menu import user_menu
from app.login_gate import require_owner, signed_in
from app.navigation import PAGES
from app.not_found import not_found, unknown_address
from app.page_frame import error_boundary, refreshed
from app.presenters.desk_status import desk_status
from app.session import display_zone
from app.style import install_style
from etrms_core.errors import EtrmsError

ICON = Path(__file__).with_name("assets") / "icon.svg"
STATUS_EVERY_SECONDS = 2.0
CONTROLS_EVERY_SECONDS = 4.0


def draw_status_bar() -> None:
    """Draw whose money it is, whether somebody guards it, and how old the readings are."""
    desk = runtime.desk()
    status = desk_status(desk.state(), desk.health(), zone=display_zone())
    st.markdown(status_markup(status), unsafe_allow_html=True)


def draw_controls() -> None:
    """Draw what must be in reach of every page."""
    with st.container(horizontal=True, vertical_alignment="center", key="controls"):
        trading_controls()
        alert_bell()


def menu_position() -> Literal["sidebar", "hidden"]:
    """Show the menu to the owner only."""
    try:
        return "sidebar" if signed_in() else "hidden"
    except EtrmsError:
        return "hidden"


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
hidden = [start]
if (unknown := unknown_address(browser.path())) is not None:
    # A page of its own, for Streamlit's answer is a dialog over the first page.
    hidden.append(st.Page(not_found, title="Not found", url_path=unknown, visibility="hidden"))
# Pages are known without a login, too: else the address that was asked for would be lost.
selected = st.navigation({"": hidden, **entries}, position=menu_position())
install_style()
connection_notice()
with error_boundary(selected.title):
    require_owner()
    st.set_page_config(page_title=f"{selected.title} - ETRMS")
    with st.sidebar:
        user_menu()
    refreshed(draw_status_bar, what="The status bar", every_seconds=STATUS_EVERY_SECONDS)
    with st.container(key="page"):
        selected.run()
    with st.bottom:
        refreshed(draw_controls, what="The trading controls", every_seconds=CONTROLS_EVERY_SECONDS)
