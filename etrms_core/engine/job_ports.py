"""Long work in processes of its own: what is stored of it, and what runs it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class JobState(StrEnum):
    """How far a job has come; the last four are final until somebody starts it again."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens by itself."""
        return self not in UNFINISHED


UNFINISHED = frozenset({JobState.QUEUED, JobState.RUNNING})


class JobKind(StrEnum):
    """What a job does; its name in the database."""

    BACKTEST = "backtest"
    VECTORBT_CHECK = "vectorbt_check"


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work.

    Attributes
    ----------
    job_id : str
        Small letters and digits; also the name of its folder.
    document : str
        What is asked for, as JSON text.
    reason : str
        Why it failed, was interrupted or cancelled; empty otherwise.
    deleted_at : datetime or None
        When its owner deleted it; it can be brought back until it is purged.
    """

    job_id: str
    kind: JobKind
    title: str
    document: str
    state: JobState
    submitted_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    reason: str = ""
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class JobMove:
    """A step from one state to another, which happens only if the job is still in one of `seen`."""

    job_id: str
    seen: frozenset[JobState]
    state: JobState
    at: datetime
    reason: str = ""


class JobStore(Protocol):
    """All jobs of a desk; `StorageError` from every method when the database fails."""

    def add(self, job: Job) -> bool:
        """Store a new job; False, and nothing stored, when its id is there already."""

    def find(self, job_id: str) -> Job | None:
        """Return a job, deleted or not; None when there is none."""

    def list(self, *, limit: int, states: Sequence[JobState] = ()) -> tuple[Job, ...]:
        """Return jobs in these states (all without any), deleted ones too, newest first."""

    def move(self, move: JobMove) -> bool:
        """Take a step; False, and nothing stored, when the job is in another state by now.

        Queued forgets when it started and ended and goes to the end of the queue; running sets the
        start, all others the end.
        """

    def mark_deleted(self, job_id: str, at: datetime | None) -> None:
        """Delete a job, or bring it back with None."""

    def forget(self, job_id: str) -> None:
        """Remove the row of a job."""


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How far a running job has come: `fraction` in [0, 1], and what it does, in words."""

    fraction: float
    words: str


@dataclass(frozen=True, slots=True)
class JobEnd:
    """How a worker ended: `reason` is empty when it did all that it should."""

    reason: str = ""


class Worker(Protocol):
    """A process that works on one job."""

    def end(self) -> JobEnd | None:
        """Say how it ended; None while it runs. It never waits."""

    def stop(self, *, at_once: bool = False) -> None:
        """Ask the process and its children to end, or end them."""


class Workers(Protocol):
    """Starts workers and reads what they report."""

    def start(self, job: Job, *, seconds: float) -> Worker:
        """Start a worker, which the system ends after so many seconds of computing.

        Raises
        ------
        StorageError
            If the folder of the job cannot be made.
        """

    def progress(self, job_id: str) -> JobProgress | None:
        """Return what a worker reported last; None before that."""


class RunFolders(Protocol):
    """The folders in which results lie; `StorageError` when the disk fails."""

    def put_aside(self, job_id: str) -> None:
        """Hide the results of a job."""

    def bring_back(self, job_id: str) -> None:
        """Show hidden results again."""

    def purge(self, job_id: str) -> None:
        """Remove the results of a job, hidden or not, and all that its worker left."""
