"""Who is logged in, and the way to the own settings and out."""

import streamlit as st

from app import runtime
from app.components.literal_text import literally
from app.login_gate import log_out_button
from app.navigation import PAGES

SETTINGS = next(entry for entry in PAGES if entry.file_name == "settings.py")


def user_menu() -> None:
    """Draw the owner's name, a link to the own settings, and the button that logs out."""
    st.markdown(
        f"**{literally(runtime.desk().owner.name or 'Owner')}**",
        help="Light or dark follows your browser or system.",
    )
    st.page_link(
        SETTINGS.path,
        label="Profile and settings",
        icon=":material/person:",
        query_params={"section": "Profile"},
    )
    log_out_button()
