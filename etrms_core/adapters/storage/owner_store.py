"""The desk's one user."""

from sqlalchemy import delete, insert, select, text

from etrms_core.adapters.storage import tables
from etrms_core.adapters.storage.engine import Database
from etrms_core.adapters.storage.moments import from_us, to_us
from etrms_core.engine.owner_ports import Owner


class SqlOwnerStore:
    """`OwnerStore` in SQLite or PostgreSQL.

    Raises
    ------
    StorageError
        From every method when the database fails; it names the database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def owner(self) -> Owner | None:
        """Return the owner; None before one was created."""
        with self._database.reading() as connection:
            row = connection.execute(select(tables.owner)).one_or_none()
        if row is None:
            return None
        created_at, changed_at = from_us(row.created_at_us), from_us(row.changed_at_us)
        return Owner(row.name, row.password_hash, created_at, changed_at)

    def add_owner(self, owner: Owner) -> bool:
        """Create the owner; False, and nothing stored, when there is one."""
        with self._database.writing() as connection:
            if connection.dialect.name == "postgresql":
                # Two that find nobody would both insert, since their names differ.
                connection.execute(text("LOCK TABLE owner IN EXCLUSIVE MODE"))
            if connection.execute(select(tables.owner)).first() is not None:
                return False
            connection.execute(insert(tables.owner), _row(owner))
        return True

    def save_owner(self, owner: Owner) -> None:
        """Create or replace the owner."""
        with self._database.writing() as connection:
            connection.execute(delete(tables.owner))
            connection.execute(insert(tables.owner), _row(owner))


def _row(owner: Owner) -> dict[str, object]:
    return {
        "name": owner.name,
        "password_hash": owner.password_hash,
        "created_at_us": to_us(owner.created_at),
        "changed_at_us": to_us(owner.changed_at),
    }
