"""A hand-written stand-in for the desk's copy of ledgers."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from threading import Lock

from etrms_core.domain.ledger import LedgerEntry
from etrms_core.engine.ledger_ports import LedgerReading
from etrms_core.errors import StorageError


class InMemoryLedgerStore:
    """A `LedgerStore`; `trouble`, when set, is raised by every method that stores something."""

    def __init__(self) -> None:
        self.trouble: StorageError | None = None
        self._lock = Lock()
        self._entries: dict[str, dict[str, LedgerEntry]] = defaultdict(dict)
        self._readings: dict[str, LedgerReading] = {}

    def add(self, account: str, entries: Sequence[LedgerEntry]) -> None:
        self._check()
        with self._lock:
            for entry in entries:
                self._entries[account].setdefault(entry.entry_id, entry)

    def newest(self, account: str) -> datetime | None:
        with self._lock:
            return max((e.occurred_at for e in self._entries[account].values()), default=None)

    def entries(self, account: str, *, since: datetime, limit: int) -> tuple[LedgerEntry, ...]:
        with self._lock:
            wanted = [e for e in self._entries[account].values() if e.occurred_at >= since]
        wanted.sort(key=lambda each: each.entry_id)
        return tuple(sorted(wanted, key=lambda each: each.occurred_at, reverse=True)[:limit])

    def note(self, reading: LedgerReading) -> None:
        self._check()
        self._readings[reading.account] = reading

    def readings(self) -> tuple[LedgerReading, ...]:
        return tuple(self._readings[name] for name in sorted(self._readings))

    def _check(self) -> None:
        if self.trouble is not None:
            raise self.trouble
