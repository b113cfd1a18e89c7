"""Opening a database: settings, migration to the newest schema, clear errors."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from etrms_core.errors import StorageError

VERSION_TABLE = "etrms_schema_version"
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
)
PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700


class Database:
    """One database file with its migrations.

    Parameters
    ----------
    path : Path
        SQLite file, created private to its owner when absent.
    migrations : Path
        Alembic folder of this database.

    Raises
    ------
    StorageError
        If the file is damaged, cannot be written, or was made by a newer program; it names the
        file and says what to do.
    """

    def __init__(self, path: Path, *, migrations: Path) -> None:
        self.path = path
        self.is_new = not path.exists() or path.stat().st_size == 0
        with self._translated():
            path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            if self.is_new:
                path.touch(mode=PRIVATE_FILE)
            self.engine = _sqlite_engine(path)
            self._migrate(migrations)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Give a connection whose work is committed whole or not at all."""
        with self._translated(), self.engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def _migrate(self, migrations: Path) -> None:
        config = Config()
        config.set_main_option("script_location", str(migrations).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        with self.engine.connect() as connection:
            found = MigrationContext.configure(
                connection, opts={"version_table": VERSION_TABLE}
            ).get_current_revision()
        script = ScriptDirectory.from_config(config)
        if found == script.get_current_head():
            return
        if found is not None and found not in {each.revision for each in script.walk_revisions()}:
            raise StorageError(
                f"{self.path} was written by a newer version of ETRMS (schema {found}); update "
                "the program or open a backup that this version made"
            )
        with self.engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, CommandError, OSError) as error:
            cause = getattr(error, "orig", None) or error
            raise StorageError(f"{self.path}: {_advice(str(cause))}") from error


def _sqlite_engine(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 5.0})

    @event.listens_for(engine, "connect")
    def configure(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in SQLITE_PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    return engine


def _advice(cause: str) -> str:
    first_line = cause.splitlines()[0] if cause else "unknown trouble"
    if "malformed" in first_line or "not a database" in first_line:
        return f"the database is damaged ({first_line}); restore a backup or move the file away"
    if "readonly" in first_line or "unable to open" in first_line:
        return f"the database cannot be written ({first_line}); check the rights of the folder"
    if "locked" in first_line:
        return f"the database is locked by another program ({first_line})"
    if "full" in first_line or "No space" in first_line:
        return f"the disk is full ({first_line}); nothing was changed"
    return first_line


def migration_folder(package_file: str) -> Path:
    """Folder `migrations` beside a module."""
    return Path(os.path.realpath(package_file)).parent / "migrations"
