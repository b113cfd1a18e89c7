"""Opening databases and writing to them together."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select

from etrms_core.adapters.storage.engine import Database, insert_new, open_database
from etrms_core.errors import StorageError

METADATA = MetaData()
NUMBERS = Table(
    "numbers", METADATA, Column("key", Integer, primary_key=True), Column("value", Integer)
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "some.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    with closing(open_database(path, busy_timeout_ms=20)) as opened:
        with opened.writing() as connection:
            METADATA.create_all(connection)
        yield opened


def values(database: Database) -> list[tuple[int, int]]:
    with database.reading() as connection:
        return [(row.key, row.value) for row in connection.execute(select(NUMBERS))]


def add(database: Database, key: int) -> None:
    with database.writing() as connection:
        connection.execute(insert(NUMBERS), {"key": key, "value": key})


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("synchronous", 2), ("journal_mode", "wal"), ("foreign_keys", 1), ("busy_timeout", 5_000)],
)
def test_every_connection_to_a_file_is_set_for_safety(
    path: Path, pragma: str, value: object
) -> None:
    with closing(open_database(path)) as database:
        for _ in range(2):
            with database.reading() as connection, database.reading() as second:
                for each in (connection, second):
                    assert each.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_a_transaction_that_fails_leaves_nothing_not_even_tables(database: Database) -> None:
    def break_off() -> None:
        with database.writing() as connection:
            connection.execute(insert(NUMBERS), {"key": 1, "value": 1})
            connection.exec_driver_sql("CREATE TABLE half_done (x INTEGER)")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert values(database) == []
    with database.reading() as connection:
        tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")
        assert tables.scalars().all() == ["numbers"]


def test_programs_that_create_a_file_at_once_all_open_the_same(tmp_path: Path) -> None:
    for attempt in range(10):
        path = tmp_path / f"{attempt}.db"
        gate = Barrier(8)

        def open_with_the_others(path: Path = path, gate: Barrier = gate) -> None:
            gate.wait()
            with closing(open_database(path)) as database, database.writing() as connection:
                METADATA.create_all(connection)
                keys = connection.scalars(select(NUMBERS.c.key)).all()
                connection.execute(insert(NUMBERS), {"key": len(keys), "value": 0})

        with ThreadPoolExecutor(8) as pool:
            for opened in [pool.submit(open_with_the_others) for _ in range(8)]:
                opened.result()
        with closing(open_database(path)) as database:
            assert len(values(database)) == 8


def test_a_writer_waits_only_so_long_for_another_one(database: Database) -> None:
    with open_database(database.name).writing() as other:
        other.execute(insert(NUMBERS), {"key": 1, "value": 1})
        with pytest.raises(StorageError) as caught:
            add(database, 2)
        assert values(database) == []
    assert str(caught.value) == (
        f"{database.name} is locked by another program; close that one or try again"
    )
    assert values(database) == [(1, 1)]


def test_writers_that_read_first_lose_nothing(path: Path) -> None:
    with closing(open_database(path)) as database:
        with database.writing() as connection:
            METADATA.create_all(connection)
            connection.execute(insert(NUMBERS), {"key": 1, "value": 0})

        def count() -> None:
            for _ in range(25):
                with database.writing() as connection:
                    value = connection.execute(select(NUMBERS.c.value)).scalar_one()
                    connection.execute(NUMBERS.update().values(value=value + 1))

        threads = [Thread(target=count) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert values(database) == [(1, 100)]


def test_only_rows_with_new_keys_are_inserted(database: Database) -> None:
    add(database, 1)
    with database.writing() as connection:
        rows = [{"key": 1, "value": 9}, {"key": 2, "value": 8}, {"key": 2, "value": 7}]
        insert_new(connection, NUMBERS, rows)
        insert_new(connection, NUMBERS, [])
    assert values(database) == [(1, 1), (2, 8)]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite:///some.db", "a SQLite database is given by its path, not by a URL"),
        ("://", "the database's URL cannot be read; write postgresql://..."),
        ("nonsense://me@host/name", "nonsense://me@host/name needs a driver that is not installed"),
        ("mysql+nope://me:secret@h/n", "mysql+nope://me:***@h/n needs a driver that is not"),
    ],
)
def test_a_url_that_cannot_be_opened_is_told_without_its_password(url: str, message: str) -> None:
    with pytest.raises(StorageError) as caught:
        open_database(url)
    assert str(caught.value).startswith(message)
