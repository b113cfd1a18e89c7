"""Desks with backtests for tests of the page: jobs in memory, folders in a home of their own."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app import runtime
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.job_ports import Job, JobKind, JobState
from etrms_core.services.backtest_jobs import BacktestJobs
from etrms_core.services.desk import Desk
from tests.app.desks import sign_in_everybody
from tests.fakes import in_memory_stores
from tests.job_fakes import InMemoryJobStore, ScriptedWorkers, make_jobs
from tests.run_folders import BUNDLE, write_run
from tests.services.acting import make_parts


@dataclass
class Laboratory:
    """A desk, its jobs and its home folder."""

    desk: Desk
    jobs: BacktestJobs
    store: InMemoryJobStore
    workers: ScriptedWorkers
    home: Path

    def add(
        self,
        job_id: str,
        state: JobState = JobState.DONE,
        *,
        title: str = "SMA cross on BTCUSDT 1h",
        reason: str = "",
        **folder: Any,  # noqa: ANN401  whatever a folder takes
    ) -> str:
        """Store a job; a finished one gets its folder."""
        now = datetime.now(UTC)
        started = None if state is JobState.QUEUED else now
        finished = now if state.is_final else None
        document = json.dumps(BUNDLE)
        self.store.add(
            Job(job_id, JobKind.BACKTEST, title, document, state, now, started, finished, reason)
        )
        if state is JobState.DONE:
            write_run(self.home / "runs" / job_id, **folder)
        return job_id


@contextmanager
def laboratory(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Laboratory]:
    """Run a desk whose jobs nobody runs."""
    monkeypatch.setenv("ETRMS_HOME", str(home))
    store, workers = InMemoryJobStore(), ScriptedWorkers()

    def clock() -> datetime:
        return datetime.now(UTC)

    jobs = make_jobs(clock, store, workers)
    parts = make_parts({}, stores=in_memory_stores(), clock=clock, policy=RiskPolicy(), jobs=jobs)
    desk = Desk(parts)
    sign_in_everybody(desk)
    runtime.set_desk(desk)
    try:
        yield Laboratory(desk, jobs, store, workers, home)
    finally:
        runtime.set_desk(None)
