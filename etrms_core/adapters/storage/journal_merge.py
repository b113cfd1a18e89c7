"""How much of an emergency journal the database has already, and what of it may still be stored."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, delete, insert, select

from etrms_core.adapters.storage.tables import facts, intents
from etrms_core.domain.intents import OPEN_STATES, IntentState
from etrms_core.engine.storage_ports import CycleRecord

MERGED = "journal_merged"


def merged_count(connection: Connection, journal_id: str) -> int:
    """Return how many records of this journal were merged; 0 of another one."""
    text = connection.scalar(select(facts.c.value).where(facts.c.name == MERGED))
    known_id, _, count = (text or "").rpartition(":")
    return int(count) if text and known_id == journal_id else 0


def note_merged(connection: Connection, journal_id: str, count: int) -> None:
    """Write down that so many records of this journal are merged."""
    connection.execute(delete(facts).where(facts.c.name == MERGED))
    connection.execute(insert(facts), {"name": MERGED, "value": f"{journal_id}:{count}"})


def mergeable(connection: Connection, record: CycleRecord) -> CycleRecord:
    """Leave out intents that have come further in the database, so that no record is refused.

    That happens when the database kept what it had said it could not store.
    """
    further = _further(connection, [intent.intent_id for intent in record.intents])
    kept = tuple(
        intent
        for intent in record.intents
        if intent.intent_id not in further or _rank(intent.state) >= further[intent.intent_id]
    )
    return replace(record, intents=kept)


def _further(connection: Connection, intent_ids: Sequence[str]) -> dict[str, int]:
    if not intent_ids:
        return {}
    query = select(intents.c.intent_id, intents.c.state).where(intents.c.intent_id.in_(intent_ids))
    return {row.intent_id: _rank(row.state) for row in connection.execute(query)}


def _rank(state: str) -> int:
    if state not in OPEN_STATES:
        return 2
    return 1 if state == IntentState.SENT else 0
