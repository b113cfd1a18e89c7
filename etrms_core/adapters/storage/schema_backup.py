"""A copy of a database file from before its schema is upgraded."""

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from etrms_core.errors import StorageError

FOLDER = "backups"


def utc_now() -> datetime:
    """Read the machine's clock."""
    return datetime.now(UTC)


def copy_before_upgrade(path: Path, head: str, *, now: datetime) -> Path:
    """Copy a database as its last finished transaction left it, also while it is locked.

    Parameters
    ----------
    path : Path
        The database's file; the copy goes into the folder `backups` beside it, mode 0600.
    head : str
        Revision that it will be upgraded to; the copy is named after it.

    Raises
    ------
    StorageError
        If the copy cannot be made; nothing is left of it.
    """
    folder = path.parent / FOLDER
    target = folder / f"{path.stem}-before-{head}-{now:%Y%m%dT%H%M%S%fZ}.db"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        # An empty file is taken as the target, so that the copy is never open to others.
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _copy(path, target)
    except (OSError, sqlite3.Error) as error:
        if not isinstance(error, FileExistsError):
            target.unlink(missing_ok=True)
        raise StorageError(
            f"{path} was not upgraded because the backup {target} cannot be written "
            f"({getattr(error, 'strerror', None) or error}); free some space or check the rights "
            "of the folder"
        ) from error
    return target


def _copy(path: Path, target: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))
    for written in (target, target.parent):
        descriptor = os.open(written, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
