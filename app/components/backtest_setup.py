"""Setting up a backtest and putting it into the queue."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app import runtime
from app.forms.backtest_form import Surroundings, backtest_form, check_bundle
from app.presenters.backtest_choices import strategy_choices
from etrms_core.bootstrap.bars import open_bar_store
from etrms_core.bootstrap.jobs import new_job_id
from etrms_core.errors import ConfigurationError
from etrms_core.settings import home_directory

# The address of one run, so that a reload finds it again.
RUN = "run"
STARTS_WITH, ROUND, WRONG, NEXT_ID = (
    "backtest_start",
    "backtest_round",
    "backtest_wrong",
    "backtest_next_id",
)


def backtest_setup() -> None:
    """Draw the form; a right one becomes a job, whose run the page then shows."""
    bundle = backtest_form(
        st.session_state.get(STARTS_WITH, {}),
        _surroundings(),
        key=str(st.session_state.get(ROUND, 0)),
        error=st.session_state.get(WRONG),
    )
    if st.button("Run backtest", type="primary", icon=":material/science:", key="run_backtest"):
        _submit(bundle)


def start_with(bundle: Mapping[str, Any]) -> None:
    """Fill the form with the bundle of a run, in a new round of fields."""
    st.session_state[STARTS_WITH] = dict(bundle)
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
    st.session_state.pop(WRONG, None)
    st.query_params.pop(RUN, None)


def _surroundings() -> Surroundings:
    home = home_directory()
    return Surroundings(
        stored=open_bar_store(home).names(),
        strategies=strategy_choices(home / "strategies"),
        live_rules=runtime.desk().breakers.all(),
    )


def _submit(bundle: dict[str, Any]) -> None:
    # The id is older than the click: however often somebody clicks, it is one job.
    job_id = st.session_state.setdefault(NEXT_ID, new_job_id())
    try:
        check_bundle(bundle)
        runtime.desk().jobs.submit(bundle, job_id=job_id)
    except ConfigurationError as error:
        st.session_state[WRONG] = error
        st.rerun()
    st.session_state.pop(WRONG, None)
    st.session_state.pop(NEXT_ID, None)
    st.query_params[RUN] = job_id
    st.rerun()
