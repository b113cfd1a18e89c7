"""A lock that the PostgreSQL server takes back when its connection ends, however it ends."""

from contextlib import suppress
from threading import Lock

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from etrms_core.adapters.storage.engine import Database
from etrms_core.adapters.storage.error_translation import storage_errors

# Any number will do that no other program uses in the same database: "ETRMS" in hexadecimal.
KEY = 0x4554524D53


class AdvisoryLock:
    """`HolderLock` of a database server, held by one connection that is used for nothing else.

    Raises
    ------
    StorageError
        When the server cannot be reached.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._guard = Lock()
        self._connection: Connection | None = None

    def try_acquire(self) -> bool:
        """Take the lock without waiting; True when it is held.

        When the connection that held it has died, the lock is lost and is taken anew, if another
        one does not hold it by now.
        """
        with self._guard:
            if self._connection is not None and not _is_alive(self._connection):
                self._drop()
            if self._connection is None:
                self._connection = self._locked()
            return self._connection is not None

    def release(self) -> None:
        """Free the lock."""
        with self._guard:
            self._drop()

    def _locked(self) -> Connection | None:
        connection = self._database.own_connection()
        is_won = False
        try:
            with storage_errors(self._database.name):
                query = text("SELECT pg_try_advisory_lock(:key)")
                is_won = bool(connection.scalar(query, {"key": KEY}))
        finally:
            if not is_won:
                connection.close()
        return connection if is_won else None

    def _drop(self) -> None:
        if self._connection is not None:
            # Closing what is dead may fail; the server has freed the lock then.
            with suppress(SQLAlchemyError):
                self._connection.close()
            self._connection = None


def _is_alive(connection: Connection) -> bool:
    try:
        connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True
