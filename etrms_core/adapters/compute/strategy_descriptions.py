"""Descriptions of the user's own strategies, made by a process that may die of them.

To know the parameters of a file its code has to run. A process of its own does that: at the lowest
rank, without keys, for some seconds at most.
"""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from etrms_core.adapters.compute.spawned_workers import worker_environment
from etrms_core.backtest.strategies.description import StrategyDescription, read_description
from etrms_core.backtest.strategies.user_folder import strategy_files
from etrms_core.errors import DataError, StorageError

SECONDS = 20.0
LONGEST_ANSWER = 262_144


class StrategyReader:
    """Describes files with `python -m module FILE ANSWER SECONDS`, each once while it is the same.

    Parameters
    ----------
    module : str
        What the process runs.
    seconds : float
        How long a file may take, start of the process included.
    """

    def __init__(self, module: str, *, seconds: float = SECONDS) -> None:
        self._module = module
        self._seconds = seconds
        self._described = lru_cache(maxsize=256)(self._describe)

    def describe(self, folder: Path) -> tuple[StrategyDescription, ...]:
        """Describe every strategy of a folder, by name; what is wrong with one is its `error`."""
        return tuple(self._one(path) for path in strategy_files(folder))

    def _one(self, path: Path) -> StrategyDescription:
        try:
            state = path.stat()
            return self._described(path.parent.resolve() / path.name, *_identity(state))
        except (DataError, OSError) as error:
            # Not remembered: a machine that was busy may be less so the next time.
            return StrategyDescription(path.stem, path.stem, error=str(error), is_own=True)

    def _describe(self, path: Path, *_identity_of_file: int) -> StrategyDescription:
        with TemporaryDirectory(prefix="etrms-strategy-") as folder:
            answer = Path(folder) / "answer.json"
            self._run(path, answer)
            return read_description(_read(answer, path), path.stem)

    def _run(self, path: Path, answer: Path) -> None:
        # -P: neither the working folder nor what lies in it can be imported.
        command = [sys.executable, "-P", "-m", self._module, str(path), str(answer)]
        process = subprocess.Popen(  # noqa: S603  our own command
            [*command, str(self._seconds)],
            cwd=answer.parent,
            env=worker_environment(os.environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            process.wait(self._seconds)
        except subprocess.TimeoutExpired:
            raise DataError(
                f"{path.name} was not read after {self._seconds:g} seconds: does it compute "
                "something outside of signals()?"
            ) from None
        finally:
            # Whatever it started belongs to its group and ends with it.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if process.stdin is not None:
                process.stdin.close()


def write_answer(answer: Path, document: object) -> None:
    """Leave an answer for the process that asked.

    Raises
    ------
    StorageError
        If there is no room for it.
    """
    try:
        answer.write_text(json.dumps(document), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"the answer cannot be written: {error}") from error


def _identity(state: os.stat_result) -> tuple[int, int, int]:
    return state.st_ino, state.st_mtime_ns, state.st_size


def _read(answer: Path, path: Path) -> object:
    try:
        with answer.open(encoding="utf-8", errors="replace") as file:
            return json.loads(file.read(LONGEST_ANSWER))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path.name} ended the process that read it") from error
