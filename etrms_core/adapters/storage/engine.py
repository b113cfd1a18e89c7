"""Opening a database: a file of this machine by path, a server by URL."""

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry

from etrms_core.adapters.storage.error_translation import storage_errors
from etrms_core.errors import StorageError

BUSY_TIMEOUT_MS = 5_000
PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
)
_BEGIN = "etrms_begin"


class Database:
    """An open database that names itself in its errors.

    Attributes
    ----------
    name : str
        The file, or the URL without its password.
    path : Path or None
        The file; None of a server.
    """

    def __init__(self, engine: Engine, *, name: str, path: Path | None = None) -> None:
        self.name = name
        self.path = path
        self._engine = engine
        # A transaction that reads first and writes later cannot wait for other writers on SQLite:
        # it fails at once. Writers therefore queue before they read.
        self._writer = engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that only reads; failures raise StorageError."""
        with storage_errors(self.name), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that is stored whole at the end, or not at all when it fails."""
        with storage_errors(self.name), self._writer.begin() as connection:
            yield connection

    def own_connection(self) -> Connection:
        """Return a connection that the caller alone uses, in no transaction, and must close."""
        with storage_errors(self.name):
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            connection.detach()
            return connection

    def damaged(self, what: str, error: Exception) -> StorageError:
        """Return the error to raise when something stored cannot be read."""
        # A library's explanation runs over several lines.
        reason = str(error).partition("\n")[0]
        return StorageError(
            f"{self.name} holds {what} that cannot be read ({reason}); restore a backup"
        )

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def open_database(location: Path | str, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> Database:
    """Open a database, creating a file that does not exist.

    Parameters
    ----------
    location : path or str
        A file for SQLite, or a URL such as ``postgresql://user@host/name``. A new file has mode
        0600, a new folder 0700; rights of others to an existing file are taken away.
    busy_timeout_ms : int
        How long a writer of a file waits for another one.

    Raises
    ------
    StorageError
        If it cannot be opened; the message names it and says what to do.
    """
    if isinstance(location, str) and "://" in location:
        return _open_url(location)
    path = Path(location)
    try:
        _prepare_file(path)
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise StorageError(
            f"{path} cannot be opened ({reason}); check the rights of file and folder"
        ) from error
    return _open_file(path, busy_timeout_ms)


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, leaving out those whose unique key is there already."""
    if rows:
        connection.execute(_insert_new(connection, table), rows)


def inserted_new(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert one row; False, and nothing stored, when its unique key is there already."""
    statement = _insert_new(connection, table).returning(literal(1))
    return connection.execute(statement, row).one_or_none() is not None


def _insert_new(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


def _open_url(location: str) -> Database:
    try:
        url = make_url(location)
    except (ArgumentError, ValueError) as error:
        raise StorageError("the database's URL cannot be read; write postgresql://...") from error
    if url.get_backend_name() == "sqlite":
        raise StorageError("a SQLite database is given by its path, not by a URL")
    if url.drivername in {"postgresql", "postgres"}:
        url = url.set(drivername="postgresql+psycopg")
    name = url.render_as_string(hide_password=True)
    try:
        return Database(create_engine(url, pool_pre_ping=True), name=name)
    except (NoSuchModuleError, ImportError) as error:
        raise StorageError(f"{name} needs a driver that is not installed: {error}") from error


def _open_file(path: Path, busy_timeout_ms: int) -> Database:
    engine = create_engine(URL.create("sqlite", database=str(path)))

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        for pragma in (f"PRAGMA busy_timeout = {busy_timeout_ms}", *PRAGMAS):
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # The driver would begin only at the first change, and leave DDL out.
        connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))

    return Database(engine, name=str(path), path=path)


def _prepare_file(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        _create_file(path)
    status = path.stat()
    if status.st_size == 0:
        raise StorageError(
            f"{path} is empty although a database is never; restore a backup, or remove the file "
            "to start anew"
        )
    if status.st_mode & 0o077:
        # Of another owner: whether it can be used is for the database to say.
        with suppress(PermissionError):
            path.chmod(status.st_mode & 0o700)


def _create_file(path: Path) -> None:
    # Made aside and linked into place, so that nobody ever sees a file that is not a database yet,
    # and of two programs that create it at once both open the same.
    descriptor, name = mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
    os.close(descriptor)
    temporary = Path(name)
    try:
        with closing(sqlite3.connect(temporary)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink(missing_ok=True)
