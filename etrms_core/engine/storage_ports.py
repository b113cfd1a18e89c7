"""What the engine needs remembered. Every method raises StorageError when it cannot."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.account import AccountState
from etrms_core.domain.events import Event
from etrms_core.domain.intents import Intent
from etrms_core.domain.lease import Lease
from etrms_core.domain.limits import Limits
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.hash_chain import AuditLogName, ChainRow, Checkpoint
from etrms_core.engine.memory import CycleMemory


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    """One stored reading of the portfolio; None where it was unknown."""

    observed_at: datetime
    equity: float | None
    nav: float | None
    drawdown: float | None
    gross_exposure: float | None
    gross_leverage: float | None = None
    margin_ratio: float | None = None


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it lies in the store, with its number in the order of writing."""

    sequence: int
    event: Event


class RequestKind(StrEnum):
    """What another process can ask of the desk that acts."""

    RESET_BREAKER = "reset_breaker"  # subject: rule id
    TRIGGER_BREAKER = "trigger_breaker"  # subject: rule id; paper accounts only
    HALT = "halt"  # the kill switch; subject: the person's reason
    FLATTEN = "flatten"  # the kill switch that also closes everything; subject: the reason
    HALT_DONE = "halt_done"  # the desk's own: nothing is left for the kill switch to do
    RESUME = "resume"  # subject: who asked


@dataclass(frozen=True, slots=True)
class DeskRequest:
    """A wish for the desk that acts.

    Attributes
    ----------
    due_at : datetime or None
        When it may be carried out; None at once.
    number : int
        Given by the store, growing; 0 before.
    """

    kind: RequestKind
    subject: str
    requested_at: datetime
    due_at: datetime | None = None
    number: int = 0


class RequestProgress(StrEnum):
    """What became of a wish."""

    WAITING = "waiting"
    ACKNOWLEDGED = "acknowledged"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCycle:
    """One decision with everything that it was made of, so that it can be made again.

    Attributes
    ----------
    accounts, rules, requests, policy : the inputs beside the memory that the last cycle left.
    decision_hash, memory_hash : str
        Of the decision and of the memory after it.
    memory_before : CycleMemory or None
        Where a stretch begins: after a start, and now and then.
    """

    as_of: datetime
    accounts: tuple[AccountState, ...]
    rules: tuple[BreakerRule, ...]
    requests: tuple[DeskRequest, ...]
    policy: RiskPolicy
    decision_hash: str
    memory_hash: str
    memory_before: CycleMemory | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleRecord:
    """What one cycle leaves behind; stored whole or not at all.

    Attributes
    ----------
    taken : tuple of int
        Numbers of the requests that it carried out, which are then no longer waiting.
    intents : tuple of Intent
        New ones, and open ones that changed.
    """

    memory: CycleMemory
    accounts: tuple[AccountState, ...]
    events: tuple[Event, ...] = ()
    point: HistoryPoint | None = None
    intents: tuple[Intent, ...] = ()
    taken: tuple[int, ...] = ()
    recorded: RecordedCycle | None = None


class DeskStore(Protocol):
    """Memory, accounts, events, rules, requests and readings of one run of the desk."""

    def load_memory(self) -> CycleMemory:
        """Memory of the last stored cycle, the empty one at the very start."""

    def load_accounts(self) -> tuple[AccountState, ...]:
        """Account states of the last stored cycle."""

    def save_cycle(self, record: CycleRecord, *, lease: Lease) -> None:
        """Store one cycle in one transaction; LeaseLostError when the lease is not the newest."""

    def merge(self, records: Sequence[CycleRecord], *, journal_id: str, lease: Lease) -> int:
        """Store the cycles of a journal in one transaction and return how many were new.

        The store remembers how many of this journal it has, and leaves those out.
        """

    def append_events(self, events: Sequence[Event]) -> None:
        """Store events that happened between cycles."""

    def events(
        self, *, since: datetime | None = None, kinds: Sequence[str] = (), limit: int = 100
    ) -> tuple[StoredEvent, ...]:
        """Newest events first, of these kinds (all when empty)."""

    def rules(self) -> tuple[BreakerRule, ...]:
        """Breaker rules in saved order."""

    def save_rules(self, rules: Sequence[BreakerRule]) -> None:
        """Replace all rules."""

    def add_request(self, request: DeskRequest) -> int:
        """Leave a wish for the desk that acts and return its number."""

    def requests(self) -> tuple[DeskRequest, ...]:
        """Wishes that no stored cycle has carried out, in order."""

    def acknowledge_request(self, number: int, *, at: datetime) -> None:
        """Say that the desk has begun to act on a wish."""

    def request_progress(self, number: int) -> RequestProgress:
        """Say what became of a wish."""

    def history(self, *, since: datetime) -> tuple[HistoryPoint, ...]:
        """Return stored readings, oldest first."""


class IntentLog(Protocol):
    """Everything that was decided to be done at venues; nothing is ever deleted while open."""

    def add(self, intent: Intent, *, lease: Lease) -> bool:
        """Store a new intent; False, and nothing stored, when its id is known.

        Raises
        ------
        LeaseLostError
            If the lease is not the newest.
        """

    def update(self, intent: Intent, *, lease: Lease) -> None:
        """Store how far a known intent has come; LeaseLostError as `add`."""

    def open(self) -> tuple[Intent, ...]:
        """Intents of which something may still come, in the order of their decision."""

    def find(self, intent_id: str) -> Intent | None:
        """Return one intent; None when its id is unknown."""

    def recent(self, *, limit: int = 100) -> tuple[Intent, ...]:
        """Newest first."""


@dataclass(frozen=True, slots=True)
class LeaseReading:
    """The lease as it lies in the store.

    Attributes
    ----------
    renewals : int
        Grows with each renewal; a reader who sees it stand still knows that nobody renews.
    is_released : bool
        The holder gave it up in order.
    """

    lease: Lease
    renewals: int
    is_released: bool


class LeaseStore(Protocol):
    """The one lease of a desk."""

    def read(self) -> LeaseReading | None:
        """Return the lease; None before the first was taken."""

    def take(self, holder: str, *, seen: LeaseReading | None) -> Lease | None:
        """Take the lease with the next number if it is still as it was seen, else return None."""

    def renew(self, lease: Lease) -> None:
        """Show that the holder lives; LeaseLostError when another one took it."""

    def release(self, lease: Lease) -> None:
        """Give it up; nothing happens when it is lost already."""


class HolderLock(Protocol):
    """A lock that the operating system or the database server frees when its process dies."""

    def try_acquire(self) -> bool:
        """Take the lock without waiting; True when it is held, also when it was held before."""

    def release(self) -> None:
        """Free the lock."""


class LimitsStore(Protocol):
    """The trader's limits."""

    def limits(self) -> Limits:
        """Return the limits in force, the defaults before any were saved."""

    def save_limits(self, limits: Limits) -> None:
        """Replace the limits."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The one user of a desk; the hash is of bcrypt."""

    name: str
    password_hash: str = field(repr=False)
    created_at: datetime
    changed_at: datetime


class OwnerStore(Protocol):
    """The desk's owner."""

    def owner(self) -> Owner | None:
        """Return the owner; None before one was created."""

    def save_owner(self, owner: Owner) -> None:
        """Create or replace the owner."""


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
        """Recorded cycles with their numbers, oldest first.

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
    """

    raw_days: float = 7.0
    minute_days: float = 90.0
    cycle_days: float = 14.0
    event_days: float = 730.0


DEFAULT_RETENTION = Retention()


class Maintenance(Protocol):
    """Keeping the database small."""

    def prune(self, retention: Retention, *, now: datetime, lease: Lease) -> int:
        """Thin readings, drop old cycles, events and settled intents; return the rows removed.

        A chain keeps a checkpoint where its rows now begin.
        """


@dataclass(frozen=True, slots=True)
class JournalReading:
    """What an emergency journal holds.

    Attributes
    ----------
    journal_id : str
        Another one after each clearing; empty without a journal.
    records : tuple of CycleRecord
        In the order of writing.
    damage : str or None
        What is wrong with the rest of the file.
    """

    journal_id: str
    records: tuple[CycleRecord, ...]
    damage: str | None


class EmergencyJournal(Protocol):
    """Where decisions are written while the database takes none."""

    def read(self) -> JournalReading:
        """Return the records that are whole."""

    def prepare(self) -> None:
        """Make room ahead of need."""

    def append(self, record: CycleRecord) -> None:
        """Write a record durably."""

    def clear(self) -> None:
        """Forget all records durably."""


@dataclass(frozen=True, slots=True)
class DeskStores:
    """All repositories of one desk, over one database."""

    desk: DeskStore
    intents: IntentLog
    lease: LeaseStore
    limits: LimitsStore
    owner: OwnerStore
    audit: AuditLog
    maintenance: Maintenance
