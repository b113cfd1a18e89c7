"""A lock that the operating system takes back when its process ends, however it ends."""

import fcntl
import os
from pathlib import Path
from threading import Lock

from etrms_core.errors import StorageError


class FileLock:
    """`HolderLock` on a file of this machine, which is made when absent and never removed.

    Raises
    ------
    StorageError
        When the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._guard = Lock()
        self._descriptor: int | None = None

    def try_acquire(self) -> bool:
        """Take the lock without waiting; True when it is held, also when it was held before."""
        with self._guard:
            if self._descriptor is None:
                self._descriptor = self._locked()
            return self._descriptor is not None

    def release(self) -> None:
        """Free the lock."""
        with self._guard:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None

    def _locked(self) -> int | None:
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StorageError(
                f"{self._path} cannot be opened ({error.strerror}); check the rights of file and "
                "folder"
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except OSError as error:
            os.close(descriptor)
            raise StorageError(
                f"{self._path} cannot be locked ({error.strerror}); put it on a local disk"
            ) from error
        return descriptor
