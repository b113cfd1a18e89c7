"""The same signals through another engine, when somebody asks."""

import streamlit as st

from app import runtime
from app.components.literal_text import literally
from app.presenters.backtest_jobs import progress_words
from app.presenters.backtest_words import check_sentence
from etrms_core.backtest.cross_check import reason_against
from etrms_core.engine.job_ports import JobKind, JobState
from etrms_core.errors import ConfigurationError
from etrms_core.services.backtest_jobs import JobView
from etrms_core.services.run_results import RunResult, read_check
from etrms_core.settings import home_directory

EVERY_SECONDS = 1.0
ABOUT = (
    "vectorbt trades the same signals by its own arithmetic, in a process of its own. A run with "
    "plain signals must end with the same equity there."
)


def vectorbt_check(run: RunResult, job_id: str) -> None:
    """Draw what the check found, or the button that starts it, or why it does not apply."""
    st.markdown(ABOUT)
    if reason := reason_against(run.bundle):
        st.info(literally(f"The check does not apply to this run: {reason}."))
        return
    _section(job_id)


def _section(job_id: str) -> None:
    found = read_check(home_directory(), job_id)
    if found is not None:
        st.markdown(f"**{literally(check_sentence(found))}**")
        return
    view = runtime.desk().jobs.find(check_id(job_id))
    if view is not None and not view.job.state.is_final:
        _waiting(job_id)
    elif st.button("Check with vectorbt", icon=":material/balance:", key="check_vectorbt"):
        _start(job_id, view)
    if view is not None and view.job.state is JobState.FAILED:
        st.error(literally(f"The check failed: {view.job.reason}"), icon=":material/error:")


def check_id(job_id: str) -> str:
    """Return the id of the check of a run: there is one per run."""
    return f"check-{job_id}"


@st.fragment(run_every=EVERY_SECONDS)
def _waiting(job_id: str) -> None:
    view = runtime.desk().jobs.find(check_id(job_id))
    found = read_check(home_directory(), job_id)
    if found is not None:
        st.markdown(f"**{literally(check_sentence(found))}**")
    elif view is not None and view.job.state is JobState.FAILED:
        st.error(literally(f"The check failed: {view.job.reason}"), icon=":material/error:")
    elif view is not None:
        st.markdown(literally(progress_words(view)))


def _start(job_id: str, known: JobView | None) -> None:
    jobs = runtime.desk().jobs
    try:
        if known is None:
            document = {"run": job_id, "title": "Check with vectorbt"}
            jobs.submit(document, kind=JobKind.VECTORBT_CHECK, job_id=check_id(job_id))
        else:
            jobs.start_again(check_id(job_id))
    except ConfigurationError as error:
        st.error(literally(str(error)))
        return
    st.rerun()
