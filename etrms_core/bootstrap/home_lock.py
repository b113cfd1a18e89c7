"""One running desk for one home folder."""

import fcntl
import os
from pathlib import Path

from etrms_core.errors import ConfigurationError

FILE_NAME = "desk.lock"


class HomeLock:
    """A lock that the system takes back when its process ends, however it ends.

    Raises
    ------
    ConfigurationError
        If another process holds the lock of this folder.
    """

    def __init__(self, home: Path) -> None:
        self._file = os.open(home / FILE_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._file)
            raise ConfigurationError(
                f"another desk is running on {home}; stop it first, or choose another ETRMS_HOME"
            ) from error

    def release(self) -> None:
        """Let another process have the folder."""
        os.close(self._file)
