"""Bringing a database to the schema of this program."""

from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from etrms_core.adapters.storage.engine import Database
from etrms_core.adapters.storage.schema_backup import copy_before_upgrade, utc_now
from etrms_core.errors import StorageError

if TYPE_CHECKING:
    from alembic.config import Config

# Alembic's environment is global to the process.
_MIGRATING = Lock()


@dataclass(frozen=True, slots=True)
class Schema:
    """A chain of migrations.

    Attributes
    ----------
    folder : Path
        Where `env.py` and `versions` lie.
    version_table : str
        Table that holds the revision of a database.
    head : str
        The newest revision, named here so that a current database is opened without Alembic,
        whose import takes longer than everything else at the start.
    """

    folder: Path
    version_table: str
    head: str


DESK_SCHEMA = Schema(
    folder=Path(__file__).with_name("migrations"),
    version_table="etrms_alembic_version",
    head="0006",
)


def upgrade_to_head(database: Database, schema: Schema) -> None:
    """Upgrade a database in one transaction; a current one must take a write all the same.

    Of a file with an older schema a copy is made first, in the folder `backups` beside it.

    Raises
    ------
    StorageError
        If it is damaged, cannot be written, cannot be copied or is newer than this program.
    """
    with _MIGRATING, database.writing() as connection:
        revisions = _revisions(connection, schema)
        if revisions == [schema.head]:
            # SQLite lets a transaction begin on a read-only file; only a write tells.
            connection.execute(text(f"UPDATE {schema.version_table} SET version_num = version_num"))  # noqa: S608
        else:
            _upgrade(connection, schema, revisions, database)


def migration_config(schema: Schema, connection: Connection | None = None) -> "Config":
    """Return Alembic's configuration of a schema, with the connection that `env.py` uses."""
    from alembic.config import Config  # noqa: PLC0415 (slow, and rarely needed)

    config = Config()
    config.set_main_option("script_location", str(schema.folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["version_table"] = schema.version_table
    return config


def _revisions(connection: Connection, schema: Schema) -> list[str]:
    if not inspect(connection).has_table(schema.version_table):
        return []
    # The name is a constant of ours, and names cannot be bound.
    query = text(f"SELECT version_num FROM {schema.version_table}")  # noqa: S608
    return list(connection.scalars(query))


def _upgrade(
    connection: Connection, schema: Schema, revisions: list[str], database: Database
) -> None:
    from alembic import command  # noqa: PLC0415 (slow, and rarely needed)
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = migration_config(schema, connection)
    known = {each.revision for each in ScriptDirectory.from_config(config).walk_revisions()}
    unknown = [revision for revision in revisions if revision not in known]
    if unknown:
        raise StorageError(
            f"{database.name} was written by a newer ETRMS (its schema is {unknown[0]}, this "
            f"program knows {schema.head}); update the program or restore an older backup"
        )
    if revisions and database.path is not None:
        # Nobody else writes meanwhile: this transaction has the lock, and has changed nothing yet.
        copy_before_upgrade(database.path, schema.head, now=utc_now())
    command.upgrade(config, "head")
