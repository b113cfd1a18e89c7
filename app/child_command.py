"""Commands of `etrms` in a process of their own: what loads or computes much never does it here."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog

from etrms_core.errors import DataError, StorageError
from etrms_core.settings import home_directory

log = structlog.get_logger(__name__)

ROOT = Path(__file__).resolve().parents[1]
NICENESS = 10
# What opens the vault is nothing that a child has to know.
SECRETS = "ETRMS_VAULT_"
UNEXPECTED = "something unexpected happened; the log has the details"


def run_command(*arguments: str, timeout_seconds: float) -> Any:  # noqa: ANN401  JSON
    """Run `etrms` with arguments and ``--json`` in a niced process, and return its document.

    Raises
    ------
    DataError
        With the sentence of the command, if it refuses; or if it takes too long.
    StorageError
        If no process can be started.
    """
    command = [sys.executable, "-P", "-m", "app.cli", *arguments, "--json"]
    try:
        process = subprocess.Popen(  # noqa: S603  our own command, no shell
            command,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    except OSError as error:
        raise StorageError(f"no process can be started: {error.strerror}") from error
    with suppress(ProcessLookupError):
        os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
    return _document(process, timeout_seconds)


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(SECRETS)}
    return kept | {"ETRMS_HOME": str(home_directory().resolve()), "PYTHONPATH": str(ROOT)}


def _document(process: "subprocess.Popen[str]", timeout_seconds: float) -> Any:  # noqa: ANN401
    try:
        out, told = process.communicate(timeout=timeout_seconds)
    except subprocess.TimeoutExpired as error:
        process.kill()
        process.communicate()
        raise DataError(f"it was given up after {timeout_seconds:.0f} seconds") from error
    if process.returncode == 0:
        return json.loads(out)
    lines = [line for line in told.splitlines() if line.startswith("etrms: ")]
    if not lines:
        log.error("a command failed", code=process.returncode, told=told[-2_000:])
        raise DataError(UNEXPECTED)
    raise DataError(lines[-1].removeprefix("etrms: "))
