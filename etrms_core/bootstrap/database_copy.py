"""Bringing the desk's database from its file to a server."""

from contextlib import closing
from pathlib import Path

from etrms_core.adapters.storage.backup_manifest import DESK_DATABASE
from etrms_core.adapters.storage.database_copy import CopiedTable, copy_desk_database
from etrms_core.adapters.storage.engine import open_database
from etrms_core.adapters.storage.migration import DESK_SCHEMA, upgrade_to_head
from etrms_core.bootstrap.backup import no_desk_running
from etrms_core.errors import ConfigurationError, StorageError


def copy_database_to(home: Path, url: str) -> tuple[CopiedTable, ...]:
    """Copy the desk's database to an empty one on a server, while no desk runs.

    Raises
    ------
    ConfigurationError
        If a desk runs on the home, or the URL is not of PostgreSQL.
    StorageError
        If there is no desk, the target is not empty or a database fails; the file stays as it is.
    """
    if not url.startswith(("postgresql://", "postgresql+psycopg://")):
        raise ConfigurationError("write postgresql+psycopg://user@host/name", field="URL")
    file = home / DESK_DATABASE
    if not file.exists():
        raise StorageError(f"there is no desk in {home}: it holds no {DESK_DATABASE}")
    with (
        no_desk_running(home),
        closing(open_database(file)) as source,
        closing(open_database(url)) as target,
    ):
        upgrade_to_head(source, DESK_SCHEMA)
        return copy_desk_database(source, target)
