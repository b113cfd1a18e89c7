"""What a worker and the desk tell each other by files in the folder of a job.

Whatever lies there is read as data of unknown origin: a strategy of the owner ran beside it.
"""

import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from math import isfinite
from pathlib import Path
from typing import Any

from etrms_core.engine.job_ports import JobProgress
from etrms_core.errors import DataError

REQUEST, PROGRESS, OUTCOME, LOG = "request.json", "progress.json", "outcome.json", "worker.log"
# Exit codes of a worker: it said why, or there was no room to say it.
FAILED, DISK_FULL = 1, 28
LONGEST_READ = 16_384
LONGEST_WORDS = 200
LONGEST_REASON = 2_000


def write_request(folder: Path, request: Mapping[str, object]) -> None:
    """Make the folder of a job anew, with what is asked for; OSError when that fails."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    (folder / REQUEST).write_text(json.dumps(request), encoding="utf-8")


def read_request(folder: Path) -> dict[str, Any]:
    """Read what is asked for.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    try:
        request = json.loads((folder / REQUEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"the request cannot be read: {error}") from error
    if not isinstance(request, dict):
        raise DataError("the request is no table")
    return request


def write_progress(folder: Path, progress: JobProgress) -> None:
    """Tell how far the work has come; a disk without room keeps nobody from working."""
    document = {"fraction": progress.fraction, "words": progress.words[:LONGEST_WORDS]}
    with suppress(OSError):
        _replace(folder / PROGRESS, document)


def read_progress(folder: Path) -> JobProgress | None:
    """Return what was told last; None before that."""
    document = _read(folder / PROGRESS)
    fraction, words = document.get("fraction"), document.get("words")
    if not isinstance(fraction, int | float) or not isfinite(fraction):
        return None
    if not isinstance(words, str):
        return None
    return JobProgress(min(1.0, max(0.0, float(fraction))), words[:LONGEST_WORDS])


def write_outcome(folder: Path, reason: str) -> None:
    """Tell why the work failed; OSError when that fails."""
    _replace(folder / OUTCOME, {"reason": reason[:LONGEST_REASON]})


def read_outcome(folder: Path) -> str:
    """Return why the work failed; empty when it did not say."""
    reason = _read(folder / OUTCOME).get("reason")
    return reason[:LONGEST_REASON] if isinstance(reason, str) else ""


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            document = json.loads(file.read(LONGEST_READ))
    except (OSError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _replace(path: Path, document: Mapping[str, object]) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        temporary.write_text(json.dumps(document), encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
