"""A worker that does what its document says, in the real frame of a worker."""

import errno
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from time import sleep
from typing import Any

from etrms_core.bootstrap.job_worker import main

LONG = 120.0


def misbehave(
    document: Mapping[str, Any], job_id: str, home: Path, tell: Callable[[float, str], None]
) -> None:
    """Do it."""
    tell(0.25, f"works on {job_id}")
    deeds[document["do"]](home)


def describe(home: Path) -> None:
    """Write down what this process is."""
    import resource  # noqa: PLC0415  of this process

    told = {
        "environment": dict(os.environ),
        "folder": str(Path.cwd()),
        "niceness": os.nice(0),
        "memory": resource.getrlimit(resource.RLIMIT_AS)[0],
        "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
        "path": sys.path,
        "group": os.getpgid(0) == os.getpid(),
    }
    (home / "told.json").write_text(json.dumps(told), encoding="utf-8")


def hang(_home: Path) -> None:
    """Do nothing for long."""
    sleep(LONG)


def ignore(home: Path) -> None:
    """Take no notice of being asked to end."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    (home / "ignoring").touch()
    hang(home)


def fail(_home: Path) -> None:
    """Raise as a strategy may."""
    raise ValueError("fast must be below slow")


def fill_disk(_home: Path) -> None:
    """Fail as a write to a full disk does."""
    raise OSError(errno.ENOSPC, "No space left on device")


def eat(_home: Path) -> None:
    """Need more memory than there is."""
    raise MemoryError


def die(_home: Path) -> None:
    """End as the system ends a process that needs too much memory."""
    os.kill(os.getpid(), signal.SIGKILL)


def leave_no_word(_home: Path) -> None:
    """End without room to say why."""
    os._exit(28)


deeds = {
    each.__name__: each
    for each in (describe, hang, ignore, fail, fill_disk, eat, die, leave_no_word)
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], find_work=lambda kind: misbehave))
