"""Data: stored bars and funding, their quality, imports."""

import streamlit as st

from app.components.series_import import import_section
from app.components.stored_series import stored_section
from app.login_gate import require_owner
from app.page_frame import refreshed

EVERY_SECONDS = 1.0

require_owner()
st.title("Data", anchor=False)
refreshed(stored_section, what="What is stored", every_seconds=EVERY_SECONDS)
st.header("Import a file", anchor=False)
refreshed(import_section, what="The import", every_seconds=EVERY_SECONDS)
