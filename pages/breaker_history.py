"""Breaker history: what fired, why, what was done about it, and how fast."""

import streamlit as st

from app.components.history_section import event_section, history_section
from app.login_gate import require_owner
from app.page_frame import refreshed

require_owner()
st.title("Breaker history", anchor=False)
refreshed(history_section, what="The history")
st.header("One event", anchor=False)
refreshed(event_section, what="The event")
