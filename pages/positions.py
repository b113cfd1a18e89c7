"""Positions: what is open, how it is guarded, and what can be done about it."""

import streamlit as st

from app.components.exposure_chart import exposure_chart
from app.components.facts import install_facts_style
from app.components.order_list import order_list
from app.components.position_list import position_list
from app.components.recent_actions import recent_actions
from app.login_gate import require_owner
from app.page_frame import refreshed

LIVE_EVERY_SECONDS = 2.0

require_owner()
install_facts_style()
st.title("Positions", anchor=False)
refreshed(position_list, what="The list of positions", every_seconds=LIVE_EVERY_SECONDS)
refreshed(exposure_chart, what="The exposure chart")
st.header("Open orders", anchor=False)
refreshed(order_list, what="The list of orders", every_seconds=LIVE_EVERY_SECONDS)
st.header("Your recent actions", anchor=False)
refreshed(recent_actions, what="The list of actions", every_seconds=LIVE_EVERY_SECONDS)
