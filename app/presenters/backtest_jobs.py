"""Runs as rows, and their states in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.presenters.cells import Cell, Tone, unknown
from app.presenters.times import clock_and_date, duration
from etrms_core.engine.job_ports import Job, JobState
from etrms_core.services.backtest_jobs import JobView

STATES = {
    JobState.QUEUED: ("Waiting", Tone.PLAIN),
    JobState.RUNNING: ("Running", Tone.PLAIN),
    JobState.DONE: ("Done", Tone.GOOD),
    JobState.FAILED: ("Failed", Tone.BAD),
    JobState.CANCELLED: ("Cancelled", Tone.MUTED),
    JobState.INTERRUPTED: ("Interrupted", Tone.WARNING),
}


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run of the list."""

    job_id: str
    title: Cell
    state: Cell
    submitted: Cell
    took: Cell


def state_cell(job: Job) -> Cell:
    """Write the state of a job."""
    text, tone = STATES[job.state]
    return Cell(text, tone=tone)


def progress_words(view: JobView) -> str:
    """Say how far a job is, or what it waits for."""
    if view.job.state is JobState.QUEUED:
        if not view.ahead:
            return "Waits for its turn: it is next"
        jobs = "job" if view.ahead == 1 else "jobs"
        return f"Waits for its turn: {view.ahead} {jobs} before it"
    if view.progress is None:
        return "Starts"
    words = f"{view.progress.words}, {view.progress.fraction:.0%}"
    if view.seconds_left is None:
        return words
    return f"{words}, about {duration(max(1.0, view.seconds_left))} left"


def run_rows(views: Sequence[JobView], *, zone: ZoneInfo, now: datetime) -> tuple[RunRow, ...]:
    """Show runs, newest first."""
    return tuple(_row(view, zone, now) for view in views)


def run_label(job: Job, *, zone: ZoneInfo, now: datetime) -> str:
    """Name a run in a list of choices."""
    return f"{job.title}, {clock_and_date(job.submitted_at, zone=zone, now=now)}"


def _row(view: JobView, zone: ZoneInfo, now: datetime) -> RunRow:
    job = view.job
    text, tone = STATES[job.state]
    note = progress_words(view) if not job.state.is_final else job.reason
    return RunRow(
        job.job_id,
        Cell(job.title),
        Cell(text, note=note, tone=tone),
        Cell(clock_and_date(job.submitted_at, zone=zone, now=now)),
        _took(job, now),
    )


def _took(job: Job, now: datetime) -> Cell:
    if job.started_at is None:
        return unknown("it has not started")
    end = now if job.finished_at is None else job.finished_at
    return Cell(duration((end - job.started_at).total_seconds()))
