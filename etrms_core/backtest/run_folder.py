"""A run's folder: there as a whole or not at all, and never in the place of something else."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from etrms_core.errors import StorageError


def require_place(directory: Path, *, replace: bool) -> None:
    """Refuse a folder that a run must not be written to.

    Parameters
    ----------
    replace : bool
        Whether another run may give way. What is no folder of a run never does.

    Raises
    ------
    StorageError
        Saying what is in the way.
    """
    if not directory.exists():
        return
    if not directory.is_dir():
        raise StorageError(f"{directory} is no folder")
    there = list(directory.iterdir())
    if not there:
        return
    if not (directory / "bundle.toml").is_file() or any(path.is_dir() for path in there):
        raise StorageError(f"{directory} holds something else than a run, which stays untouched")
    if not replace:
        raise StorageError(f"{directory} holds a run already; --force replaces it")


@contextmanager
def whole_folder(directory: Path, *, replace: bool = False) -> Iterator[Path]:
    """Give a folder beside `directory` to write to, which takes its place in the end.

    After an error nothing of the run is left, and what was there before is there still.

    Raises
    ------
    StorageError
        As `require_place` does, and if the folder cannot be made or moved.
    """
    require_place(directory, replace=replace)
    working = directory.with_name(f".{directory.name}.{os.getpid()}.tmp")
    try:
        try:
            working.mkdir(parents=True)
        except OSError as error:
            raise StorageError(f"{working} cannot be made: {error}") from error
        yield working
        try:
            _take_place(working, directory)
        except OSError as error:
            raise StorageError(f"{directory} cannot be written: {error}") from error
    finally:
        shutil.rmtree(working, ignore_errors=True)


def _take_place(working: Path, directory: Path) -> None:
    if not directory.exists() or not any(directory.iterdir()):
        working.replace(directory)
        return
    former = directory.with_name(f".{directory.name}.{os.getpid()}.old")
    directory.replace(former)
    try:
        working.replace(directory)
    except OSError:
        former.replace(directory)
        raise
    shutil.rmtree(former, ignore_errors=True)
