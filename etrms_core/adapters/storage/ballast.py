"""Room that is taken in advance, so that a desk can be started on a full disk."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

BALLAST_BYTES = 8 * 1024 * 1024
# Of a disk with less than this the ballast would be too large a part.
ROOMY_TIMES = 8


class Ballast:
    """A file without content that is given up when its disk has no room left.

    It helps against a disk that has filled up; whoever fills it may of course take this room, too.

    Parameters
    ----------
    path : path
        The file.
    """

    def __init__(self, path: Path, *, size: int = BALLAST_BYTES) -> None:
        self._path = path
        self._size = size

    def drop_when_full(self) -> bool:
        """Give the room up when less than that is free; say whether that was done."""
        if not self._path.exists() or self._free() >= self._size:
            return False
        self._path.unlink(missing_ok=True)
        return True

    def take(self) -> None:
        """Take the room where there is plenty; where that fails there is simply none."""
        if self._path.exists() or self._free() < ROOMY_TIMES * self._size:
            return
        with suppress(OSError), self._path.open("xb") as file:
            self._path.chmod(0o600)
            file.write(bytes(self._size))
            os.fsync(file.fileno())

    def _free(self) -> int:
        return shutil.disk_usage(self._path.parent).free
