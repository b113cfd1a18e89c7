"""Circuit breakers: what watches now, how close it is, and changing it under the lock."""

import streamlit as st

from app.components.breaker_board import BreakerBoard
from app.components.breaker_editor import breaker_editor, close_saved_draft, new_breaker_button
from app.components.breaker_transfer import breaker_transfer
from app.components.confirm_change import show_outcome
from app.components.pending_changes import pending_changes
from app.login_gate import require_owner
from app.page_frame import error_boundary, refreshed

LIVE_EVERY_SECONDS = 1.0

require_owner()
st.title("Circuit breakers", anchor=False)
close_saved_draft()
show_outcome()
new_breaker_button()
refreshed(breaker_editor, what="The form")
with error_boundary("The breakers"):
    board = BreakerBoard()
    board.place()
    refreshed(board.show, what="The breakers", every_seconds=LIVE_EVERY_SECONDS)
st.header("Pending changes", anchor=False)
refreshed(pending_changes, what="The pending changes", every_seconds=LIVE_EVERY_SECONDS)
st.header("Presets and files", anchor=False)
refreshed(breaker_transfer, what="Presets and files")
