"""How much of an emergency journal the database has already."""

from sqlalchemy import Connection, delete, insert, select

from etrms_core.adapters.storage.tables import facts

MERGED = "journal_merged"


def merged_count(connection: Connection, journal_id: str) -> int:
    """Return how many records of this journal were merged; 0 of another one."""
    text = connection.scalar(select(facts.c.value).where(facts.c.name == MERGED))
    known_id, _, count = (text or "").partition(":")
    return int(count) if known_id == journal_id else 0


def note_merged(connection: Connection, journal_id: str, count: int) -> None:
    """Write down that so many records of this journal are merged."""
    connection.execute(delete(facts).where(facts.c.name == MERGED))
    connection.execute(insert(facts), {"name": MERGED, "value": f"{journal_id}:{count}"})
