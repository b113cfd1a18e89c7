"""A small home folder, its backup, and what it holds."""

import hashlib
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from signal import SIGKILL

from etrms_core.adapters.storage.backup import BackupSource, write_backup
from etrms_core.adapters.storage.backup_archive import read_manifest
from etrms_core.adapters.storage.backup_manifest import BackupManifest
from etrms_core.adapters.storage.migration import Schema
from etrms_core.adapters.storage.restore import plan_swap, release_databases, stage_backup
from etrms_core.adapters.storage.restore_swap import carry_out, decide

START = datetime(2026, 1, 1, tzinfo=UTC)
SCHEMAS = {
    name: Schema(folder=Path(), version_table="revision", head="0002")
    for name in ("etrms.db", "paper.db")
}
Progress = Callable[[str], None]


def make_home(home: Path, *, content: str = "old", revision: str = "0002") -> Path:
    """Write a home folder whose every file carries `content`."""
    home.mkdir(parents=True)
    for name in ("etrms.db", "paper.db"):
        with closing(sqlite3.connect(home / name, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("CREATE TABLE revision (version_num TEXT)")
            connection.execute("INSERT INTO revision VALUES (?)", (revision,))
            connection.execute("CREATE TABLE numbers (number INTEGER PRIMARY KEY, text TEXT)")
            rows = [(number, f"{content} {number}") for number in range(200)]
            connection.executemany("INSERT INTO numbers VALUES (?, ?)", rows)
    (home / "etrms.toml").write_text(f"# {content}\n", encoding="utf-8")
    (home / "emergency.journal").write_text(f"{content}\n", encoding="utf-8")
    (home / "strategies" / "mine").mkdir(parents=True)
    (home / "strategies" / "mine" / "cross.py").write_text(f"# {content}\n", encoding="utf-8")
    (home / "bars").mkdir()
    (home / "bars" / "BTCUSDT.parquet").write_bytes(b"bars")
    return home


def rows_hash(database: Path) -> str:
    """Hash of all rows of all tables."""
    with closing(sqlite3.connect(database)) as connection:
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        ).fetchall()
        tables = [
            (name, sorted(connection.execute(f'SELECT * FROM "{name}"'), key=repr))  # noqa: S608
            for (name,) in names
        ]
    return hashlib.sha256(repr(tables).encode()).hexdigest()


def state_of(home: Path) -> dict[str, str]:
    """Return what a backup covers, by name: the same text, the same state."""
    state = {
        name: rows_hash(home / name) for name in ("etrms.db", "paper.db") if (home / name).exists()
    }
    strategies = [path for path in (home / "strategies").rglob("*") if path.is_file()]
    for path in (home / "etrms.toml", home / "emergency.journal", *strategies):
        if path.exists():
            state[path.relative_to(home).as_posix()] = path.read_text(encoding="utf-8")
    return state


def back_up(
    home: Path, file: Path, *, overwrite: bool = False, progress: Progress = lambda step: None
) -> BackupManifest:
    """Back up a home of `make_home`."""
    source = BackupSource(home=home, schemas=SCHEMAS, etrms_version="0", created_at=START)
    return write_backup(source, file, overwrite=overwrite, progress=progress)


def restore(home: Path, file: Path, *, progress: Progress = lambda step: None) -> Path:
    """Restore a backup as the desk does, but for what a database is told about it."""
    manifest = read_manifest(file)
    stage_backup(home, file, manifest, SCHEMAS)
    progress("verified")
    release_databases(home)
    plan = plan_swap(home, manifest, at=START)
    decide(home, plan)
    progress("decided")
    carry_out(home, progress)
    return home / plan.kept_in


def killed_at(number: int) -> Progress:
    """Progress that ends its own process at a step, as a power cut would."""
    steps = iter(range(1, number + 1))

    def told(_step: str) -> None:
        if next(steps, number) == number:
            os.kill(os.getpid(), SIGKILL)

    return told
