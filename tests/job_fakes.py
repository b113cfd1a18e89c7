"""Jobs in memory, and workers that do what the test says."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count

from etrms_core.engine.job_ports import (
    Job,
    JobEnd,
    JobMove,
    JobProgress,
    JobState,
)
from etrms_core.engine.ports import Clock
from etrms_core.errors import StorageError
from etrms_core.services.backtest_jobs import BacktestJobs


class InMemoryJobStore:
    """`JobStore` that forgets with the test."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}

    def add(self, job: Job) -> bool:
        is_new = job.job_id not in self.jobs
        if is_new:
            self.jobs[job.job_id] = job
        return is_new

    def find(self, job_id: str) -> Job | None:
        return self.jobs.get(job_id)

    def list(self, *, limit: int, states: Sequence[JobState] = ()) -> tuple[Job, ...]:
        wanted = [job for job in self.jobs.values() if not states or job.state in states]
        by_id = sorted(wanted, key=lambda job: job.job_id)
        return tuple(sorted(by_id, key=lambda job: job.submitted_at, reverse=True)[:limit])

    def move(self, move: JobMove) -> bool:
        job = self.jobs.get(move.job_id)
        if job is None or job.state not in move.seen:
            return False
        moved = replace(job, state=move.state, reason=move.reason)
        match move.state:
            case JobState.QUEUED:
                moved = replace(moved, submitted_at=move.at, started_at=None, finished_at=None)
            case JobState.RUNNING:
                moved = replace(moved, started_at=move.at, finished_at=None)
            case _:
                moved = replace(moved, finished_at=move.at)
        self.jobs[move.job_id] = moved
        return True

    def mark_deleted(self, job_id: str, at: datetime | None) -> None:
        if job_id in self.jobs:
            self.jobs[job_id] = replace(self.jobs[job_id], deleted_at=at)

    def forget(self, job_id: str) -> None:
        self.jobs.pop(job_id, None)


class ScriptedWorker:
    """A worker that ends when the test says so, or when it is stopped and not stubborn."""

    def __init__(self, *, is_stubborn: bool = False) -> None:
        self.ended: JobEnd | None = None
        self.is_stubborn = is_stubborn
        self.stops: list[bool] = []

    def end(self) -> JobEnd | None:
        return self.ended

    def stop(self, *, at_once: bool = False) -> None:
        self.stops.append(at_once)
        if at_once or not self.is_stubborn:
            self.ended = JobEnd("killed")


class ScriptedWorkers:
    """`Workers` that start nothing."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.worker = ScriptedWorker()
        self.told: dict[str, JobProgress] = {}
        self.trouble: StorageError | None = None

    def start(self, job: Job, *, seconds: float) -> ScriptedWorker:
        if self.trouble is not None:
            raise self.trouble
        self.started.append(job.job_id)
        self.worker = ScriptedWorker()
        return self.worker

    def progress(self, job_id: str) -> JobProgress | None:
        return self.told.get(job_id)


class NotedFolders:
    """`RunFolders` that only write down what they were asked for."""

    def __init__(self) -> None:
        self.log: list[tuple[str, str]] = []

    def put_aside(self, job_id: str) -> None:
        self.log.append(("aside", job_id))

    def bring_back(self, job_id: str) -> None:
        self.log.append(("back", job_id))

    def purge(self, job_id: str) -> None:
        self.log.append(("purged", job_id))


def make_jobs(
    clock: Clock, store: InMemoryJobStore | None = None, workers: ScriptedWorkers | None = None
) -> BacktestJobs:
    """Build jobs that nobody runs, with ids job-001 and so on."""
    numbers = count(1)
    return BacktestJobs(
        store or InMemoryJobStore(),
        workers or ScriptedWorkers(),
        NotedFolders(),
        clock=clock,
        new_id=lambda: f"job-{next(numbers):03}",
    )
