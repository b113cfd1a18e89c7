"""A copy from before an upgrade."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from etrms_core.adapters.storage.schema_backup import copy_before_upgrade
from etrms_core.errors import StorageError
from tests.builders import NOW


def filled(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE kept (value TEXT)")
        connection.execute("INSERT INTO kept VALUES ('here')")
    return path


def test_the_copy_holds_everything_and_is_the_owners_alone(tmp_path: Path) -> None:
    copy = copy_before_upgrade(filled(tmp_path / "etrms.db"), "0002", now=NOW)
    assert copy.parent == tmp_path / "backups"
    assert copy.name.startswith("etrms-before-0002-20251010T120000")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT value FROM kept").fetchall() == [("here",)]


def test_a_copy_that_cannot_be_made_stops_the_upgrade_and_leaves_nothing(tmp_path: Path) -> None:
    path = filled(tmp_path / "etrms.db")
    path.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(StorageError, match="was not upgraded because the backup"):
        copy_before_upgrade(path, "0002", now=NOW)
    assert list((tmp_path / "backups").iterdir()) == []
