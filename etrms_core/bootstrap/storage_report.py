"""Where the desk keeps what it knows, how much room that takes, and which backups there are."""

import shutil
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from etrms_core.adapters.storage.backup_manifest import DATABASES, DESK_DATABASE
from etrms_core.adapters.storage.disk_trouble import disk_errors
from etrms_core.adapters.storage.engine import open_database
from etrms_core.adapters.storage.sqlite_copy import database_size
from etrms_core.adapters.storage.table_sizes import TableSize, table_sizes
from etrms_core.bootstrap.backup import Progress, back_up, desk_database_url
from etrms_core.bootstrap.machine_clock import utc_now

__all__ = [
    "BACKUPS",
    "KeptFile",
    "StorageReport",
    "TableSize",
    "back_up_now",
    "database_name",
    "kept_backups",
    "measure_tables",
    "storage_report",
]

BACKUPS = "backups"
ENDING = ".zip"


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of the home folder."""

    path: Path
    bytes_used: int
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageReport:
    """What lies where.

    Attributes
    ----------
    database : str
        The desk's database: its file, or its URL without the password.
    files : dict
        Bytes of each database file of the home folder, by name; 0 where there is none.
    """

    home: Path
    database: str
    free_bytes: int
    files: dict[str, int]


def storage_report(home: Path) -> StorageReport:
    """Look up places and sizes, without opening a database.

    Raises
    ------
    StorageError
        If the folder cannot be read.
    """
    with disk_errors(home):
        return StorageReport(
            home=home.resolve(),
            database=database_name(home),
            free_bytes=shutil.disk_usage(home).free,
            files={name: database_size(home / name) for name in DATABASES},
        )


def database_name(home: Path) -> str:
    """Name the desk's database: its file, or its URL without the password."""
    url = desk_database_url()
    if url is None:
        return str((home / DESK_DATABASE).resolve())
    with closing(open_database(url)) as database:
        return database.name


def measure_tables(home: Path) -> tuple[TableSize, ...]:
    """Measure every table of the desk, the largest first; it reads the whole database.

    Raises
    ------
    StorageError
        If the database fails.
    """
    with closing(open_database(desk_database_url() or home / DESK_DATABASE)) as database:
        return table_sizes(database)


def kept_backups(home: Path) -> tuple[KeptFile, ...]:
    """Return the backups in the folder `backups`, the newest first.

    Raises
    ------
    StorageError
        If the folder cannot be read.
    """
    folder = home / BACKUPS
    with disk_errors(folder):
        found = [_kept(path) for path in folder.glob(f"*{ENDING}") if path.is_file()]
    return tuple(sorted(found, key=lambda each: each.changed_at, reverse=True))


def back_up_now(home: Path, progress: Progress = lambda step: None) -> KeptFile:
    """Write a backup named after the time into the folder `backups`, and return it.

    Raises
    ------
    StorageError
        If a database is damaged or the disk is full.
    """
    folder = home / BACKUPS
    with disk_errors(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
    file = folder / f"etrms-{utc_now():%Y%m%d-%H%M%S}{ENDING}"
    back_up(home, file, progress=progress)
    return _kept(file)


def _kept(path: Path) -> KeptFile:
    status = path.stat()
    return KeptFile(path, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))
