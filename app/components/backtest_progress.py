"""What becomes of a run while it waits and works, and why it broke off."""

import json
from collections.abc import Callable

import streamlit as st

from app import runtime
from app.components.backtest_setup import RUN, start_with
from app.components.facts import draw
from app.components.literal_text import literally
from app.components.markup import cell_markup, joined, tag
from app.components.trading_controls import ASKED
from app.presenters.backtest_jobs import progress_words, state_cell
from etrms_core.engine.job_ports import JobState
from etrms_core.services.backtest_jobs import STARTABLE, JobView

# Whether a dialog may be open: a run of the whole page would close it.
DIALOG_MAY_BE_OPEN = "backtest_dialog_may_be_open"
GONE = "This run was deleted, or never was. Choose another one below."


def note_dialogs() -> None:
    """Remember whether this run of the page opens a dialog of the trading controls."""
    st.session_state[DIALOG_MAY_BE_OPEN] = ASKED in st.session_state


def asked_run() -> str | None:
    """Return the run that the address names."""
    return st.query_params.get(RUN) or None


def shown_run() -> JobView | None:
    """Return the run that the address names, as it stands."""
    asked = asked_run()
    return None if asked is None else runtime.desk().jobs.find(asked)


def is_under_way() -> bool:
    """Whether the shown run waits or works."""
    view = shown_run()
    return view is not None and not view.job.state.is_final


def run_progress() -> None:
    """Draw the state of the shown run with what can be done about it."""
    view = shown_run()
    if view is None:
        if asked_run() is not None:
            st.info(GONE)
        return
    title = tag("span", view.job.title, css="et-fact-title")
    draw(tag("p", title, " ", cell_markup(state_cell(view.job)), role="status"))
    match view.job.state:
        case JobState.QUEUED | JobState.RUNNING:
            _under_way(view)
        case JobState.DONE:
            pass
        case _:
            _broken_off(view)


def follow_run() -> None:
    """Draw the run while it is under way; once it has ended, the page shows what it found."""
    run_progress()
    if is_under_way():
        return
    if not st.session_state.get(DIALOG_MAY_BE_OPEN):
        st.rerun()
    if st.button("Show results", type="primary", key="show_results"):
        st.rerun()


def _under_way(view: JobView) -> None:
    fraction = 0.0 if view.progress is None else view.progress.fraction
    st.progress(fraction, text=literally(progress_words(view)))
    _button("Cancel job", ":material/cancel:", view, runtime.desk().jobs.cancel)


def _broken_off(view: JobView) -> None:
    if view.job.state is JobState.FAILED:
        st.error(literally(f"It failed: {view.job.reason}"), icon=":material/error:")
    elif view.job.reason:
        draw(tag("p", joined((f"{view.job.reason[:1].upper()}{view.job.reason[1:]}.",))))
    with st.container(horizontal=True):
        if view.job.state in STARTABLE:
            _button("Start again", ":material/replay:", view, runtime.desk().jobs.start_again)
        edit_button(view)


def edit_button(view: JobView) -> None:
    """Offer the bundle of a run as the start of another one."""
    if st.button("Edit and run again", icon=":material/edit:", key=f"edit_{view.job.job_id}"):
        start_with(json.loads(view.job.document))
        st.rerun()


def _button(label: str, icon: str, view: JobView, act: Callable[[str], bool]) -> None:
    if st.button(label, icon=icon, key=f"{label.split(maxsplit=1)[0].lower()}_{view.job.job_id}"):
        act(view.job.job_id)
        st.rerun()
