"""A consistent copy of a SQLite database that others are writing, and what state a copy is in."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from etrms_core.adapters.storage.error_translation import PRIMARY_CODE, SENTENCES
from etrms_core.errors import StorageError

BUSY_SECONDS = 30.0
SIDE_FILES = ("-wal", "-shm", "-journal")


def copy_database(source: Path, target: Path) -> None:
    """Copy a database as one transaction sees it, and check the copy.

    The copy is made in a single step: a copy in several steps begins anew whenever another
    process writes in between, and with a desk that writes each second it may never end. In WAL
    mode the step delays no writer.

    Raises
    ------
    StorageError
        If the source is damaged or cannot be read, or the disk is full.
    """
    with _opened(source, mode="ro") as read, _opened(target, mode="rwc") as written:
        with _sqlite_errors(source):
            read.backup(written, pages=-1)
        with _sqlite_errors(target):
            # One file, whole without its log.
            written.execute("PRAGMA journal_mode = DELETE")
    require_sound(target, name=source)


def require_sound(database: Path, *, name: Path) -> None:
    """Refuse a damaged database; the error calls it `name`."""
    with _opened(database, mode="rw") as connection, _sqlite_errors(name):
        found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(1)")]
    if found != ["ok"]:
        raise StorageError(
            f"{name} is damaged ({found[0].partition(chr(10))[0]}); restore an older backup"
        )


def schema_revision(database: Path, version_table: str) -> str:
    """Return the revision of a database's schema; empty before its first migration."""
    # The name is a constant of ours, and names cannot be bound.
    query = f"SELECT version_num FROM {version_table}"  # noqa: S608
    with _opened(database, mode="ro") as connection, _sqlite_errors(database):
        known = connection.execute(
            "SELECT count(*) FROM sqlite_master WHERE name = ?", (version_table,)
        ).fetchone()[0]
        rows = connection.execute(query).fetchall() if known else []
    return ",".join(str(row[0]) for row in rows)


def close_log(database: Path) -> bool:
    """Bring a database into one file without its log; False when another program has it open.

    Raises
    ------
    StorageError
        If it is damaged or cannot be written.
    """
    with _opened(database, mode="rw", busy_seconds=1.0) as connection:
        try:
            connection.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.Error as error:
            if error.sqlite_errorcode & PRIMARY_CODE == sqlite3.SQLITE_BUSY:
                return False
            raise StorageError(f"{database} {_trouble(error)}") from error
    return True


def database_size(database: Path) -> int:
    """Bytes of a database with its log; 0 when there is none."""
    files = (database, database.with_name(f"{database.name}-wal"))
    return sum(each.stat().st_size for each in files if each.exists())


@contextmanager
def _opened(
    path: Path, *, mode: str, busy_seconds: float = BUSY_SECONDS
) -> Iterator[sqlite3.Connection]:
    address = f"{path.absolute().as_uri()}?mode={mode}"
    with _sqlite_errors(path):
        connection = sqlite3.connect(address, uri=True, timeout=busy_seconds, isolation_level=None)
    with closing(connection):
        yield connection


@contextmanager
def _sqlite_errors(name: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StorageError(f"{name} {_trouble(error)}") from error


def _trouble(error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & PRIMARY_CODE
    return SENTENCES.get(code, f"failed: {error}")
