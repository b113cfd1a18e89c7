"""Keeping the database small: old rows go, and what is left can still be verified and replayed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Delete,
    delete,
    func,
    select,
    update,
)

from etrms_core.adapters.storage import tables
from etrms_core.adapters.storage.chained_rows import append_events, lock_head
from etrms_core.adapters.storage.cycle_rows import read_cycle, unpack
from etrms_core.adapters.storage.engine import Database
from etrms_core.adapters.storage.history_rows import thin_history
from etrms_core.adapters.storage.lease_store import require_lease
from etrms_core.adapters.storage.ledger_store import drop_entries
from etrms_core.adapters.storage.moments import to_us
from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.domain.intents import OPEN_STATES
from etrms_core.domain.lease import Lease
from etrms_core.engine.audit_ports import Retention
from etrms_core.engine.hash_chain import AuditLogName
from etrms_core.errors import EtrmsError

CHAINED = {AuditLogName.EVENTS: tables.events, AuditLogName.CYCLES: tables.cycles}
TIMES = {
    AuditLogName.EVENTS: tables.events.c.occurred_at_us,
    AuditLogName.CYCLES: tables.cycles.c.as_of_us,
}


@dataclass(frozen=True, slots=True)
class _Removed:
    readings: int
    cycles: int
    events: int
    intents: int
    entries: int

    @property
    def total(self) -> int:
        return self.readings + self.cycles + self.events + self.intents + self.entries

    def __str__(self) -> str:
        return (
            f"removed {self.cycles} cycles, {self.events} events, {self.intents} settled intents, "
            f"{self.entries} ledger entries and {self.readings} readings that are older than they "
            "are kept"
        )


class SqlMaintenance:
    """`Maintenance` of one run."""

    def __init__(self, database: Database, run_id: str) -> None:
        self._database = database
        self._run_id = run_id

    def prune(self, retention: Retention, *, now: datetime, lease: Lease) -> int:
        """Thin readings, drop old cycles, events, intents, entries; return the rows removed.

        All in one transaction, with an event that says how many went. Each chain keeps its
        checkpoint; cycles go only up to one that tells the memory before it.

        Raises
        ------
        LeaseLostError
            If the lease is not the newest; nothing is removed then.
        """
        kept_cycles, kept_events = (
            to_us(now - timedelta(days=days))
            for days in (retention.cycle_days, retention.event_days)
        )
        with self._database.writing() as connection:
            require_lease(connection, lease)
            removed = _Removed(
                readings=thin_history(connection, retention, now=now),
                cycles=self._drop(connection, AuditLogName.CYCLES, kept_cycles),
                events=self._drop(connection, AuditLogName.EVENTS, kept_events),
                intents=_drop_intents(connection, kept_events),
                entries=drop_entries(
                    connection, kept_from=now - timedelta(days=retention.event_days)
                ),
            )
            if removed.total:
                kind = DeskEventKind.HISTORY_PRUNED
                event = DeskEvent(now, kind, "history", str(removed))
                append_events(connection, self._run_id, [event])
        return removed.total

    def _drop(self, connection: Connection, log: AuditLogName, kept_from_us: int) -> int:
        head = lock_head(connection, log, self._run_id)
        table = CHAINED[log]
        in_run = table.c.run_id == self._run_id
        first_kept = connection.scalar(
            select(func.min(table.c.sequence)).where(in_run, TIMES[log] >= kept_from_us)
        )
        first_kept = head.sequence + 1 if first_kept is None else first_kept
        if log is AuditLogName.CYCLES:
            first_kept = _stretch_begin(connection, self._run_id, first_kept)
        return _cut(connection, log, self._run_id, first_kept)


def _cut(connection: Connection, log: AuditLogName, run_id: str, first_kept: int) -> int:
    table, chain = CHAINED[log], tables.chains
    in_run = table.c.run_id == run_id
    last = select(table.c.row_hash).where(in_run, table.c.sequence == first_kept - 1)
    row_hash = connection.scalar(last)
    if row_hash is None:
        return 0
    connection.execute(
        update(chain)
        .where(chain.c.log == log.value, chain.c.run_id == run_id)
        .values(start_sequence=first_kept - 1, start_hash=row_hash)
    )
    return _count(connection, delete(table).where(in_run, table.c.sequence < first_kept))


def _stretch_begin(connection: Connection, run_id: str, before: int) -> int:
    """Find the last cycle up to this number from which a replay can set out; 0 without one."""
    cycles = tables.cycles
    query = (
        select(cycles)
        .where(cycles.c.run_id == run_id, cycles.c.sequence <= before, cycles.c.is_keyframe)
        .order_by(cycles.c.sequence.desc())
    )
    for row in connection.execute(query).mappings():
        if _tells_memory(row["payload"], dict(row)):
            return int(row["sequence"])
    return 0


def _tells_memory(payload: bytes, columns: dict[str, Any]) -> bool:
    try:
        return read_cycle(unpack(payload), columns).memory_before is not None
    except (EtrmsError, ValueError, TypeError, KeyError, AttributeError):
        # A damaged row is no place to set out from; it stays, for the audit to name.
        return False


def _drop_intents(connection: Connection, kept_from_us: int) -> int:
    intents = tables.intents
    is_settled: ColumnElement[bool] = intents.c.state.not_in([state.value for state in OPEN_STATES])
    return _count(
        connection, delete(intents).where(is_settled, intents.c.decided_at_us < kept_from_us)
    )


def _count(connection: Connection, statement: Delete) -> int:
    result: CursorResult[Any] = connection.execute(statement)
    return result.rowcount
