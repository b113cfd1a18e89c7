"""How many rows each table of the desk holds, and how much room they take."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import OperationalError

from etrms_core.adapters.storage.engine import Database
from etrms_core.adapters.storage.tables import desk_metadata

# With its indexes; `dbstat` is an option of SQLite that most builds have.
SQLITE_BYTES = text(
    "SELECT m.tbl_name, SUM(s.pgsize) FROM dbstat s JOIN sqlite_master m ON m.name = s.name "
    "WHERE s.aggregate = TRUE GROUP BY m.tbl_name"
)


@dataclass(frozen=True, slots=True)
class TableSize:
    """One table with its indexes; `bytes_used` is None where the database does not tell."""

    name: str
    rows: int
    bytes_used: int | None


def table_sizes(database: Database) -> tuple[TableSize, ...]:
    """Measure every table of the desk, the largest first; it reads the whole database.

    Raises
    ------
    StorageError
        If the database fails.
    """
    with database.reading() as connection:
        sizes = _bytes(connection)
        found = [
            TableSize(
                table.name,
                connection.scalar(select(func.count()).select_from(table)) or 0,
                sizes.get(table.name),
            )
            for table in desk_metadata.sorted_tables
        ]
    return tuple(sorted(found, key=lambda each: (-(each.bytes_used or 0), -each.rows, each.name)))


def _bytes(connection: Connection) -> dict[str, int]:
    if connection.dialect.name == "postgresql":
        return {
            name: int(connection.scalar(select(func.pg_total_relation_size(name))) or 0)
            for name in desk_metadata.tables
        }
    try:
        return {str(name): int(size) for name, size in connection.execute(SQLITE_BYTES)}
    except OperationalError:
        return {}
