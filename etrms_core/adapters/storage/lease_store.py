"""The right to act, in a row that only one process can win."""

from sqlalchemy import ColumnElement, Connection, and_, select, update

from etrms_core.adapters.storage import tables
from etrms_core.adapters.storage.engine import Database, inserted_new
from etrms_core.domain.lease import Lease
from etrms_core.engine.lease_ports import LeaseReading
from etrms_core.errors import LeaseLostError

DESK_LEASE = "desk"
FIRST_FENCE = 1


class SqlLeaseStore:
    """`LeaseStore` in SQLite or PostgreSQL; the row is never deleted, so that fences only grow.

    Raises
    ------
    StorageError
        From every method when the database fails; it names the database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self) -> LeaseReading | None:
        """Return the lease; None before the first was taken."""
        query = select(tables.lease).where(tables.lease.c.name == DESK_LEASE)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        return LeaseReading(Lease(row.holder, row.fence), row.renewals, row.is_released)

    def take(self, holder: str, *, seen: LeaseReading | None) -> Lease | None:
        """Take the lease with the next number if it is still as it was seen, else return None."""
        fence = FIRST_FENCE if seen is None else seen.lease.fence + 1
        renewals = 0 if seen is None else seen.renewals + 1
        values = {"holder": holder, "fence": fence, "renewals": renewals, "is_released": False}
        with self._database.writing() as connection:
            if seen is None:
                is_won = inserted_new(connection, tables.lease, {"name": DESK_LEASE, **values})
            else:
                taking = update(tables.lease).where(_is_as_seen(seen)).values(values)
                is_won = connection.execute(taking).rowcount == 1
        return Lease(holder, fence) if is_won else None

    def renew(self, lease: Lease) -> None:
        """Show that the holder lives; LeaseLostError when it was given up or another took it."""
        renewals = tables.lease.c.renewals
        renewing = update(tables.lease).where(_is_held(lease)).values(renewals=renewals + 1)
        with self._database.writing() as connection:
            if connection.execute(renewing).rowcount != 1:
                raise lease_lost(lease)

    def release(self, lease: Lease) -> None:
        """Give it up; nothing happens when it is lost already."""
        releasing = update(tables.lease).where(_is_held(lease)).values(is_released=True)
        with self._database.writing() as connection:
            connection.execute(releasing)


def require_lease(connection: Connection, lease: Lease) -> None:
    """Refuse a write whose lease is not held any more; until its end nobody else takes the lease.

    Raises
    ------
    LeaseLostError
        If another process took the lease, or its holder gave it up.
    """
    query = select(tables.lease.c.fence).where(_is_held(lease)).with_for_update()
    if connection.scalar(query) is None:
        raise lease_lost(lease)


def lease_lost(lease: Lease) -> LeaseLostError:
    """Return the error to raise when a lease is not held any more."""
    return LeaseLostError(
        f"{lease.holder} does not hold the desk any more (its number was {lease.fence}); "
        "another process acts for it"
    )


def _is_held(lease: Lease) -> ColumnElement[bool]:
    row = tables.lease.c
    return and_(
        row.name == DESK_LEASE,
        row.holder == lease.holder,
        row.fence == lease.fence,
        row.is_released.is_(False),
    )


def _is_as_seen(seen: LeaseReading) -> ColumnElement[bool]:
    row = tables.lease.c
    return and_(
        row.name == DESK_LEASE,
        row.holder == seen.lease.holder,
        row.fence == seen.lease.fence,
        row.renewals == seen.renewals,
        row.is_released == seen.is_released,
    )
