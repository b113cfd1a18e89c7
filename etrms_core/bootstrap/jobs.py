"""The jobs of a desk, put together."""

import secrets
from pathlib import Path

from etrms_core.adapters.compute.spawned_workers import SpawnedWorkers
from etrms_core.adapters.storage.file_lock import FileLock
from etrms_core.adapters.storage.run_folders import HomeRunFolders
from etrms_core.engine.job_ports import JobStore
from etrms_core.engine.ports import Clock
from etrms_core.services.backtest_jobs import BacktestJobs
from etrms_core.services.job_runner import JobRunner

WORKER_MODULE = "etrms_core.bootstrap.job_worker"
LOCK = "jobs.lock"


def new_job_id() -> str:
    """Return an id that no other job has."""
    return secrets.token_hex(6)


def open_jobs(home: Path, store: JobStore, clock: Clock) -> BacktestJobs:
    """Open the jobs of a home folder; they only run where a runner is started."""
    workers, folders = SpawnedWorkers(home, WORKER_MODULE), HomeRunFolders(home)
    return BacktestJobs(store, workers, folders, clock=clock, new_id=new_job_id)


def start_runner(home: Path, jobs: BacktestJobs) -> JobRunner:
    """Let this process run jobs, one at a time, unless another process of the desk does.

    The lock lies beside the results, so that processes that share them share it.
    """
    runner = jobs.runner(FileLock(home / LOCK))
    runner.start()
    return runner
