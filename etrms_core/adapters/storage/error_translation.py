"""Database errors as sentences that name the database and say what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from etrms_core.errors import StorageError

PRIMARY_CODE = 0xFF
SENTENCES = {
    sqlite3.SQLITE_NOTADB: "is no database or is damaged; restore a backup, or move it away to "
    "start anew",
    sqlite3.SQLITE_CORRUPT: "is damaged; restore a backup, or move it away to start anew",
    sqlite3.SQLITE_READONLY: "is read-only; make the file and its folder writable",
    sqlite3.SQLITE_PERM: "may not be opened; check the rights of file and folder",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check the rights of file and folder",
    sqlite3.SQLITE_BUSY: "is locked by another program; close that one or try again",
    sqlite3.SQLITE_LOCKED: "is locked by another program; close that one or try again",
    sqlite3.SQLITE_FULL: "cannot grow because the disk is full; free some space",
    sqlite3.SQLITE_IOERR: "cannot be read or written because the disk fails; check the disk",
}


@contextmanager
def storage_errors(name: str) -> Iterator[None]:
    """Turn every SQLAlchemy error into a StorageError about the database `name`."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StorageError(f"{name} {database_trouble(error)}") from error


def database_trouble(error: SQLAlchemyError) -> str:
    """Say in one sentence, without its subject, what is wrong with a database."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(origin, "sqlite_errorcode", None)
    known = None if code is None else SENTENCES.get(code & PRIMARY_CODE)
    if known is not None:
        return known
    first_line = str(origin).strip().partition("\n")[0]
    return f"failed: {first_line or type(origin).__name__}"
