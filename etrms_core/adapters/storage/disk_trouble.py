"""Disk trouble as sentences that name the file and say what to do."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from etrms_core.errors import StorageError

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
MEBIBYTE = 1 << 20


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn every OSError into a StorageError about a file or folder."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise StorageError(f"there is no room left for {path}; free some space") from error
        reason = error.strerror or type(error).__name__
        where = error.filename or path
        raise StorageError(f"{where} cannot be read or written ({reason})") from error


def require_space(folder: Path, *, bytes_needed: int) -> None:
    """Refuse to begin what the disk cannot hold.

    Raises
    ------
    StorageError
        With both figures.
    """
    with disk_errors(folder):
        free = shutil.disk_usage(folder).free
    if free < bytes_needed:
        raise StorageError(
            f"{folder} needs {_mebibytes(bytes_needed)} of free space, has {_mebibytes(free)}; "
            "free some, or take another disk"
        )


def sync_folder(folder: Path) -> None:
    """Make names that were added to or taken from a folder outlast a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Make the content of a file outlast a power cut."""
    sync_folder(path)


def _mebibytes(size: int) -> str:
    return f"{size / MEBIBYTE:,.1f} MiB"
