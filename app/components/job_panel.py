"""A button that starts long work, and how far it has come; it never holds the page up."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from app.background_job import BackgroundJob, Report
from app.components.literal_text import literally

Result = TypeVar("Result")


def job_panel(
    job: BackgroundJob[Result],
    *,
    label: str,
    work: Callable[[Report], Result],
    tell: Callable[[Result], None],
    key: str,
) -> None:
    """Draw the button and what became of the work; call it within a section that refreshes."""
    is_running = job.state is not None and job.state.is_running
    if st.button(label, key=key, disabled=is_running):
        job.start(work)
    state = job.state
    if state is None:
        return
    if state.is_running:
        st.progress(min(1.0, max(0.0, state.share or 0.0)), text=f"Running. {state.step}")
    elif state.error is not None:
        st.error(f"It could not be done: {literally(state.error)}", icon=":material/error:")
    elif state.result is not None:
        tell(state.result)
