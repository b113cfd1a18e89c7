"""Copies of SQLite databases."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from etrms_core.adapters.storage.sqlite_copy import (
    close_log,
    copy_database,
    database_size,
    require_sound,
    schema_revision,
)
from etrms_core.errors import StorageError
from tests.adapters.storage.homes import make_home, rows_hash


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return make_home(tmp_path / "home") / "etrms.db"


def test_a_copy_holds_what_still_lies_in_the_log(database: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("INSERT INTO numbers VALUES (9000, 'in the log')")
        copy_database(database, tmp_path / "copy.db")
        connection.execute("INSERT INTO numbers VALUES (9001, 'later')")
        connection.execute("DELETE FROM numbers WHERE number = 9001")
        assert rows_hash(tmp_path / "copy.db") == rows_hash(database)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "home"]


def test_a_copy_waits_for_no_writer_and_no_writer_for_it(database: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(database, isolation_level=None, timeout=0.0)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO numbers VALUES (9000, 'not committed')")
        copy_database(database, tmp_path / "copy.db")
        connection.execute("COMMIT")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as connection:
        assert connection.execute("SELECT max(number) FROM numbers").fetchone() == (199,)


def test_a_missing_database_is_not_created(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"none\.db cannot be opened"):
        copy_database(tmp_path / "none.db", tmp_path / "copy.db")
    assert not (tmp_path / "none.db").exists()


def test_what_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("text " * 1_000, encoding="utf-8")
    with pytest.raises(StorageError, match=r"text\.db is no database or is damaged"):
        copy_database(tmp_path / "text.db", tmp_path / "copy.db")


def test_a_damaged_page_is_found(database: Path) -> None:
    require_sound(database, name=database)
    close_log(database)
    content = bytearray(database.read_bytes())
    content[8_192:8_300] = b"\xff" * 108
    database.write_bytes(content)
    with pytest.raises(StorageError, match=r"etrms\.db is damaged"):
        copy_database(database, database.with_name("copy.db"))
    with pytest.raises(StorageError, match=r"etrms\.db is damaged") as damaged:
        require_sound(database, name=database)
    assert "\n" not in str(damaged.value)


def test_the_revision_of_a_schema_is_read(database: Path) -> None:
    assert schema_revision(database, "revision") == "0002"
    assert schema_revision(database, "another_table") == ""


def test_a_closed_log_leaves_one_file_unless_another_program_reads(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("SELECT * FROM numbers").fetchone()
        assert not close_log(database)
    assert close_log(database)
    assert sorted(path.name for path in database.parent.glob("etrms.db*")) == ["etrms.db"]


def test_the_size_counts_the_log(database: Path) -> None:
    log = database.with_name("etrms.db-wal")
    log.write_bytes(b"x" * 100)
    assert database_size(database) == database.stat().st_size + 100
    assert database_size(database.with_name("none.db")) == 0
