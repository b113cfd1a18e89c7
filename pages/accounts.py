"""Accounts: how each is connected, what it holds, and what it earned."""

import streamlit as st

from app.components.account_sections import account_downloads, account_sections
from app.login_gate import require_owner
from app.page_frame import refreshed

LIVE_EVERY_SECONDS = 2.0

require_owner()
st.title("Accounts", anchor=False)
refreshed(account_downloads, what="The downloads")
refreshed(account_sections, what="The accounts", every_seconds=LIVE_EVERY_SECONDS)
