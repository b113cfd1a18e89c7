"""What a restored database must know before a desk runs on it."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.domain.intents import IntentState
from etrms_core.domain.lease import Lease
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.storage_ports import RequestKind
from etrms_core.errors import StorageError

HOLDER = "restore"
# Added where the number that was in use cannot be read any more.
FENCE_LEAP = 1_000_000
# Wishes that loosen; a kill switch that nobody had carried out yet is thrown again.
LOOSENING = (RequestKind.CHANGE, RequestKind.RESUME, RequestKind.END_PAUSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreNote:
    """Where a restored database comes from, and what it replaces.

    Attributes
    ----------
    previous_fence : int or None
        Newest fencing number of the database that it replaces; None when that is unreadable.
    """

    backup: str
    taken_at: datetime
    restored_at: datetime
    previous_fence: int | None


def newest_fence(database: Path) -> int | None:
    """Return the newest fencing number, 0 without a lease, None when it cannot be read."""
    if not database.exists():
        return 0
    address = f"{database.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            found = connection.execute("SELECT max(fence) FROM lease").fetchone()[0]
    except sqlite3.Error as error:
        return 0 if "no such table" in str(error) else None
    return int(found or 0)


def mark_restored(database: Path, stores: DeskStores, note: RestoreNote) -> int:
    """Outdate every earlier lease, give up what was open, and write down the restoration.

    What was open when the backup was taken has long ended one way or the other: orders must not
    be sent again, changes that waited must be asked for again, and who was logged out since must
    not be logged in again.

    Parameters
    ----------
    stores : DeskStores
        Of the same database.

    Returns
    -------
    int
        How many intents were given up.
    """
    lease = _newer_lease(database, stores, note)
    open_intents = stores.intents.open()
    detail = f"restored from a backup of {note.taken_at:%Y-%m-%d %H:%M:%S} UTC"
    for intent in open_intents:
        stores.intents.update(
            replace(intent, state=IntentState.ABANDONED, detail=detail), lease=lease
        )
    stores.web_sessions.remove_all()
    _forget_loosening(database)
    given_up = f"; {len(open_intents)} open actions were given up" if open_intents else ""
    event = DeskEvent(note.restored_at, DeskEventKind.RESTORED, note.backup, f"{detail}{given_up}")
    stores.desk.append_events([event])
    stores.lease.release(lease)
    return len(open_intents)


def _forget_loosening(database: Path) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.executemany(
            "DELETE FROM requests WHERE kind = ?", [(kind.value,) for kind in LOOSENING]
        )


def _newer_lease(database: Path, stores: DeskStores, note: RestoreNote) -> Lease:
    lease = stores.lease.take(HOLDER, seen=stores.lease.read())
    if lease is None:
        raise StorageError(f"{database} is in use by another program; nothing was restored")
    if note.previous_fence is None:
        fence = lease.fence + FENCE_LEAP
    else:
        fence = max(lease.fence, note.previous_fence) + 1
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("UPDATE lease SET fence = ? WHERE fence = ?", (fence, lease.fence))
    return replace(lease, fence=fence)
