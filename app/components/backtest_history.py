"""The runs there are: open one, compare some, delete one, bring one back."""

import streamlit as st

from app import runtime
from app.charts.backtest_comparison import MOST_RUNS, comparison_figure
from app.components.backtest_progress import DIALOG_MAY_BE_OPEN
from app.components.backtest_setup import RUN
from app.components.backtest_tables import metric_table, run_table
from app.components.facts import draw
from app.page_frame import error_boundary
from app.presenters.backtest_jobs import run_label, run_rows
from app.presenters.backtest_metrics import metric_rows
from app.session import display_zone
from etrms_core.engine.job_ports import Job, JobState
from etrms_core.errors import DataError
from etrms_core.services.run_results import RunResult, read_run
from etrms_core.settings import home_directory

EMPTY = "No run yet. Set one up above: the sample data are there to begin with."
MOST_LISTED = 50
DONE = "backtest_deleted"


def run_history() -> None:
    """Draw the list of runs."""
    views = runtime.desk().jobs.runs()
    if not views:
        st.info(EMPTY)
        return
    rows = run_rows(views[:MOST_LISTED], zone=display_zone(), now=runtime.desk().now())
    draw(run_table(rows))
    if len(views) > MOST_LISTED:
        st.markdown(f"The newest {MOST_LISTED} of {len(views)} runs.")


def run_choice() -> None:
    """Draw what can be done with one run, and with those that were deleted."""
    jobs = runtime.desk().jobs
    known = [view.job for view in jobs.runs()]
    if known:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            chosen = _choose("Run", known, key="backtest_chosen")
            if st.button("Open", icon=":material/open_in_full:", key="open_run") and chosen:
                st.query_params[RUN] = chosen.job_id
                st.rerun()
            if st.button("Delete", icon=":material/delete:", key="delete_run") and chosen:
                st.session_state[DIALOG_MAY_BE_OPEN] = True
                st.session_state.pop(DONE, None)
                delete_dialog(chosen)
    deleted = jobs.deleted()
    if deleted:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            gone = _choose("Deleted in the last 7 days", deleted, key="backtest_gone")
            if st.button("Bring back", icon=":material/undo:", key="restore_run") and gone:
                jobs.restore(gone.job_id)
                st.rerun()


def run_comparison() -> None:
    """Draw up to four finished runs beside each other."""
    jobs = runtime.desk().jobs
    done = {view.job.job_id: view.job for view in jobs.runs() if view.job.state is JobState.DONE}
    if len(done) < 2:
        st.markdown("Two finished runs or more can be compared here.")
        return
    zone, now = display_zone(), runtime.desk().now()
    chosen = st.multiselect(
        f"Runs to compare, {MOST_RUNS} at most",
        list(done),
        format_func=lambda each: run_label(done[each], zone=zone, now=now) if each in done else "",
        max_selections=MOST_RUNS,
        placeholder="choose two or more",
        key="backtest_compared",
    )
    runs = [(done[each], run) for each in chosen if each in done and (run := _read(each))]
    if len(runs) < 2:
        return
    titles = [f"{place}. {job.title}" for place, (job, _) in enumerate(runs, start=1)]
    points = [run.section("points") for _, run in runs]
    st.plotly_chart(
        comparison_figure(list(zip(titles, points, strict=True)), zone=zone),
        key="backtest_comparison",
        config={"displaylogo": False},
        alt="Return of the chosen runs over time",
    )
    draw(metric_table(metric_rows([run.metrics for _, run in runs]), titles))


@st.dialog("Delete run", icon=":material/delete:")
def delete_dialog(job: Job) -> None:
    """Ask before a run is deleted."""
    with error_boundary("Deleting the run"):
        if delete_run(job):
            st.rerun()


def delete_run(job: Job) -> bool:
    """Say what follows, and delete a run; True once nothing is left to do."""
    jobs = runtime.desk().jobs
    if st.session_state.get(DONE) == job.job_id or jobs.find(job.job_id) is None:
        return True
    st.text(
        f"{job.title} goes with its results. A run that is under way is cancelled. You can bring "
        "it back for 7 days; after that it is gone for good."
    )
    if not st.button("Delete this run", type="primary", key="delete_run_now"):
        return False
    st.session_state[DONE] = job.job_id
    jobs.delete(job.job_id)
    if st.query_params.get(RUN) == job.job_id:
        st.query_params.pop(RUN, None)
    return True


def _choose(label: str, jobs: "list[Job] | tuple[Job, ...]", *, key: str) -> Job | None:
    by_id = {job.job_id: job for job in jobs}
    zone, now = display_zone(), runtime.desk().now()
    chosen = st.selectbox(
        label,
        list(by_id),
        format_func=lambda each: (
            run_label(by_id[each], zone=zone, now=now) if each in by_id else each
        ),
        key=key,
    )
    return None if chosen is None else by_id.get(chosen)


def _read(job_id: str) -> RunResult | None:
    try:
        return read_run(home_directory(), job_id)
    except DataError as error:
        st.warning(str(error))
        return None
