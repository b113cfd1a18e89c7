"""Settings: what this desk is, where it lies, and how it is set."""

import os
from importlib.metadata import version

import streamlit as st

from app import runtime
from app.components.fact_table import fact_table
from app.presenters.fact_rows import DeskFacts, desk_facts
from app.session import display_zone
from etrms_core.bootstrap.storage_report import storage_report
from etrms_core.settings import home_directory, load_settings

# For testing only; whoever sets one must see that it is set.
REDIRECTIONS = (
    "ETRMS_BINANCE_REST_URL",
    "ETRMS_BINANCE_WS_URL",
    "ETRMS_HYPERLIQUID_REST_URL",
    "ETRMS_HYPERLIQUID_WS_URL",
)


def desk_section() -> None:
    """Draw the facts of this desk; call it within a section that refreshes."""
    desk, home = runtime.desk(), home_directory()
    told = DeskFacts(
        desk_id=desk.sign_in.desk_id,
        role=desk.role,
        mode=desk.health().mode,
        version=version("etrms"),
        time_zone=desk.policy.time_zone,
        delay=desk.commitment.delay,
        redirected=tuple(name for name in REDIRECTIONS if os.environ.get(name)),
    )
    facts = desk_facts(
        told, storage_report(home), load_settings(home), zone=display_zone(), now=desk.now()
    )
    st.markdown(fact_table(facts, caption="This desk"), unsafe_allow_html=True)
    st.markdown("Names with a dot are keys of etrms.toml, which is read when ETRMS starts.")
