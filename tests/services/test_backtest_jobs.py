"""Jobs as the desk shows and steers them."""

import math
from datetime import timedelta

import pytest

from etrms_core.engine.job_ports import JobKind, JobMove, JobProgress, JobState
from etrms_core.errors import ConfigurationError
from etrms_core.services.backtest_jobs import MOST_WAITING, BacktestJobs, job_title
from tests.builders import NOW
from tests.fakes import ManualClock
from tests.job_fakes import InMemoryJobStore, NotedFolders, ScriptedWorkers, make_jobs

BUNDLE = {
    "data": {"venue": "sample", "symbols": ["BTCUSDT"], "timeframe": "1h"},
    "strategy": {"name": "sma_cross"},
}
S = JobState


class Bench:
    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.store, self.workers = InMemoryJobStore(), ScriptedWorkers()
        self.jobs = make_jobs(self.clock, self.store, self.workers)

    def submit(self) -> str:
        self.clock.advance(seconds=1)
        return self.jobs.submit(BUNDLE)

    def become(self, job_id: str, state: JobState) -> None:
        assert self.store.move(JobMove(job_id, frozenset(S), state, self.clock()))


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_submitted_run_waits_under_a_title_of_its_own(bench: Bench) -> None:
    view = bench.jobs.find(bench.submit())
    assert view is not None
    assert view.job.state is S.QUEUED
    assert view.job.title == "SMA cross on BTCUSDT 1h"
    assert view.ahead == 0


def test_the_same_id_three_times_is_one_job(bench: Bench) -> None:
    for _ in range(3):
        assert bench.jobs.submit(BUNDLE, job_id="abc-123") == "abc-123"
    assert len(bench.jobs.runs()) == 1


@pytest.mark.parametrize("job_id", ["../../etc", "ABCDEF", "short", "a" * 65, "-abcdef", "abc def"])
def test_an_id_that_is_no_name_of_a_folder_is_refused(bench: Bench, job_id: str) -> None:
    with pytest.raises(ConfigurationError, match="small letters"):
        bench.jobs.submit(BUNDLE, job_id=job_id)
    assert bench.jobs.find(job_id) is None


def test_a_document_that_is_no_json_or_too_large_names_the_bundle(bench: Bench) -> None:
    for document in ({"seed": math.nan}, {"seed": {1, 2}}, {"name": "x" * 2_000_000}):
        with pytest.raises(ConfigurationError) as refused:
            bench.jobs.submit(document)
        assert refused.value.field == "bundle"


def test_a_queue_has_an_end(bench: Bench) -> None:
    for _ in range(MOST_WAITING):
        bench.submit()
    with pytest.raises(ConfigurationError, match="wait already"):
        bench.submit()


def test_a_waiting_job_knows_how_many_come_before_it(bench: Bench) -> None:
    first, second, third = bench.submit(), bench.submit(), bench.submit()
    bench.become(first, S.RUNNING)
    assert [view.ahead for view in bench.jobs.runs()] == [2, 1, 0]
    bench.jobs.cancel(second)
    view = bench.jobs.find(third)
    assert view is not None
    assert view.ahead == 1


def test_time_left_follows_from_progress_once_it_can_be_told(bench: Bench) -> None:
    job_id = bench.submit()
    bench.become(job_id, S.RUNNING)
    bench.clock.advance(seconds=10)
    bench.workers.told[job_id] = JobProgress(0.01, "begins")
    view = bench.jobs.find(job_id)
    assert view is not None
    assert view.seconds_left is None
    bench.workers.told[job_id] = JobProgress(0.25, "simulates")
    view = bench.jobs.find(job_id)
    assert view is not None
    assert view.seconds_left == pytest.approx(30.0)


@pytest.mark.parametrize("state", [S.QUEUED, S.RUNNING])
def test_what_has_not_ended_can_be_cancelled_once(bench: Bench, state: JobState) -> None:
    job_id = bench.submit()
    bench.become(job_id, state)
    assert bench.jobs.cancel(job_id)
    assert not bench.jobs.cancel(job_id)
    view = bench.jobs.find(job_id)
    assert view is not None
    assert view.job.state is S.CANCELLED
    assert view.job.finished_at is not None


@pytest.mark.parametrize("state", list(S))
def test_only_what_broke_off_can_be_started_again(bench: Bench, state: JobState) -> None:
    job_id = bench.submit()
    bench.become(job_id, state)
    expected = state in {S.FAILED, S.CANCELLED, S.INTERRUPTED}
    assert bench.jobs.start_again(job_id) is expected
    view = bench.jobs.find(job_id)
    assert view is not None
    assert view.job.state is (S.QUEUED if expected else state)


def test_a_deleted_run_is_hidden_and_comes_back(bench: Bench) -> None:
    job_id = bench.submit()
    bench.jobs.delete(job_id)
    assert bench.jobs.find(job_id) is None
    assert bench.jobs.runs() == ()
    assert [job.job_id for job in bench.jobs.deleted()] == [job_id]
    bench.jobs.restore(job_id)
    view = bench.jobs.find(job_id)
    assert view is not None
    assert view.job.state is S.CANCELLED
    folders = bench.jobs._folders
    assert isinstance(folders, NotedFolders)
    assert folders.log == [("aside", job_id), ("back", job_id)]


def test_runs_of_another_kind_are_listed_apart(bench: Bench) -> None:
    bench.jobs.submit({"run": "x", "title": "Check"}, kind=JobKind.VECTORBT_CHECK)
    assert bench.jobs.runs() == ()
    assert [view.job.title for view in bench.jobs.runs(JobKind.VECTORBT_CHECK)] == ["Check"]


def test_whoever_runs_jobs_is_woken_by_every_change(bench: Bench) -> None:
    woken: list[int] = []
    bench.jobs.on_change.append(lambda: woken.append(1))
    job_id = bench.submit()
    bench.jobs.cancel(job_id)
    bench.jobs.start_again(job_id)
    assert len(woken) == 3


def test_a_title_names_at_most_three_symbols() -> None:
    data = {"files": dict.fromkeys("ABCDE", "x")}
    assert job_title({"data": data, "strategy": {"name": "momentum"}}) == (
        "Momentum on A, B, C and 2 more"
    )
    assert job_title({}) == "Job"


def test_an_old_job_can_be_looked_up_by_another_process() -> None:
    clock, store = ManualClock(NOW), InMemoryJobStore()
    job_id = make_jobs(clock, store).submit(BUNDLE)
    other: BacktestJobs = make_jobs(clock, store)
    clock.advance(seconds=timedelta(days=3).total_seconds())
    view = other.find(job_id)
    assert view is not None
    assert view.job.submitted_at == NOW
