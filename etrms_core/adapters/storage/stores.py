"""All repositories of a desk, over one database that is opened and upgraded once."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import exists, select, text

from etrms_core.adapters.storage import tables
from etrms_core.adapters.storage.advisory_lock import AdvisoryLock
from etrms_core.adapters.storage.audit_log import SqlAuditLog
from etrms_core.adapters.storage.change_store import SqlChangeStore
from etrms_core.adapters.storage.channel_store import SqlChannelStore
from etrms_core.adapters.storage.desk_store import SqlDeskStore
from etrms_core.adapters.storage.engine import Database, insert_new, open_database
from etrms_core.adapters.storage.file_lock import FileLock
from etrms_core.adapters.storage.intent_log import SqlIntentLog
from etrms_core.adapters.storage.job_store import SqlJobStore
from etrms_core.adapters.storage.lease_store import SqlLeaseStore
from etrms_core.adapters.storage.ledger_store import SqlLedgerStore
from etrms_core.adapters.storage.limits_store import SqlLimitsStore
from etrms_core.adapters.storage.login_failure_store import SqlLoginFailureStore
from etrms_core.adapters.storage.maintenance import SqlMaintenance
from etrms_core.adapters.storage.migration import DESK_SCHEMA, upgrade_to_head
from etrms_core.adapters.storage.outbox import SqlOutbox
from etrms_core.adapters.storage.owner_store import SqlOwnerStore
from etrms_core.adapters.storage.preferences_store import SqlPreferencesStore
from etrms_core.adapters.storage.vault_store import SqlVaultStore
from etrms_core.adapters.storage.web_session_store import SqlWebSessionStore
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.lease_ports import HolderLock
from etrms_core.errors import StorageError

DESK_ID = "desk_id"


@dataclass(frozen=True, slots=True)
class OpenedStores:
    """An open database of a desk.

    Attributes
    ----------
    lock : HolderLock
        Of the whole database: a file beside it, or a lock of the server.
    is_new : bool
        Whether the desk had no id yet when it was opened. The id is given last, so that a desk
        whose first opening broke off is new again.
    """

    stores: DeskStores
    lock: HolderLock
    is_new: bool
    database: Database

    @property
    def location_name(self) -> str:
        """The file, or the URL without its password."""
        return self.database.name

    def desk_id(self, choose: Callable[[], str]) -> str:
        """Return the desk's id; the first call stores the one that `choose` returns."""
        with self.database.writing() as connection:
            insert_new(connection, tables.facts, [{"name": DESK_ID, "value": choose()}])
            named = select(tables.facts.c.value).where(tables.facts.c.name == DESK_ID)
            return str(connection.scalar(named))

    def quick_check(self) -> None:
        """Look through a whole file for damage; a server looks after itself.

        Raises
        ------
        StorageError
            If the file is damaged; it says what to do.
        """
        if self.database.path is None:
            return
        with self.database.reading() as connection:
            found = connection.scalar(text("PRAGMA quick_check(1)"))
        if found != "ok":
            first_line = str(found).partition("\n")[0]
            raise StorageError(
                f"{self.location_name} is damaged ({first_line}); restore a backup, or move it "
                "away to start anew"
            )

    def close(self) -> None:
        """Free the lock and close all connections."""
        self.lock.release()
        self.database.close()


def open_stores(location: Path | str, *, run_id: str = "live") -> OpenedStores:
    """Open the desk's database, creating it when absent and upgrading it when older.

    Parameters
    ----------
    location : path or str
        A file, or the URL of a server.
    run_id : str
        Whose memory, events and intents are read and written.

    Raises
    ------
    StorageError
        If it cannot be opened or upgraded; it names the database and says what to do.
    """
    database = open_database(location)
    try:
        upgrade_to_head(database, DESK_SCHEMA)
        with database.reading() as connection:
            is_named = connection.scalar(select(exists().where(tables.facts.c.name == DESK_ID)))
    except StorageError:
        database.close()
        raise
    return OpenedStores(_stores(database, run_id), _lock(database), not is_named, database)


def _stores(database: Database, run_id: str) -> DeskStores:
    return DeskStores(
        desk=SqlDeskStore(database, run_id),
        intents=SqlIntentLog(database, run_id),
        jobs=SqlJobStore(database, _place(database)),
        lease=SqlLeaseStore(database),
        limits=SqlLimitsStore(database),
        ledger=SqlLedgerStore(database),
        changes=SqlChangeStore(database, run_id),
        owner=SqlOwnerStore(database),
        preferences=SqlPreferencesStore(database),
        web_sessions=SqlWebSessionStore(database),
        login_failures=SqlLoginFailureStore(database),
        channels=SqlChannelStore(database),
        outbox=SqlOutbox(database, run_id),
        vault=SqlVaultStore(database),
        audit=SqlAuditLog(database, run_id),
        maintenance=SqlMaintenance(database, run_id),
    )


def _place(database: Database) -> str:
    # Beside a file lie the results, too; machines that share a server keep their own.
    return socket.gethostname() if database.path is None else ""


def _lock(database: Database) -> HolderLock:
    if database.path is None:
        return AdvisoryLock(database)
    return FileLock(database.path.with_suffix(".lock"))
