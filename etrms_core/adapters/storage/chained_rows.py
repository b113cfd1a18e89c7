"""Appending to the hash chains of a run, inside the caller's write transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from etrms_core.adapters.storage import tables
from etrms_core.adapters.storage.cycle_rows import cycle_content, cycle_text, pack
from etrms_core.adapters.storage.engine import insert_new
from etrms_core.adapters.storage.event_rows import event_content, event_row
from etrms_core.adapters.storage.moments import to_us
from etrms_core.domain.events import Event
from etrms_core.engine.hash_chain import START, AuditLogName, Checkpoint, link
from etrms_core.engine.storage_ports import RecordedCycle


@dataclass(frozen=True, slots=True)
class _LastText:
    row_hash: str
    text: bytes


# Text of the cycle written last, by run. It is used only when its row is still the last one, and
# a row's hash covers its payload and all before it: another process or database cannot mislead.
_LAST_TEXTS: dict[str, _LastText] = {}


def append_events(connection: Connection, run_id: str, events: Sequence[Event]) -> None:
    """Store events after the last one of the run."""
    if not events:
        return
    head = lock_head(connection, AuditLogName.EVENTS, run_id)
    rows = []
    for event in events:
        columns = event_row(event)
        head, row = _linked(head, run_id, columns, event_content(columns))
        rows.append(row)
    connection.execute(insert(tables.events), rows)
    _move_head(connection, AuditLogName.EVENTS, run_id, head)


def append_cycle(connection: Connection, run_id: str, recorded: RecordedCycle) -> None:
    """Store a recorded cycle after the last one of the run.

    A row stands alone when it tells the memory before it, or when the text of the row before it
    is not at hand; any other is compressed against that text.
    """
    head = lock_head(connection, AuditLogName.CYCLES, run_id)
    text = cycle_text(recorded)
    last = _LAST_TEXTS.get(run_id)
    stands_alone = (
        recorded.memory_before is not None or last is None or last.row_hash != head.row_hash
    )
    before = b"" if last is None or stands_alone else last.text
    columns = {
        "as_of_us": to_us(recorded.as_of),
        "is_keyframe": stands_alone,
        "payload": pack(text, before),
        "decision_hash": recorded.decision_hash,
        "memory_hash": recorded.memory_hash,
    }
    head, row = _linked(head, run_id, columns, cycle_content(columns))
    connection.execute(insert(tables.cycles), row)
    _move_head(connection, AuditLogName.CYCLES, run_id, head)
    _LAST_TEXTS[run_id] = _LastText(head.row_hash, text)


def lock_head(connection: Connection, log: AuditLogName, run_id: str) -> Checkpoint:
    """Read the last row's number and hash; until the transaction ends nobody else appends."""
    chain = tables.chains
    query = (
        select(chain.c.head_sequence, chain.c.head_hash)
        .where(chain.c.log == log.value, chain.c.run_id == run_id)
        .with_for_update()
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        insert_new(connection, chain, [_new_chain(log, run_id)])
        row = connection.execute(query).one()
    return Checkpoint(row.head_sequence, row.head_hash)


def _new_chain(log: AuditLogName, run_id: str) -> dict[str, Any]:
    return {
        "log": log.value,
        "run_id": run_id,
        "head_sequence": START.sequence,
        "head_hash": START.row_hash,
        "start_sequence": START.sequence,
        "start_hash": START.row_hash,
    }


def _linked(
    last: Checkpoint, run_id: str, columns: Mapping[str, Any], content: str
) -> tuple[Checkpoint, dict[str, Any]]:
    sequence = last.sequence + 1
    row_hash = link(last.row_hash, run_id=run_id, sequence=sequence, content=content)
    row = {
        "run_id": run_id,
        "sequence": sequence,
        **columns,
        "previous_hash": last.row_hash,
        "row_hash": row_hash,
    }
    return Checkpoint(sequence, row_hash), row


def _move_head(connection: Connection, log: AuditLogName, run_id: str, head: Checkpoint) -> None:
    chain = tables.chains
    connection.execute(
        update(chain)
        .where(chain.c.log == log.value, chain.c.run_id == run_id)
        .values(head_sequence=head.sequence, head_hash=head.row_hash)
    )
