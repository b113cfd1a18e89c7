"""The desk's copy of every account's ledger, in its database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, CursorResult, Row, delete, func, insert, select

from etrms_core.adapters.storage.engine import Database, insert_new
from etrms_core.adapters.storage.moments import from_us, to_us
from etrms_core.adapters.storage.tables import ledger_entries, ledger_readings
from etrms_core.domain.ledger import LedgerEntry, LedgerKind
from etrms_core.engine.ledger_ports import LedgerReading
from etrms_core.errors import DomainError


class SqlLedgerStore:
    """`LedgerStore` in SQLite or PostgreSQL; several threads and processes use it at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, account: str, entries: Sequence[LedgerEntry]) -> None:
        """Store entries; those whose id is known stay as they are."""
        if entries:
            with self._database.writing() as connection:
                insert_new(connection, ledger_entries, [_row(account, each) for each in entries])

    def newest(self, account: str) -> datetime | None:
        """Time of the newest entry, None without any."""
        time = ledger_entries.c.occurred_at_us
        with self._database.reading() as connection:
            newest = connection.scalar(
                select(func.max(time)).where(ledger_entries.c.account == account)
            )
        return None if newest is None else from_us(newest)

    def entries(self, account: str, *, since: datetime, limit: int) -> tuple[LedgerEntry, ...]:
        """Return the newest entries from `since` on, newest first."""
        time = ledger_entries.c.occurred_at_us
        query = (
            select(ledger_entries)
            .where(ledger_entries.c.account == account, time >= to_us(since))
            .order_by(time.desc(), ledger_entries.c.entry_id)
            .limit(limit)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        try:
            return tuple(_entry(row) for row in rows)
        except (ValueError, DomainError) as error:
            raise self._database.damaged("an entry of a ledger", error) from error

    def note(self, reading: LedgerReading) -> None:
        """Replace what is known of the reading of an account."""
        row = {
            "account": reading.account,
            "read_at_us": _us(reading.read_at),
            "failed_at_us": _us(reading.failed_at),
            "reason": reading.reason,
        }
        is_of = ledger_readings.c.account == reading.account
        with self._database.writing() as connection:
            connection.execute(delete(ledger_readings).where(is_of))
            connection.execute(insert(ledger_readings), row)

    def readings(self) -> tuple[LedgerReading, ...]:
        """Return how every account was read last, by name."""
        query = select(ledger_readings).order_by(ledger_readings.c.account)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return tuple(
            LedgerReading(row.account, _at(row.read_at_us), _at(row.failed_at_us), row.reason)
            for row in rows
        )


def drop_entries(connection: Connection, *, kept_from: datetime) -> int:
    """Remove entries from before a time; return how many went."""
    is_old = ledger_entries.c.occurred_at_us < to_us(kept_from)
    result: CursorResult[Any] = connection.execute(delete(ledger_entries).where(is_old))
    return result.rowcount


def _row(account: str, entry: LedgerEntry) -> dict[str, Any]:
    return {
        "account": account,
        "entry_id": entry.entry_id,
        "occurred_at_us": to_us(entry.occurred_at),
        "kind": entry.kind.value,
        "symbol": entry.symbol,
        "amount": entry.amount,
        "asset": entry.asset,
    }


def _entry(row: Row[Any]) -> LedgerEntry:
    return LedgerEntry(
        entry_id=row.entry_id,
        occurred_at=from_us(row.occurred_at_us),
        kind=LedgerKind(row.kind),
        amount=row.amount,
        asset=row.asset,
        symbol=row.symbol,
    )


def _us(at: datetime | None) -> int | None:
    return None if at is None else to_us(at)


def _at(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else from_us(microseconds)
