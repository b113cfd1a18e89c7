"""Backtest: set a run up, watch it, and see what it and its breakers would have brought."""

import streamlit as st

from app.components.backtest_history import run_choice, run_comparison, run_history
from app.components.backtest_progress import (
    asked_run,
    follow_run,
    is_under_way,
    note_dialogs,
    run_progress,
)
from app.components.backtest_results import run_results
from app.components.backtest_setup import backtest_setup
from app.components.backtest_tables import install_backtest_style
from app.components.facts import install_facts_style
from app.login_gate import require_owner
from app.page_frame import error_boundary, refreshed

LIVE_EVERY_SECONDS = 1.0
LIST_EVERY_SECONDS = 3.0

require_owner()
install_facts_style()
install_backtest_style()
note_dialogs()
st.title("Backtest", anchor=False)
with error_boundary("The run"):
    if is_under_way():
        refreshed(follow_run, what="The run", every_seconds=LIVE_EVERY_SECONDS)
    else:
        refreshed(run_progress, what="The run")
        refreshed(run_results, what="The results")
with st.expander("Set up a run", expanded=asked_run() is None, icon=":material/tune:"):
    refreshed(backtest_setup, what="The form")
st.header("Runs", anchor=False)
refreshed(run_history, what="The list of runs", every_seconds=LIST_EVERY_SECONDS)
refreshed(run_choice, what="The choice of a run")
st.header("Compare runs", anchor=False)
refreshed(run_comparison, what="The comparison")
