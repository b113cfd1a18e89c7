"""Moving the desk's database from a file to a server."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Table, func, insert, inspect, select, text

from etrms_core.adapters.storage.engine import Database
from etrms_core.adapters.storage.migration import DESK_SCHEMA, upgrade_to_head
from etrms_core.adapters.storage.tables import desk_metadata
from etrms_core.errors import StorageError

ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class CopiedTable:
    """One table with the rows that both databases now hold; the hash is SHA-256 of all rows."""

    name: str
    rows: int
    sha256: str


def copy_desk_database(source: Database, target: Database) -> tuple[CopiedTable, ...]:
    """Copy every table to an empty database, in one transaction, and compare all rows.

    The target gets this program's schema first. The source must have it already.

    Raises
    ------
    StorageError
        If the target is not empty, or does not hold afterwards what the source holds; then it
        stays empty.
    """
    _require_empty(target)
    upgrade_to_head(target, DESK_SCHEMA)
    with source.reading() as read, target.writing() as written:
        copied = tuple(_copy_table(read, written, each, target.name) for each in _tables())
        _number_on(written)
    return copied


def table_hash(connection: Connection, table: Table) -> str:
    """Hash all rows of a table, by its primary key in order of bytes; equal rows, equal hash."""
    digest = hashlib.sha256()
    for batch in _batches(connection, table):
        for row in batch:
            digest.update(repr(tuple(_plain(value) for value in row)).encode())
    return digest.hexdigest()


def _tables() -> Sequence[Table]:
    return desk_metadata.sorted_tables


def _require_empty(target: Database) -> None:
    with target.reading() as connection:
        present = set(inspect(connection).get_table_names())
        filled = [
            table.name
            for table in _tables()
            if table.name in present and connection.scalar(select(func.count()).select_from(table))
        ]
    if filled:
        raise StorageError(
            f"{target.name} is not empty (there are rows in {', '.join(filled)}); name an empty "
            "database"
        )


def _copy_table(
    read: Connection, written: Connection, table: Table, target_name: str
) -> CopiedTable:
    for batch in _batches(read, table):
        written.execute(insert(table), [dict(row._mapping) for row in batch])
    counted = [_count(each, table) for each in (read, written)]
    hashed = [table_hash(each, table) for each in (read, written)]
    if counted[0] != counted[1] or hashed[0] != hashed[1]:
        raise StorageError(
            f"{target_name} holds other rows in {table.name} than were copied "
            f"({counted[0]} copied, {counted[1]} there); nothing was kept"
        )
    return CopiedTable(table.name, counted[0], hashed[0])


def _count(connection: Connection, table: Table) -> int:
    return int(connection.scalar(select(func.count()).select_from(table)) or 0)


def _batches(connection: Connection, table: Table) -> Iterator[Sequence[Row[Any]]]:
    # PostgreSQL orders text by the language of its database, SQLite by bytes.
    is_server = connection.dialect.name == "postgresql"
    keys = [
        column.collate("C") if is_server and column.type.python_type is str else column
        for column in table.primary_key
    ]
    # Of the statement: of a connection it would hold for what is inserted, too.
    query = select(table).order_by(*keys).execution_options(yield_per=ROWS_AT_ONCE)
    with connection.execute(query) as rows:
        yield from rows.partitions()


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value


def _number_on(connection: Connection) -> None:
    # Rows that came with their numbers do not move the server's own counters.
    if connection.dialect.name != "postgresql":
        return
    for table in _tables():
        column = table.autoincrement_column
        if column is None:
            continue
        names = {"table": table.name, "column": column.name}
        counter = connection.scalar(text("SELECT pg_get_serial_sequence(:table, :column)"), names)
        if counter is not None:
            newest = connection.scalar(select(func.max(column)))
            connection.execute(
                text("SELECT setval(:counter, :value, :is_used)"),
                {"counter": counter, "value": newest or 1, "is_used": newest is not None},
            )
