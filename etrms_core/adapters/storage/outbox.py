"""Notices on their way to the trader, and marks in the event log."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, delete, func, or_, select, update

from etrms_core.adapters.storage import tables
from etrms_core.adapters.storage.engine import Database, insert_new
from etrms_core.adapters.storage.event_rows import stored_event
from etrms_core.adapters.storage.moments import from_us, to_us
from etrms_core.adapters.storage.notice_rows import (
    FAILURES_COUNT_FOR,
    USUAL_WAIT,
    notice_row,
    read_notice,
)
from etrms_core.engine.notification_ports import (
    LOST_NOTICES,
    OPEN_NOTICES,
    DeliveryCount,
    Notice,
    NoticeState,
)
from etrms_core.engine.storage_ports import StoredEvent

ROUTED, READ = "routed", "read"
_OPEN = [state.value for state in OPEN_NOTICES]
_LOST = [state.value for state in LOST_NOTICES]
_SETTLED_WELL = [NoticeState.DELIVERED.value, NoticeState.ACKNOWLEDGED.value]


class SqlOutbox:
    """`Outbox` of one run in SQLite or PostgreSQL.

    Raises
    ------
    StorageError
        From every method when the database fails; it names the database.
    """

    def __init__(self, database: Database, run_id: str) -> None:
        self._database = database
        self._run_id = run_id

    def unrouted(self, *, limit: int) -> tuple[StoredEvent, ...]:
        """Events after the last routed one, oldest first."""
        events = tables.events
        with self._database.reading() as connection:
            query = (
                select(events)
                .where(events.c.run_id == self._run_id)
                .where(events.c.sequence > self._mark(connection, ROUTED))
                .order_by(events.c.sequence)
                .limit(limit)
            )
            rows = connection.execute(query).all()
        try:
            return tuple(stored_event(row.sequence, row.source, row.document) for row in rows)
        except ValueError as error:
            raise self._database.damaged("an event", error) from error

    def add(self, notices: Sequence[Notice], *, routed_up_to: int | None = None) -> None:
        """Store notices and up to which event they were made, in one transaction.

        A notice whose key is known is left out; the mark never goes back.
        """
        with self._database.writing() as connection:
            rows = [notice_row(each, self._run_id) for each in notices]
            insert_new(connection, tables.outbox, rows)
            if routed_up_to is not None:
                self._move_mark(connection, ROUTED, routed_up_to)

    def due(self, channel: str, *, now: datetime, limit: int) -> tuple[Notice, ...]:
        """Open notices whose time has come, the most severe first, then in order of events."""
        outbox = tables.outbox
        query = (
            select(outbox)
            .where(self._in_run(), outbox.c.channel == channel, outbox.c.state.in_(_OPEN))
            .where(outbox.c.due_at_us <= to_us(now))
            .order_by(outbox.c.severity.desc(), outbox.c.sequence)
            .limit(limit)
        )
        return self._notices(query)

    def update(self, notices: Sequence[Notice]) -> None:
        """Store how far notices have come; one that is settled stays as it is."""
        outbox = tables.outbox
        with self._database.writing() as connection:
            for notice in notices:
                row = notice_row(notice, self._run_id)
                connection.execute(
                    update(outbox)
                    .where(self._in_run(), outbox.c.channel == notice.channel)
                    .where(outbox.c.sequence == notice.sequence, outbox.c.state.in_(_OPEN))
                    .values(row)
                )

    def acknowledge(self, keys: Sequence[tuple[str, int]]) -> int:
        """Note that the trader knows of lost notices, by channel and number of the event.

        They count no more; return how many there were.
        """
        outbox, noted = tables.outbox, 0
        with self._database.writing() as connection:
            for channel, sequence in keys:
                changed = connection.execute(
                    update(outbox)
                    .where(self._in_run(), outbox.c.channel == channel)
                    .where(outbox.c.sequence == sequence, outbox.c.state.in_(_LOST))
                    .values(state=NoticeState.ACKNOWLEDGED.value)
                )
                noted += changed.rowcount
        return noted

    def recent(self, *, limit: int = 100) -> tuple[Notice, ...]:
        """Newest first."""
        outbox = tables.outbox
        newest = outbox.c.sequence.desc(), outbox.c.channel
        return self._notices(select(outbox).where(self._in_run()).order_by(*newest).limit(limit))

    def counts(self, *, now: datetime) -> tuple[DeliveryCount, ...]:
        """Count by channel what is not delivered, failures of the last seven days only."""
        outbox = tables.outbox
        is_late = or_(outbox.c.tries > 0, outbox.c.due_at_us <= to_us(now - USUAL_WAIT))
        is_waiting = outbox.c.state == NoticeState.WAITING.value
        is_held = outbox.c.state == NoticeState.HELD.value
        is_failed = outbox.c.state == NoticeState.FAILED.value
        is_dropped = outbox.c.state == NoticeState.DROPPED.value
        is_recent = outbox.c.settled_at_us >= to_us(now - FAILURES_COUNT_FOR)
        query = (
            select(
                outbox.c.channel,
                _count(is_waiting & is_late),
                _count(is_held),
                _count(is_failed & is_recent),
                _count(is_dropped & is_recent),
            )
            .where(self._in_run(), outbox.c.state.not_in(_SETTLED_WELL))
            .group_by(outbox.c.channel)
            .order_by(outbox.c.channel)
        )
        with self._database.reading() as connection:
            return tuple(
                self._with_last_error(
                    connection, DeliveryCount(channel, late, held, failed, dropped=dropped)
                )
                for channel, late, held, failed, dropped in connection.execute(query).all()
            )

    def prune(self, *, settled_before: datetime) -> int:
        """Drop old settled notices and return how many went."""
        outbox = tables.outbox
        is_old = outbox.c.settled_at_us < to_us(settled_before)
        with self._database.writing() as connection:
            return connection.execute(delete(outbox).where(self._in_run(), is_old)).rowcount

    def read_up_to(self) -> int:
        """Return the number of the last event that the trader has seen; 0 before any."""
        with self._database.reading() as connection:
            return self._mark(connection, READ)

    def mark_read(self, sequence: int) -> None:
        """Note that the trader has seen all events up to this one; never goes back."""
        with self._database.writing() as connection:
            self._move_mark(connection, READ, sequence)

    def _in_run(self) -> ColumnElement[bool]:
        return tables.outbox.c.run_id == self._run_id

    def _notices(self, query: Any) -> tuple[Notice, ...]:  # noqa: ANN401 (a select of any shape)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        try:
            return tuple(read_notice(row) for row in rows)
        except ValueError as error:
            raise self._database.damaged("a notice", error) from error

    def _with_last_error(self, connection: Connection, count: DeliveryCount) -> DeliveryCount:
        outbox = tables.outbox
        channel = count.channel
        row = connection.execute(
            select(outbox.c.last_error, outbox.c.settled_at_us)
            .where(self._in_run(), outbox.c.channel == channel, outbox.c.last_error.is_not(None))
            .where(outbox.c.state.not_in([*_SETTLED_WELL, NoticeState.DROPPED.value]))
            .order_by(outbox.c.due_at_us.desc(), outbox.c.sequence.desc())
            .limit(1)
        ).one_or_none()
        if row is None:
            return count
        at = None if row.settled_at_us is None else from_us(row.settled_at_us)
        return replace(count, last_error=row.last_error, last_error_at=at)

    def _mark(self, connection: Connection, name: str) -> int:
        marks = tables.marks
        query = select(marks.c.sequence).where(marks.c.run_id == self._run_id, marks.c.name == name)
        return connection.scalar(query) or 0

    def _move_mark(self, connection: Connection, name: str, sequence: int) -> None:
        marks = tables.marks
        row = {"run_id": self._run_id, "name": name, "sequence": sequence}
        insert_new(connection, marks, [row])
        connection.execute(
            update(marks)
            .where(marks.c.run_id == self._run_id, marks.c.name == name)
            .where(marks.c.sequence < sequence)
            .values(sequence=sequence)
        )


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))
