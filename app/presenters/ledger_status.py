"""Whether the desk's copy of a ledger is new, and why not."""

from dataclasses import dataclass
from datetime import datetime

from app.presenters.cells import Cell, Tone
from app.presenters.times import duration
from etrms_core.engine.ledger_ports import LedgerReading

STALE_AFTER_SECONDS = 120.0
NEVER_READ = (
    "The ledger has not been read yet. The process that guards the accounts reads it every 15 s."
)


@dataclass(frozen=True, slots=True)
class LedgerStatus:
    """How the ledger was read last; `trouble` is a sentence, empty when all is well."""

    badge: Cell
    trouble: str = ""
    is_stale: bool = False


def ledger_status(reading: LedgerReading, *, now: datetime) -> LedgerStatus:
    """Tell the age of the last reading, and what the venue said since."""
    if reading.failed_at is not None:
        return _failed(reading, reading.failed_at, now)
    if reading.read_at is None:
        return LedgerStatus(Cell("Ledger not read yet", tone=Tone.MUTED), NEVER_READ, is_stale=True)
    age = (now - reading.read_at).total_seconds()
    if age <= STALE_AFTER_SECONDS:
        return LedgerStatus(Cell(f"Ledger read {duration(age)} ago", tone=Tone.GOOD))
    text = (
        f"The ledger was read {duration(age)} ago and not since: no process guards the accounts "
        "now, or it has only begun to."
    )
    return LedgerStatus(_stale(reading, now), text, is_stale=True)


def _failed(reading: LedgerReading, failed_at: datetime, now: datetime) -> LedgerStatus:
    tried = duration((now - failed_at).total_seconds())
    text = (
        f"The ledger could not be read {tried} ago: {reading.reason}. The desk tries again every "
        "15 s; what it has read before is shown."
    )
    return LedgerStatus(_stale(reading, now), text, is_stale=True)


def _stale(reading: LedgerReading, now: datetime) -> Cell:
    if reading.read_at is None:
        return Cell("Ledger never read whole", tone=Tone.BAD)
    age = duration((now - reading.read_at).total_seconds())
    return Cell(f"Ledger stale, read {age} ago", tone=Tone.WARNING)
