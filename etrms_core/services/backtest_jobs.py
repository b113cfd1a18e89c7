"""Backtests as jobs: queued, watched, cancelled, started again, deleted and brought back.

Nothing here computes: a worker process does, and this process or another one of the same desk,
acting or standing by, starts it.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from etrms_core.engine.job_ports import (
    UNFINISHED,
    Job,
    JobKind,
    JobMove,
    JobProgress,
    JobState,
    JobStore,
    RunFolders,
    Workers,
)
from etrms_core.engine.lease_ports import HolderLock
from etrms_core.engine.ports import Clock
from etrms_core.errors import ConfigurationError
from etrms_core.services.job_runner import JobRunner

JOB_ID = re.compile(r"[a-z0-9][a-z0-9-]{5,63}")
LARGEST_DOCUMENT = 1 << 20
MOST_WAITING = 100
MOST_SHOWN = 500
LONGEST_TITLE = 200
ACRONYMS = frozenset({"sma", "ema", "macd", "rsi"})
# From less than this nobody can tell how long the rest takes.
FIRST_FRACTION, FIRST_SECONDS = 0.02, 1.0
STARTABLE = frozenset({JobState.INTERRUPTED, JobState.CANCELLED, JobState.FAILED})


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as it stands.

    Attributes
    ----------
    progress : JobProgress or None
        Of a running job, once it reported.
    seconds_left : float or None
        None while nobody can tell.
    ahead : int
        How many jobs come before a waiting one.
    """

    job: Job
    progress: JobProgress | None = None
    seconds_left: float | None = None
    ahead: int = 0


class BacktestJobs:
    """The jobs of one desk."""

    def __init__(
        self,
        store: JobStore,
        workers: Workers,
        folders: RunFolders,
        *,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._workers = workers
        self._folders = folders
        self._clock = clock
        self._new_id = new_id
        self.on_change: list[Callable[[], None]] = []

    def runner(self, lock: HolderLock) -> JobRunner:
        """Return what runs these jobs in this process while it holds the lock."""
        runner = JobRunner(self._store, self._workers, self._folders, lock, clock=self._clock)
        self.on_change.append(runner.wake)
        return runner

    def submit(
        self,
        document: Mapping[str, object],
        *,
        kind: JobKind = JobKind.BACKTEST,
        job_id: str | None = None,
    ) -> str:
        """Put work into the queue and return its id; the same id again is the same job.

        Parameters
        ----------
        document : mapping
            The run bundle, or what else the kind of job takes.

        Raises
        ------
        ConfigurationError
            If the id is none, the document is no JSON or too large, or too many jobs wait.
        """
        chosen = job_id or self._new_id()
        if not JOB_ID.fullmatch(chosen):
            raise ConfigurationError("is 6 to 64 small letters, digits and dashes", field="id")
        waiting = self._store.list(limit=MOST_WAITING, states=[JobState.QUEUED])
        if len(waiting) >= MOST_WAITING and self._store.find(chosen) is None:
            raise ConfigurationError(f"{MOST_WAITING} jobs wait already; cancel some first")
        title = job_title(document)[:LONGEST_TITLE]
        text = _written(document)
        self._store.add(Job(chosen, kind, title, text, JobState.QUEUED, self._clock()))
        self._changed()
        return chosen

    def find(self, job_id: str) -> JobView | None:
        """Return a job as it stands; None when there is none or it was deleted."""
        if not JOB_ID.fullmatch(job_id):
            return None
        job = self._store.find(job_id)
        return None if job is None or job.deleted_at is not None else self._view(job)

    def runs(self, kind: JobKind = JobKind.BACKTEST) -> tuple[JobView, ...]:
        """Return the jobs of a kind, newest first, without deleted ones."""
        return tuple(self._view(job) for job in self._jobs(kind) if job.deleted_at is None)

    def deleted(self, kind: JobKind = JobKind.BACKTEST) -> tuple[Job, ...]:
        """Return the deleted jobs that can still be brought back, newest first."""
        return tuple(job for job in self._jobs(kind) if job.deleted_at is not None)

    def cancel(self, job_id: str) -> bool:
        """Stop a job, or take it out of the queue; False when it had ended already.

        Whoever runs it sees that within a quarter of a second and ends its process.
        """
        move = JobMove(job_id, UNFINISHED, JobState.CANCELLED, self._clock(), "cancelled by you")
        return self._did(self._store.move(move))

    def start_again(self, job_id: str) -> bool:
        """Queue a job anew that was interrupted, cancelled or failed; False in another state."""
        move = JobMove(job_id, STARTABLE, JobState.QUEUED, self._clock())
        return self._did(self._store.move(move))

    def delete(self, job_id: str) -> None:
        """Hide a job with its results for a week; after that they are gone for good."""
        if self.find(job_id) is None:
            return
        self.cancel(job_id)
        self._folders.put_aside(job_id)
        self._store.mark_deleted(job_id, self._clock())

    def restore(self, job_id: str) -> None:
        """Bring a deleted job back with its results."""
        job = self._store.find(job_id)
        if job is None or job.deleted_at is None:
            return
        self._folders.bring_back(job_id)
        self._store.mark_deleted(job_id, None)

    def _jobs(self, kind: JobKind) -> list[Job]:
        return [job for job in self._store.list(limit=MOST_SHOWN) if job.kind is kind]

    def _view(self, job: Job) -> JobView:
        match job.state:
            case JobState.QUEUED:
                queued = self._store.list(limit=MOST_WAITING, states=tuple(UNFINISHED))
                before = (each for each in queued if _place(each) < _place(job))
                return JobView(job, ahead=sum(each.deleted_at is None for each in before))
            case JobState.RUNNING:
                progress = self._workers.progress(job.job_id)
                return JobView(job, progress, self._seconds_left(job, progress))
            case _:
                return JobView(job)

    def _seconds_left(self, job: Job, progress: JobProgress | None) -> float | None:
        if progress is None or job.started_at is None or progress.fraction < FIRST_FRACTION:
            return None
        passed = (self._clock() - job.started_at) / timedelta(seconds=1)
        if passed < FIRST_SECONDS:
            return None
        return passed * (1.0 - progress.fraction) / progress.fraction

    def _did(self, happened: bool) -> bool:
        if happened:
            self._changed()
        return happened

    def _changed(self) -> None:
        for wake in self.on_change:
            wake()


def job_title(document: Mapping[str, object]) -> str:
    """Name a run by its strategy and what it trades."""
    strategy, data = document.get("strategy"), document.get("data")
    name = str(strategy.get("name", "")) if isinstance(strategy, Mapping) else ""
    words = " ".join(
        part.upper() if part in ACRONYMS else part for part in name.replace("_", " ").split()
    )
    traded = _traded(data) if isinstance(data, Mapping) else ""
    title = " on ".join(part for part in (words[:1].upper() + words[1:], traded) if part)
    return title or str(document.get("title") or "Job")


def _traded(data: Mapping[str, object]) -> str:
    files, symbols = data.get("files"), data.get("symbols")
    named = list(files) if isinstance(files, Mapping) else symbols
    names = [str(each) for each in named] if isinstance(named, list | tuple) else []
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return f"{shown} {data.get('timeframe') or ''}".strip()


def _place(job: Job) -> tuple[bool, object, str]:
    """Order by which jobs take their turn: what runs comes first."""
    return (job.state is not JobState.RUNNING, job.submitted_at, job.job_id)


def _written(document: Mapping[str, object]) -> str:
    try:
        text = json.dumps(document, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"cannot be stored: {error}", field="bundle") from error
    if len(text) > LARGEST_DOCUMENT:
        raise ConfigurationError("is larger than 1 MB", field="bundle")
    return text
