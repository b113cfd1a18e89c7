"""One thread that lets one worker at a time work, and settles how its job ended.

Of several processes of a desk the one that holds the lock runs jobs, whether it acts for the desk
or stands by: a backtest touches no venue. What still counts as running when the lock is taken was
left behind by a process that is gone.
"""

from collections.abc import Callable
from datetime import timedelta
from threading import Event as Flag
from threading import Thread
from time import monotonic

import structlog

from etrms_core.engine.job_ports import (
    Job,
    JobMove,
    JobState,
    JobStore,
    RunFolders,
    Worker,
    Workers,
)
from etrms_core.engine.lease_ports import HolderLock
from etrms_core.engine.ports import Clock
from etrms_core.errors import EtrmsError, StorageError

log = structlog.get_logger(__name__)

BUSY_SECONDS, IDLE_SECONDS = 0.25, 1.0
SECONDS_TO_END = 1.0
TIME_LIMIT_SECONDS = 3_600.0
KEPT_FOR = timedelta(days=7)
PURGE_EVERY_SECONDS = 3_600.0
QUEUE_LOOKED_AT = 1_000
RESTARTED = "the desk was restarted while it ran"
CLOSED = "the desk was closed while it ran"


class _Running:
    """A job with its worker."""

    def __init__(self, job: Job, worker: Worker, now: float) -> None:
        self.job = job
        self.worker = worker
        self.started = now
        self.asked_to_end: float | None = None


class JobRunner:
    """Runs queued jobs, the oldest first."""

    def __init__(
        self,
        store: JobStore,
        workers: Workers,
        folders: RunFolders,
        lock: HolderLock,
        *,
        clock: Clock,
        seconds: Callable[[], float] = monotonic,
    ) -> None:
        self._store = store
        self._workers = workers
        self._folders = folders
        self._lock = lock
        self._clock = clock
        self._seconds = seconds
        self._holds_lock = False
        self._running: _Running | None = None
        self._purged_at: float | None = None
        self._stop, self._wake = Flag(), Flag()
        self._thread = Thread(target=self._run, name="job-runner", daemon=True)
        self.time_limit_seconds = TIME_LIMIT_SECONDS

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Look at the queue now."""
        self._wake.set()

    def stop(self) -> None:
        """End the worker, whose job is interrupted, and the thread."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def step(self) -> None:
        """Do what is due, without waiting for anything."""
        if self._running is not None:
            self._look_after(self._running)
        elif self._may_run():
            self._purge_when_due()
            self._begin_next()

    def close(self) -> None:
        """Interrupt what runs and let another process run jobs."""
        running, self._running = self._running, None
        if running is not None:
            running.worker.stop(at_once=True)
            self._settle(running.job, JobState.INTERRUPTED, CLOSED)
        self._holds_lock = False
        self._lock.release()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            try:
                self.step()
            except EtrmsError as error:
                log.warning("jobs wait", reason=str(error))
            except Exception:
                # The thread lives as long as the desk does.
                log.exception("a step of the job runner failed")
            self._wake.wait(IDLE_SECONDS if self._running is None else BUSY_SECONDS)
        try:
            self.close()
        except EtrmsError as error:
            log.warning("a job was left behind", reason=str(error))

    def _may_run(self) -> bool:
        if not self._holds_lock and self._lock.try_acquire():
            for job in self._store.list(limit=QUEUE_LOOKED_AT, states=[JobState.RUNNING]):
                self._settle(job, JobState.INTERRUPTED, RESTARTED)
            self._holds_lock = True
        return self._holds_lock

    def _begin_next(self) -> None:
        queued = self._store.list(limit=QUEUE_LOOKED_AT, states=[JobState.QUEUED])
        waiting = [job for job in queued if job.deleted_at is None]
        if not waiting:
            return
        job = min(waiting, key=lambda each: (each.submitted_at, each.job_id))
        seen = frozenset({JobState.QUEUED})
        if not self._store.move(JobMove(job.job_id, seen, JobState.RUNNING, self._clock())):
            return
        try:
            worker = self._workers.start(job, seconds=self.time_limit_seconds)
        except StorageError as error:
            self._settle(job, JobState.FAILED, str(error))
        else:
            self._running = _Running(job, worker, self._seconds())

    def _look_after(self, running: _Running) -> None:
        end = running.worker.end()
        if end is not None:
            state = JobState.FAILED if end.reason else JobState.DONE
            self._settle(running.job, state, end.reason)
            self._running = None
            self._wake.set()
        elif running.asked_to_end is not None:
            late = self._seconds() - running.asked_to_end >= SECONDS_TO_END
            running.worker.stop(at_once=late)
        elif self._seconds() - running.started > self.time_limit_seconds:
            minutes = self.time_limit_seconds / 60.0
            self._settle(running.job, JobState.FAILED, f"it took longer than {minutes:g} minutes")
            self._ask_to_end(running)
        elif not self._is_wanted(running.job):
            self._ask_to_end(running)

    def _is_wanted(self, job: Job) -> bool:
        stored = self._store.find(job.job_id)
        return stored is not None and stored.state is JobState.RUNNING

    def _ask_to_end(self, running: _Running) -> None:
        running.asked_to_end = self._seconds()
        running.worker.stop()

    def _settle(self, job: Job, state: JobState, reason: str) -> None:
        # A job that was cancelled in the meantime stays cancelled.
        seen = frozenset({JobState.RUNNING})
        self._store.move(JobMove(job.job_id, seen, state, self._clock(), reason))

    def _purge_when_due(self) -> None:
        now = self._seconds()
        if self._purged_at is not None and now - self._purged_at < PURGE_EVERY_SECONDS:
            return
        self._purged_at = now
        oldest = self._clock() - KEPT_FOR
        for job in self._store.list(limit=QUEUE_LOOKED_AT):
            if job.deleted_at is not None and job.deleted_at < oldest:
                self._folders.purge(job.job_id)
                self._store.forget(job.job_id)
