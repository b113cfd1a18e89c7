"""One worker at a time, and every way in which it can end."""

from time import monotonic, sleep

import pytest

from etrms_core.engine.job_ports import Job, JobEnd, JobKind, JobMove, JobState
from etrms_core.errors import StorageError
from etrms_core.services.job_runner import CLOSED, RESTARTED, JobRunner
from tests.builders import NOW
from tests.fakes import ManualClock
from tests.job_fakes import InMemoryJobStore, NotedFolders, ScriptedWorkers, make_jobs
from tests.services.acting import FakeLock, ManualSeconds

S = JobState
BUNDLE = {"strategy": {"name": "sma_cross"}}


class Bench:
    """A runner whose steps the test takes."""

    def __init__(
        self, store: InMemoryJobStore | None = None, locks: list[FakeLock] | None = None
    ) -> None:
        self.clock, self.seconds = ManualClock(NOW), ManualSeconds()
        self.store, self.workers = store or InMemoryJobStore(), ScriptedWorkers()
        self.folders = NotedFolders()
        self.jobs = make_jobs(self.clock, self.store, self.workers)
        self.runner = JobRunner(
            self.store,
            self.workers,
            self.folders,
            FakeLock(locks),
            clock=self.clock,
            seconds=self.seconds,
        )

    def submit(self, number: int) -> str:
        self.clock.advance(seconds=1)
        return self.jobs.submit(BUNDLE, job_id=f"run-{number:03}")

    def job(self, job_id: str) -> Job:
        found = self.store.find(job_id)
        assert found is not None
        return found


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_jobs_run_one_at_a_time_the_oldest_first(bench: Bench) -> None:
    first, second = bench.submit(1), bench.submit(2)
    bench.runner.step()
    bench.runner.step()
    assert bench.workers.started == [first]
    assert bench.job(second).state is S.QUEUED
    bench.workers.worker.ended = JobEnd()
    bench.runner.step()
    bench.runner.step()
    assert bench.workers.started == [first, second]
    assert bench.job(first).state is S.DONE


def test_a_worker_that_was_killed_leaves_a_failed_job_with_the_reason(bench: Bench) -> None:
    job_id = bench.submit(1)
    bench.runner.step()
    bench.workers.worker.ended = JobEnd("killed by signal 9, perhaps out of memory")
    bench.runner.step()
    assert bench.job(job_id).state is S.FAILED
    assert "signal 9" in bench.job(job_id).reason


def test_a_worker_that_cannot_be_started_fails_its_job_only(bench: Bench) -> None:
    first = bench.submit(1)
    bench.workers.trouble = StorageError("there is no room left")
    bench.runner.step()
    assert bench.job(first).reason == "there is no room left"
    bench.workers.trouble = None
    second = bench.submit(2)
    bench.runner.step()
    assert bench.workers.started == [second]


def test_a_cancelled_job_is_asked_to_end_and_then_made_to(bench: Bench) -> None:
    job_id = bench.submit(1)
    bench.runner.step()
    bench.workers.worker.is_stubborn = True
    bench.jobs.cancel(job_id)
    bench.runner.step()
    assert bench.workers.worker.stops == [False]
    bench.seconds.advance(1.1)
    bench.runner.step()
    assert bench.workers.worker.stops[-1] is True
    bench.runner.step()
    assert bench.job(job_id).state is S.CANCELLED
    next_id = bench.submit(2)
    bench.runner.step()
    assert bench.workers.started[-1] == next_id


def test_a_job_that_hangs_fails_after_its_time(bench: Bench) -> None:
    job_id = bench.submit(1)
    bench.runner.time_limit_seconds = 60.0
    bench.runner.step()
    bench.seconds.advance(59.0)
    bench.runner.step()
    assert bench.job(job_id).state is S.RUNNING
    bench.seconds.advance(2.0)
    bench.runner.step()
    assert bench.job(job_id).state is S.FAILED
    assert bench.job(job_id).reason == "it took longer than 1 minutes"
    assert bench.workers.worker.stops == [False]


def test_what_a_process_left_running_is_interrupted_and_can_be_started_again() -> None:
    before = Bench()
    job_id = before.submit(1)
    before.runner.step()
    after = Bench(before.store)
    after.runner.step()
    assert after.job(job_id).state is S.INTERRUPTED
    assert after.job(job_id).reason == RESTARTED
    assert after.jobs.start_again(job_id)
    after.runner.step()
    assert after.workers.started == [job_id]


def test_only_the_process_that_holds_the_lock_runs_jobs() -> None:
    locks: list[FakeLock] = []
    store = InMemoryJobStore()
    one, other = Bench(store, locks), Bench(store, locks)
    job_id = one.submit(1)
    one.runner.step()
    other.runner.step()
    assert other.workers.started == []
    assert one.job(job_id).state is S.RUNNING
    one.runner.close()
    other.jobs.start_again(job_id)
    other.runner.step()
    assert other.workers.started == [job_id]


def test_closing_interrupts_what_runs(bench: Bench) -> None:
    job_id = bench.submit(1)
    bench.runner.step()
    bench.runner.close()
    assert bench.workers.worker.stops == [True]
    assert bench.job(job_id).state is S.INTERRUPTED
    assert bench.job(job_id).reason == CLOSED


def test_a_job_cancelled_as_it_ends_stays_cancelled(bench: Bench) -> None:
    job_id = bench.submit(1)
    bench.runner.step()
    bench.jobs.cancel(job_id)
    bench.workers.worker.ended = JobEnd()
    bench.runner.step()
    assert bench.job(job_id).state is S.CANCELLED


def test_a_deleted_job_does_not_start_and_is_gone_after_a_week(bench: Bench) -> None:
    job_id = bench.submit(1)
    bench.jobs.delete(job_id)
    bench.store.move(JobMove(job_id, frozenset(S), S.QUEUED, bench.clock()))
    bench.runner.step()
    assert bench.workers.started == []
    bench.clock.advance(days=7, seconds=1)
    bench.seconds.advance(3_601.0)
    bench.runner.step()
    assert bench.store.find(job_id) is None
    assert bench.folders.log[-1] == ("purged", job_id)


def test_the_thread_runs_jobs_and_stops(bench: Bench) -> None:
    bench.jobs.on_change.append(bench.runner.wake)
    bench.runner.start()
    job_id = bench.submit(1)
    deadline = monotonic() + 10.0
    while bench.job(job_id).state is not S.RUNNING:
        assert monotonic() < deadline
        sleep(0.01)
    bench.runner.stop()
    assert bench.job(job_id).state is S.INTERRUPTED


class FailingStore(InMemoryJobStore):
    """A store that cannot be read for a while."""

    failures = 3

    def list(self, *, limit: int, states: object = ()) -> tuple[Job, ...]:
        if self.failures:
            self.failures -= 1
            raise StorageError("the database is busy")
        return super().list(limit=limit)


def test_a_database_in_trouble_only_delays_jobs() -> None:
    bench = Bench(FailingStore())
    bench.store.add(Job("run-001", JobKind.BACKTEST, "x", "{}", S.QUEUED, NOW))
    bench.runner.start()
    deadline = monotonic() + 20.0
    while bench.job("run-001").state is not S.RUNNING:
        assert monotonic() < deadline
        bench.runner.wake()
        sleep(0.01)
    bench.runner.stop()
