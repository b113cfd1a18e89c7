"""Strategies to choose from: the built-in ones and the user's own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Event, Lock, Thread

from etrms_core.adapters.compute.strategy_descriptions import StrategyReader
from etrms_core.backtest.strategies import BUILT_IN
from etrms_core.backtest.strategies.description import StrategyDescription, describe
from etrms_core.backtest.strategies.user_folder import strategy_files
from etrms_core.errors import EtrmsError

MODULE = "etrms_core.bootstrap.strategy_process"
PATIENCE_SECONDS = 1.5
STILL_READING = "it is still being read; look again in a few seconds"

Descriptions = tuple[StrategyDescription, ...]
# What a file was when it was read: path, time of its last change, size.
Identities = tuple[tuple[Path, int, int], ...]


def describe_strategies(
    folder: Path, *, patience_seconds: float = PATIENCE_SECONDS
) -> Descriptions:
    """Describe the built-in strategies, then the user's own in a folder.

    None of the user's code runs in this process; a file that cannot be used has an `error`. Only
    files that are new or changed take time, about a second each. Reading that takes longer than
    `patience_seconds` goes on in the background, and until it is done each of the user's files has
    the error `STILL_READING`.

    Raises
    ------
    ConfigurationError
        If the folder exists and cannot be read.
    """
    own = _background().describe(folder, patience_seconds=patience_seconds)
    return (*map(describe, BUILT_IN.values()), *own)


@dataclass(eq=False)
class _Reading:
    identities: Identities
    is_done: Event = field(default_factory=Event)
    found: Descriptions | None = None
    error: str = STILL_READING


class BackgroundReader:
    """Reads a folder in a thread of its own, once while its files are the same.

    Parameters
    ----------
    read : callable
        Describes the files of a folder, however long that takes.
    """

    def __init__(self, read: Callable[[Path], Descriptions]) -> None:
        self._read = read
        self._lock = Lock()
        self._latest: _Reading | None = None

    def describe(self, folder: Path, *, patience_seconds: float) -> Descriptions:
        """Return what is known after some seconds at most."""
        identities = _identities(folder)
        if not identities:
            return ()
        reading = self._reading(folder, identities)
        reading.is_done.wait(patience_seconds)
        if reading.found is not None:
            return reading.found
        names = [path.stem for path, *_ in identities]
        return tuple(
            StrategyDescription(name, name, error=reading.error, is_own=True) for name in names
        )

    def _reading(self, folder: Path, identities: Identities) -> _Reading:
        with self._lock:
            if self._latest is None or self._latest.identities != identities:
                self._latest = _Reading(identities)
                # A daemon, so that a file which never ends keeps no desk from stopping.
                Thread(target=self._fill, args=(self._latest, folder), daemon=True).start()
            return self._latest

    def _fill(self, reading: _Reading, folder: Path) -> None:
        try:
            reading.found = self._read(folder)
        except EtrmsError as error:
            reading.error = str(error)
        finally:
            reading.is_done.set()


@cache
def _background() -> BackgroundReader:
    return BackgroundReader(StrategyReader(MODULE).describe)


def _identities(folder: Path) -> Identities:
    found = []
    for path in strategy_files(folder):
        try:
            state = path.stat()
        except OSError:
            # A link that leads nowhere, or a file that went away: the reader says so.
            found.append((path, 0, 0))
        else:
            found.append((path, state.st_mtime_ns, state.st_size))
    return tuple(found)
