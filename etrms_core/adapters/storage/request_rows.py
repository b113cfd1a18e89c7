"""Wishes for the desk that acts, as rows of their table."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, text, update

from etrms_core.adapters.storage.moments import from_us, to_us
from etrms_core.adapters.storage.tables import requests
from etrms_core.engine.storage_ports import DeskRequest, RequestKind, RequestProgress
from etrms_core.errors import StorageError

# The highest number ever given, also when its row is gone.
HIGHEST_NUMBER = {
    "sqlite": "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'requests'",
    "postgresql": "SELECT CASE WHEN is_called THEN last_value ELSE 0 END "
    "FROM requests_sequence_seq",
}


def insert_request(connection: Connection, request: DeskRequest) -> int:
    """Store a wish and return its number."""
    row = {
        "kind": request.kind.value,
        "subject": request.subject,
        "requested_at_us": to_us(request.requested_at),
        "due_at_us": None if request.due_at is None else to_us(request.due_at),
    }
    return int(
        connection.execute(insert(requests).returning(requests.c.sequence), row).scalar_one()
    )


def waiting_requests(connection: Connection) -> tuple[DeskRequest, ...]:
    """Read the wishes in order; ValueError when one is damaged."""
    rows = connection.execute(select(requests).order_by(requests.c.sequence)).all()
    return tuple(_request(row) for row in rows)


def acknowledge(connection: Connection, number: int, at: datetime) -> None:
    """Write down when the desk began to act on a wish; the first time stays."""
    is_new = (requests.c.sequence == number) & requests.c.acknowledged_at_us.is_(None)
    connection.execute(update(requests).where(is_new).values(acknowledged_at_us=to_us(at)))


def remove_requests(connection: Connection, numbers: Sequence[int]) -> None:
    """Remove wishes that were carried out."""
    if numbers:
        connection.execute(delete(requests).where(requests.c.sequence.in_(numbers)))


def take_request(connection: Connection, number: int) -> bool:
    """Remove a wish; False when it waits no more."""
    removed = connection.execute(delete(requests).where(requests.c.sequence == number))
    return removed.rowcount == 1


def progress(connection: Connection, number: int) -> RequestProgress:
    """Say what became of a wish; StorageError for a number that was never given."""
    query = select(requests.c.acknowledged_at_us).where(requests.c.sequence == number)
    row = connection.execute(query).one_or_none()
    if row is not None:
        is_acknowledged = row.acknowledged_at_us is not None
        return RequestProgress.ACKNOWLEDGED if is_acknowledged else RequestProgress.WAITING
    highest = connection.scalar(text(HIGHEST_NUMBER[connection.dialect.name])) or 0
    if not 0 < number <= highest:
        raise StorageError(f"no request ever had the number {number}")
    return RequestProgress.DONE


def _request(row: Row[Any]) -> DeskRequest:
    return DeskRequest(
        RequestKind(row.kind),
        row.subject,
        from_us(row.requested_at_us),
        None if row.due_at_us is None else from_us(row.due_at_us),
        row.sequence,
    )
