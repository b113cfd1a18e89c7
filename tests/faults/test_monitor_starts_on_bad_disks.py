"""`etrms monitor` on a database that it cannot use says so in one clear line (P13)."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from tests.faults.disks import ROOT, make_read_only, small_disk
from tests.faults.live_desk import make_home

PAGE_BYTES = 4096


def monitor(home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.cli", "monitor"],
        cwd=ROOT,
        env={**os.environ, "ETRMS_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=60.0,
        check=False,
    )


def assert_one_clear_line(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 1, done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("etrms: ")
    assert "etrms.db" in lines[0], lines
    assert all(word in lines[0] for word in words), lines


def corrupted(home: Path) -> AbstractContextManager[None]:
    """Overwrite every page but the first with noise."""
    database = home / "etrms.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = database.stat().st_size
    with database.open("r+b") as file:
        file.seek(PAGE_BYTES)
        file.write(b"\x5a" * (size - PAGE_BYTES))
    return nullcontext()


@contextmanager
def locked(home: Path) -> Any:  # noqa: ANN401
    """Hold the database as another program can."""
    with closing(sqlite3.connect(home / "etrms.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (corrupted, ("is damaged", "restore a backup")),
        (locked, ("is locked by another program",)),
    ],
)
def test_a_bad_database_is_one_line_and_stays_as_it_was(
    tmp_path: Path,
    trouble: Callable[[Path], AbstractContextManager[None]],
    words: tuple[str, ...],
) -> None:
    home = make_home(tmp_path / "home", [])
    with trouble(home):
        before = (home / "etrms.db").read_bytes()
        assert_one_clear_line(monitor(home), *words)
        assert (home / "etrms.db").read_bytes() == before


def test_a_read_only_disk_is_one_line(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        home = make_home(disk / "home", [])
        make_read_only(disk)
        assert_one_clear_line(monitor(home))
