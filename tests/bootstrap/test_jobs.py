"""Jobs over the real database, folders, lock and worker of a home folder."""

import json
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from etrms_core.adapters.storage.job_table import define_jobs
from etrms_core.adapters.storage.stores import open_stores
from etrms_core.adapters.storage.tables import desk_metadata
from etrms_core.bootstrap.jobs import new_job_id, open_jobs, start_runner
from etrms_core.bootstrap.machine_clock import utc_now
from etrms_core.engine.job_ports import JobKind, JobState
from etrms_core.services.backtest_jobs import JOB_ID, BacktestJobs
from tests.run_folders import BREAKER, BUNDLE, write_run


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def jobs(home: Path) -> Iterator[BacktestJobs]:
    home.mkdir()
    opened = open_stores(home / "etrms.db")
    made = open_jobs(home, opened.stores.jobs, utc_now)
    runner = start_runner(home, made)
    yield made
    runner.stop()
    opened.close()


def wait_for_end(jobs: BacktestJobs, job_id: str) -> JobState:
    deadline = monotonic() + 90.0
    while (view := jobs.find(job_id)) is None or not view.job.state.is_final:
        assert monotonic() < deadline
        sleep(0.05)
    return view.job.state


def test_a_job_goes_through_queue_worker_and_folder(jobs: BacktestJobs, home: Path) -> None:
    write_run(home / "runs" / "abc-123", bundle={**BUNDLE, "breakers": [BREAKER]})
    document = {"run": "abc-123", "title": "Check"}
    job_id = jobs.submit(document, kind=JobKind.VECTORBT_CHECK)
    assert wait_for_end(jobs, job_id) is JobState.DONE
    found = json.loads((home / "runs" / "abc-123" / "vectorbt_check.json").read_text())
    assert found["applies"] is False


def test_a_job_that_cannot_be_done_fails_with_its_reason(jobs: BacktestJobs) -> None:
    job_id = jobs.submit({"run": "nothing", "title": "Check"}, kind=JobKind.VECTORBT_CHECK)
    assert wait_for_end(jobs, job_id) is JobState.FAILED
    view = jobs.find(job_id)
    assert view is not None
    assert "cannot be read" in view.job.reason


def test_ids_are_names_of_folders_and_differ() -> None:
    ids = {new_job_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(JOB_ID.fullmatch(each) for each in ids)


def test_the_table_belongs_to_the_database_of_the_desk() -> None:
    assert "jobs" in desk_metadata.tables
    assert define_jobs.__doc__
