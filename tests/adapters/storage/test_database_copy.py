"""Moving the desk's database to a server."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, func, insert, select, text

from etrms_core.adapters.storage import tables
from etrms_core.adapters.storage.database_copy import copy_desk_database, table_hash
from etrms_core.adapters.storage.engine import Database, open_database
from etrms_core.adapters.storage.migration import DESK_SCHEMA, upgrade_to_head
from etrms_core.errors import StorageError

SORTED_BY_LANGUAGE = "LOCALE_PROVIDER icu ICU_LOCALE 'en' LOCALE 'C' ENCODING 'UTF8'"


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Database]:
    """Fill a database with some rows in tables of every kind of column."""
    with closing(open_database(tmp_path / "etrms.db")) as database:
        upgrade_to_head(database, DESK_SCHEMA)
        with database.writing() as connection:
            names = ["b", "B", "a", "\u00e4", "_", "Z1", "z 1"]
            facts = [{"name": name, "value": f"{name}\n'"} for name in names]
            connection.execute(insert(tables.facts), facts)
            history = [
                {"observed_at_us": at, "equity": 0.1 * at, "nav": None} for at in range(2_500)
            ]
            connection.execute(insert(tables.history), history)
            cycles = {
                "run_id": "live",
                "sequence": 1,
                "as_of_us": 1 << 50,
                "is_keyframe": True,
                "payload": bytes(range(256)),
            } | dict.fromkeys(("decision_hash", "memory_hash", "previous_hash", "row_hash"), "x")
            connection.execute(insert(tables.cycles), cycles)
            request = {"kind": "halt", "subject": "", "requested_at_us": 1}
            connection.execute(insert(tables.requests), [request, request, request])
        yield database


@pytest.fixture
def target(postgresql_url: str) -> Iterator[Database]:
    """Make an empty database on the server, one that sorts text as a language does."""
    name = f"copy_{uuid4().hex}"
    engine = create_engine(postgresql_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0 {SORTED_BY_LANGUAGE}"))
    with closing(open_database(postgresql_url.replace("/postgres?", f"/{name}?"))) as database:
        yield database
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name}"))
    engine.dispose()


def counts(database: Database) -> dict[str, int]:
    with database.reading() as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in tables.desk_metadata.sorted_tables
        }


def test_every_row_arrives(source: Database, target: Database) -> None:
    copied = {table.name: table for table in copy_desk_database(source, target)}
    assert {name: table.rows for name, table in copied.items()} == counts(source) == counts(target)
    assert copied["history"].rows == 2_500
    with target.reading() as connection:
        for table in tables.desk_metadata.sorted_tables:
            assert table_hash(connection, table) == copied[table.name].sha256


def test_the_server_numbers_on_after_the_last_row(source: Database, target: Database) -> None:
    copy_desk_database(source, target)
    with target.writing() as connection:
        request = {"kind": "halt", "subject": "", "requested_at_us": 1}
        connection.execute(insert(tables.requests), request)
        newest = connection.scalar(select(func.max(tables.requests.c.sequence)))
    assert newest == 4


def test_a_target_that_is_not_empty_is_left_alone(source: Database, target: Database) -> None:
    copy_desk_database(source, target)
    with pytest.raises(StorageError, match=r"is not empty .*facts.*name an empty database"):
        copy_desk_database(source, target)
    assert counts(target) == counts(source)


def test_a_copy_that_differs_is_not_kept(source: Database, target: Database) -> None:
    upgrade_to_head(target, DESK_SCHEMA)
    with target.writing() as connection:
        connection.execute(text("CREATE RULE lose AS ON INSERT TO history DO INSTEAD NOTHING"))
    with pytest.raises(StorageError, match=r"holds other rows in history .* nothing was kept"):
        copy_desk_database(source, target)
    assert set(counts(target).values()) == {0}


def test_an_equal_hash_means_equal_rows(source: Database) -> None:
    with source.writing() as connection:
        before = table_hash(connection, tables.facts)
        connection.execute(
            tables.facts.update().where(tables.facts.c.name == "a").values(value="x")
        )
        assert table_hash(connection, tables.facts) != before
