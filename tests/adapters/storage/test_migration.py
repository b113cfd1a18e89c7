"""Migrations build exactly the tables that the stores use."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, inspect, text

from etrms_core.adapters.exchanges.paper.sql_store import PAPER_SCHEMA
from etrms_core.adapters.exchanges.paper.sql_tables import paper_metadata
from etrms_core.adapters.storage.engine import Database, open_database
from etrms_core.adapters.storage.migration import (
    DESK_SCHEMA,
    Schema,
    migration_config,
    upgrade_to_head,
)
from etrms_core.adapters.storage.tables import desk_metadata
from etrms_core.errors import StorageError

SCHEMAS = [(DESK_SCHEMA, desk_metadata), (PAPER_SCHEMA, paper_metadata)]
BOTH = pytest.mark.parametrize(("schema", "metadata"), SCHEMAS, ids=["desk", "paper"])


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(open_database(tmp_path / "100% new.db")) as opened:
        yield opened


def table_names(database: Database) -> set[str]:
    with database.reading() as connection:
        return set(inspect(connection).get_table_names()) - {"sqlite_sequence"}


@BOTH
def test_the_migrations_build_the_declared_tables(
    database: Database, schema: Schema, metadata: MetaData
) -> None:
    upgrade_to_head(database, schema)
    assert table_names(database) == {*metadata.tables, schema.version_table}
    with database.reading() as connection:
        options = {"version_table": schema.version_table, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
        declared = {name: table.c.keys() for name, table in metadata.tables.items()}
        built = {
            name: [column["name"] for column in inspect(connection).get_columns(name)]
            for name in metadata.tables
        }
        assert built == declared


@BOTH
def test_the_named_head_is_the_newest_migration(schema: Schema, metadata: MetaData) -> None:
    assert metadata.tables
    script = ScriptDirectory.from_config(migration_config(schema))
    assert script.get_current_head() == schema.head


@BOTH
def test_a_migration_can_be_taken_back(
    database: Database, schema: Schema, metadata: MetaData
) -> None:
    assert metadata.tables
    upgrade_to_head(database, schema)
    with database.writing() as connection:
        command.downgrade(migration_config(schema, connection), "base")
    assert table_names(database) == {schema.version_table}
    upgrade_to_head(database, schema)


def test_both_schemas_can_share_a_database(database: Database) -> None:
    for _ in range(2):
        upgrade_to_head(database, DESK_SCHEMA)
        upgrade_to_head(database, PAPER_SCHEMA)
    assert {DESK_SCHEMA.version_table, PAPER_SCHEMA.version_table} <= table_names(database)


def test_the_program_may_lie_in_a_folder_with_a_percent_sign(
    database: Database, tmp_path: Path
) -> None:
    folder = shutil.copytree(DESK_SCHEMA.folder, tmp_path / "100% mine")
    upgrade_to_head(database, replace(DESK_SCHEMA, folder=folder))
    assert "history" in table_names(database)


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(text("CREATE TABLE history (x INTEGER)"))
    with pytest.raises(StorageError, match="table history already exists"):
        upgrade_to_head(database, DESK_SCHEMA)
    assert table_names(database) == {"history"}


def test_a_newer_database_is_refused_and_left_alone(database: Database) -> None:
    upgrade_to_head(database, DESK_SCHEMA)
    with database.writing() as connection:
        connection.execute(text("UPDATE etrms_alembic_version SET version_num = '0042'"))
    with pytest.raises(StorageError) as caught:
        upgrade_to_head(database, DESK_SCHEMA)
    assert str(caught.value) == (
        f"{database.name} was written by a newer ETRMS (its schema is 0042, this program knows "
        f"{DESK_SCHEMA.head}); update the program or restore an older backup"
    )


def test_a_current_database_opens_without_alembic(tmp_path: Path) -> None:
    path = tmp_path / "etrms.db"
    with closing(open_database(path)) as database:
        upgrade_to_head(database, DESK_SCHEMA)
    program = (
        "import sys; from etrms_core.adapters.storage.stores import open_stores; "
        f"open_stores({str(path)!r}).close(); sys.exit('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False)  # noqa: S603 (our own)
    assert done.returncode == 0
