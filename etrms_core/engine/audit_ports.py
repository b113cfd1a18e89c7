"""Reading the audit log, and keeping it from growing for ever."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from etrms_core.domain.lease import Lease
from etrms_core.engine.hash_chain import AuditLogName, ChainRow, Checkpoint
from etrms_core.engine.storage_ports import RecordedCycle


class AuditLog(Protocol):
    """Reading the two hash chains of a run."""

    @property
    def run_id(self) -> str:
        """Name of the run."""

    def rows(self, log: AuditLogName) -> Iterator[ChainRow]:
        """Rows in the order of writing, read as they are asked for."""

    def start(self, log: AuditLogName) -> Checkpoint:
        """Return where the rows begin: after the last pruned one."""

    def head(self, log: AuditLogName) -> Checkpoint:
        """Return number and hash of the row written last."""

    def cycles(self) -> Iterator[tuple[int, RecordedCycle]]:
        """Read the recorded cycles with their numbers, oldest first.

        Raises
        ------
        StorageError
            At a cycle that cannot be read; it names the number.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long things are kept, in days.

    Attributes
    ----------
    raw_days, minute_days : float
        Readings are kept as taken, then one a minute, then one an hour for ever.
    event_days : float
        Events, settled intents and ledger entries.
    """

    raw_days: float = 7.0
    minute_days: float = 90.0
    cycle_days: float = 14.0
    event_days: float = 730.0


DEFAULT_RETENTION = Retention()


class Maintenance(Protocol):
    """Keeping the database small."""

    def prune(self, retention: Retention, *, now: datetime, lease: Lease) -> int:
        """Thin readings, drop old cycles, events, intents, entries; return the rows removed.

        A chain keeps a checkpoint where its rows now begin.
        """
