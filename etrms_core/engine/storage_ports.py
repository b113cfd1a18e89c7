"""What the engine needs remembered. Every method raises StorageError when it cannot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.account import AccountState
from etrms_core.domain.events import Event
from etrms_core.domain.intents import Intent
from etrms_core.domain.lease import Lease
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.memory import CycleMemory


@dataclass(frozen=True, slots=True)
class AccountEquity:
    """Equity of one account, reporting currency; None where it was unknown."""

    account: str
    equity: float | None


@dataclass(frozen=True, slots=True)
class EquityPoint:
    """One stored reading of an account's equity, reporting currency; None where it was unknown."""

    observed_at: datetime
    equity: float | None


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    """One stored reading of the portfolio; None where it was unknown.

    `accounts` are stored with it and read on their own.
    """

    observed_at: datetime
    equity: float | None
    nav: float | None
    drawdown: float | None
    gross_exposure: float | None
    gross_leverage: float | None = None
    margin_ratio: float | None = None
    accounts: tuple[AccountEquity, ...] = ()


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
    PAUSE = "pause"  # subject: for how many seconds, a blank, the person's reason
    END_PAUSE = "end_pause"  # subject: who asked
    CHANGE = "change"  # a loosening that waits; subject: its document


KILLS = frozenset({RequestKind.HALT, RequestKind.FLATTEN})


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
    is_after_gap : bool
        Whether cycles before it may be recorded nowhere, so that what led to its memory is unknown.
    """

    as_of: datetime
    accounts: tuple[AccountState, ...]
    rules: tuple[BreakerRule, ...]
    requests: tuple[DeskRequest, ...]
    policy: RiskPolicy
    decision_hash: str
    memory_hash: str
    memory_before: CycleMemory | None = None
    is_after_gap: bool = False


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
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        kinds: Sequence[str] = (),
        subjects: Sequence[str] = (),
        limit: int = 100,
    ) -> tuple[StoredEvent, ...]:
        """Newest events first.

        Parameters
        ----------
        since, until : datetime or None
            The first moment, and the first moment that is too late.
        before : int or None
            The number of the last event that is known already: only earlier ones come.
        kinds, subjects : sequence of str
            All when empty; the subject of a breaker's event is its rule id.
        """

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
        """Return stored readings, oldest first, without the accounts' own."""

    def account_history(self, account: str, *, since: datetime) -> tuple[EquityPoint, ...]:
        """Return the stored equity of one account, oldest first."""


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

    def recent(
        self, *, since: datetime | None = None, until: datetime | None = None, limit: int = 100
    ) -> tuple[Intent, ...]:
        """Newest first, of those that were decided from `since` to before `until`."""


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
