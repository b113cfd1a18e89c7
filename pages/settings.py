"""Settings: profile, sessions, the desk and its data, the audit log, the vault."""

import streamlit as st

from app.components.settings_sections import SECTIONS
from app.login_gate import require_owner

require_owner()
st.title("Settings", anchor=False)
section = st.pills(
    "Section",
    list(SECTIONS),
    default="Profile",
    required=True,
    key="section",
    bind="query-params",
    label_visibility="collapsed",
)
st.header(section, anchor=False)
SECTIONS[section]()
