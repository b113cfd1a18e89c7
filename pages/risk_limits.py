"""Risk limits: how much of each is used, and changing them under the commitment lock."""

import streamlit as st

from app.components.confirm_change import show_outcome
from app.components.limit_editor import limit_editor, limit_transfer
from app.components.limit_sections import accounts_in_use, limits_history, limits_in_use
from app.components.pending_changes import pending_changes
from app.login_gate import require_owner
from app.page_frame import refreshed

LIVE_EVERY_SECONDS = 1.0
HISTORY_EVERY_SECONDS = 10.0

require_owner()
st.title("Risk limits", anchor=False)
show_outcome()
refreshed(limits_in_use, what="The limits in use", every_seconds=LIVE_EVERY_SECONDS)
st.header("By account", anchor=False)
refreshed(accounts_in_use, what="The accounts", every_seconds=LIVE_EVERY_SECONDS)
st.header("Pending changes", anchor=False)
refreshed(pending_changes, what="The pending changes", every_seconds=LIVE_EVERY_SECONDS)
st.header("Change limits", anchor=False)
refreshed(limit_editor, what="The form")
st.header("File and defaults", anchor=False)
refreshed(limit_transfer, what="Import and export")
st.header("History of changes", anchor=False)
refreshed(limits_history, what="The history", every_seconds=HISTORY_EVERY_SECONDS)
