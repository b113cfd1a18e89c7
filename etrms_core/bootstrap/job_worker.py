"""What a worker process does: `python -m etrms_core.bootstrap.job_worker FOLDER`.

It is nice, bounded and alone: a rank below everything else, limits of the system on memory, files
and computing time, no key in its environment, and it ends when the desk's process does.
"""

import errno
import os
import resource
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any

from etrms_core.adapters.compute.worker_files import (
    DISK_FULL,
    FAILED,
    read_request,
    write_outcome,
    write_progress,
)
from etrms_core.engine.job_ports import JobKind, JobProgress
from etrms_core.errors import EtrmsError

NICENESS = 10
GIBIBYTE = 1 << 30
LARGEST_MEMORY = 6 * GIBIBYTE
LARGEST_FILE = 4 * GIBIBYTE
MOST_FILES = 512
OOM_SCORE = "800"
SECONDS_BETWEEN_REPORTS = 0.2
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})

Progress = Callable[[float, str], None]
Work = Callable[[Mapping[str, Any], str, Path, Progress], None]


def work_of(kind: JobKind) -> Work:
    """Return the function that does a kind of job."""
    match kind:
        case JobKind.BACKTEST:
            from etrms_core.bootstrap.backtest_job import run_backtest_job  # noqa: PLC0415

            return run_backtest_job
        case JobKind.VECTORBT_CHECK:
            from etrms_core.bootstrap.vectorbt_job import run_vectorbt_job  # noqa: PLC0415

            return run_vectorbt_job


def main(arguments: list[str], find_work: Callable[[JobKind], Work] = work_of) -> int:
    """Do the job of a folder and return the exit code."""
    folder = Path(arguments[0])
    try:
        request = read_request(folder)
        be_modest(float(request["seconds"]))
        end_with_the_desk()
        work = find_work(JobKind(request["kind"]))
        work(request["document"], request["job_id"], Path(request["home"]), Reports(folder))
    except MemoryError:
        return _failed(folder, "it needs more memory than a job may have")
    except EtrmsError as error:
        return _failed(folder, str(error))
    except OSError as error:
        traceback.print_exc()
        return _failed(folder, "the disk is full" if error.errno in NO_ROOM else str(error))
    except Exception as error:  # noqa: BLE001  a strategy may raise anything
        traceback.print_exc()
        return _failed(folder, f"{type(error).__name__}: {error}")
    return 0


class Reports:
    """Writes progress into the folder of a job: every new step, else a few times a second."""

    def __init__(self, folder: Path, *, seconds: Callable[[], float] = monotonic) -> None:
        self._folder = folder
        self._seconds = seconds
        self._last = float("-inf")
        self._words = ""

    def __call__(self, fraction: float, words: str) -> None:
        """Tell how far the work has come."""
        now = self._seconds()
        if words != self._words or now - self._last >= SECONDS_BETWEEN_REPORTS:
            self._last, self._words = now, words
            write_progress(self._folder, JobProgress(fraction, words))


def be_modest(seconds: float) -> None:
    """Take the lowest place on this machine, and bounds that the system enforces."""
    os.nice(NICENESS)
    bounds = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: LARGEST_FILE,
        resource.RLIMIT_NOFILE: MOST_FILES,
        resource.RLIMIT_CPU: int(seconds) + 60,
    }
    if sys.platform == "linux":
        # Other systems count what is only reserved, or refuse the bound.
        bounds[resource.RLIMIT_AS] = LARGEST_MEMORY
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text(OOM_SCORE, encoding="ascii")
    for name, bound in bounds.items():
        _, hard = resource.getrlimit(name)
        allowed = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(name, (allowed, hard))


def end_with_the_desk() -> None:
    """End this process once its input is closed, which the end of the desk's process does."""
    Thread(target=_wait_for_the_end, name="end-with-the-desk", daemon=True).start()


def _wait_for_the_end() -> None:
    with suppress(OSError, ValueError):
        while os.read(0, 1):
            pass
    os._exit(FAILED)


def _failed(folder: Path, reason: str) -> int:
    try:
        write_outcome(folder, reason)
    except OSError as error:
        return DISK_FULL if error.errno in NO_ROOM else FAILED
    return FAILED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
