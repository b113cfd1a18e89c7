"""Disks that a test can fill, make read-only or let fail, and the writer on them."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILLER = "filler"


class Writer:
    """A process that forks the children of `tests.faults.disk_writer`."""

    def __init__(self, *before: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603 (our own module)
            [*before, sys.executable, "-m", "tests.faults.disk_writer"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(
        self,
        home: Path,
        *,
        rounds: int = 1_000_000,
        kill_after: float | None = None,
        probability: float = 0.0,
    ) -> int:
        """Let a child write and return its exit code; -9 is a killed one."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{home} {rounds} {probability}\n")
        self._process.stdin.flush()
        child = self._number()
        if kill_after is not None:
            time.sleep(kill_after)
            with suppress(ProcessLookupError):  # it was done already
                os.kill(child, signal.SIGKILL)
        return self._number()

    def close(self) -> None:
        """End the process; every child has ended before."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def _number(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())


@contextmanager
def small_disk(folder: Path, *, mebibytes: int = 16) -> Iterator[Path]:
    """Mount a small disk of its own, or skip the test where that is not allowed."""
    folder.mkdir()
    if not _mount(["-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", str(folder)]):
        pytest.skip("this needs the right to mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)  # noqa: S603, S607


def make_read_only(folder: Path) -> None:
    """Let a mounted disk take nothing any more."""
    assert _mount(["-o", "remount,ro", str(folder)])


def fill(folder: Path) -> None:
    """Use up all space of a disk."""
    with (folder / FILLER).open("wb", buffering=0) as filler, suppress(OSError):
        while True:
            filler.write(bytes(1 << 16))
    assert shutil.disk_usage(folder).free < 1 << 16


def make_room(folder: Path) -> None:
    """Give the space back."""
    (folder / FILLER).unlink()


def _mount(arguments: Sequence[str]) -> bool:
    done = subprocess.run(["mount", *arguments], check=False, capture_output=True)  # noqa: S603, S607
    return done.returncode == 0
