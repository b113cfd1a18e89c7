"""Workers as processes of their own, which know nothing but their job.

A worker gets no key and no password: its environment holds the few names below. It ends when the
desk's process ends, since its input is closed then.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from etrms_core.adapters.compute.worker_files import (
    DISK_FULL,
    LOG,
    read_outcome,
    read_progress,
    write_request,
)
from etrms_core.engine.job_ports import Job, JobEnd, JobProgress
from etrms_core.errors import StorageError

ROOT = Path(__file__).resolve().parents[3]
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "XDG_CACHE_HOME")
PASSED_ON_OURS = ("ETRMS_KERNEL_CACHE",)
# One job has one core: the others belong to the monitor and the pages.
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)
SECONDS_TO_DIE = 5.0
WORDS = {
    signal.SIGKILL: "killed by signal 9, perhaps out of memory",
    signal.SIGXCPU: "it computed for longer than its time limit",
    signal.SIGXFSZ: "its results grew too large",
}


class SpawnedWorkers:
    """`Workers` that start `python -m module FOLDER` for each job.

    Parameters
    ----------
    home : path
        What the owner owns; `jobs/ID` in it holds request, progress and outcome of a job.
    module : str
        What a worker runs.
    """

    def __init__(self, home: Path, module: str) -> None:
        self._home = home.resolve()
        self._module = module

    def start(self, job: Job, *, seconds: float) -> "SpawnedWorker":
        """Start a worker; StorageError when its folder or its process cannot be made."""
        folder = self._folder(job.job_id)
        request = {
            "job_id": job.job_id,
            "kind": job.kind.value,
            "document": json.loads(job.document),
            "home": str(self._home),
            "seconds": seconds,
        }
        try:
            write_request(folder, request)
            return SpawnedWorker(self._spawned(folder), folder)
        except OSError as error:
            raise StorageError(f"the worker cannot be started: {error}") from error

    def progress(self, job_id: str) -> JobProgress | None:
        """Return what a worker reported last; None before that."""
        return read_progress(self._folder(job_id))

    def _folder(self, job_id: str) -> Path:
        return self._home / "jobs" / job_id

    def _spawned(self, folder: Path) -> subprocess.Popen[bytes]:
        # -P: neither the working folder nor what lies in it can be imported.
        command = [sys.executable, "-P", "-m", self._module, str(folder)]
        with (folder / LOG).open("wb") as told:
            return subprocess.Popen(  # noqa: S603  our own command
                command,
                cwd=folder,
                env=worker_environment(os.environ),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=told,
                start_new_session=True,
            )


class SpawnedWorker:
    """`Worker` that is the leader of a process group."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self._process = process
        self._folder = folder

    @property
    def process_id(self) -> int:
        """Number of the process."""
        return self._process.pid

    def end(self) -> JobEnd | None:
        """Say how it ended; None while it runs. It never waits."""
        code = self._process.poll()
        if code is None:
            return None
        self._close_input()
        return JobEnd(self._reason(code))

    def stop(self, *, at_once: bool = False) -> None:
        """Ask the process and its children to end, or end them."""
        if self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL if at_once else signal.SIGTERM)
        if at_once:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(SECONDS_TO_DIE)
            self._close_input()

    def _close_input(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()

    def _reason(self, code: int) -> str:
        if code == 0:
            return ""
        if code == DISK_FULL:
            return "the disk is full; free some space and start it again"
        if code < 0:
            return WORDS.get(signal.Signals(-code), f"ended by signal {-code}")
        return read_outcome(self._folder) or f"the worker ended with code {code}"


def worker_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a worker: names that are known to carry no secret."""
    kept = {name: environment[name] for name in PASSED_ON + PASSED_ON_OURS if name in environment}
    return kept | ONE_THREAD | {"PYTHONPATH": str(ROOT)}
