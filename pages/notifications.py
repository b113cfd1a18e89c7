"""Notifications: which ways reach the trader, what goes there, and what did not arrive."""

import streamlit as st

from app.components.channel_list import channel_list
from app.components.message_section import message_section
from app.components.passphrase_section import passphrase_section
from app.login_gate import require_owner
from app.page_frame import refreshed

LIVE_EVERY_SECONDS = 2.0
MESSAGES_EVERY_SECONDS = 5.0

require_owner()
st.title("Notifications", anchor=False)
refreshed(passphrase_section, what="The vault")
st.header("Channels", anchor=False)
refreshed(channel_list, what="The channels", every_seconds=LIVE_EVERY_SECONDS)
st.header("Messages", anchor=False)
refreshed(message_section, what="The messages", every_seconds=MESSAGES_EVERY_SECONDS)
