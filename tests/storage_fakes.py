"""Hand-written stand-ins for a desk's repositories, which forget everything with their process."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from math import isfinite, isnan

from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.account import AccountState
from etrms_core.domain.events import BreakerEvent, Event
from etrms_core.domain.intents import Intent, IntentState
from etrms_core.domain.lease import Lease
from etrms_core.domain.limits import DEFAULT_LIMITS, Limits
from etrms_core.engine.audit_ports import Retention
from etrms_core.engine.change_ports import CommittedSettings, Settlement
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.hash_chain import START, AuditLogName, ChainRow, Checkpoint, link
from etrms_core.engine.lease_ports import LeaseReading
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.owner_ports import Owner
from etrms_core.engine.storage_ports import (
    CycleRecord,
    DeskRequest,
    EquityPoint,
    HistoryPoint,
    JournalReading,
    RecordedCycle,
    RequestProgress,
    StoredEvent,
)
from etrms_core.errors import LeaseLostError, StorageError
from tests.job_fakes import InMemoryJobStore
from tests.ledger_fakes import InMemoryLedgerStore
from tests.notification_fakes import InMemoryChannelStore, InMemoryOutbox, InMemoryVaultStore
from tests.sign_in_fakes import (
    InMemoryLoginFailureStore,
    InMemoryPreferencesStore,
    InMemoryWebSessionStore,
)

MOST_POINTS = 2_000
PROGRESS = {IntentState.DECIDED: 0, IntentState.SENT: 1}
SETTLED = 2


class InMemoryLeaseStore:
    """A `LeaseStore`; `trouble`, when set, is raised by every method."""

    def __init__(self) -> None:
        self.trouble: StorageError | None = None
        self._reading: LeaseReading | None = None

    def read(self) -> LeaseReading | None:
        self._check()
        return self._reading

    def take(self, holder: str, *, seen: LeaseReading | None) -> Lease | None:
        self._check()
        if seen != self._reading:
            return None
        fence, renewals = (1, 0) if seen is None else (seen.lease.fence + 1, seen.renewals + 1)
        self._reading = LeaseReading(Lease(holder, fence), renewals, is_released=False)
        return self._reading.lease

    def renew(self, lease: Lease) -> None:
        self.require(lease)
        reading = self._reading
        assert reading is not None
        self._reading = replace(reading, renewals=reading.renewals + 1)

    def release(self, lease: Lease) -> None:
        self._check()
        if self._reading is not None and self._reading.lease == lease:
            self._reading = replace(self._reading, is_released=True)

    def require(self, lease: Lease) -> None:
        """Refuse a lease that is not held any more."""
        self._check()
        reading = self._reading
        if reading is None or reading.is_released or reading.lease != lease:
            raise LeaseLostError(f"{lease.holder} does not hold the desk any more")

    def _check(self) -> None:
        if self.trouble is not None:
            raise self.trouble


class InMemoryIntentLog:
    """An `IntentLog`; `trouble`, when set, is raised by every method that stores something."""

    def __init__(self, lease_store: InMemoryLeaseStore | None = None) -> None:
        self.trouble: StorageError | None = None
        self.lease_store = lease_store or InMemoryLeaseStore()
        self._intents: dict[str, Intent] = {}

    def add(self, intent: Intent, *, lease: Lease) -> bool:
        self._check(lease)
        if intent.intent_id in self._intents:
            return False
        self.save([intent])
        return True

    def update(self, intent: Intent, *, lease: Lease) -> None:
        self._check(lease)
        if intent.intent_id not in self._intents:
            raise StorageError(f"there is no intent {intent.intent_id!r} to update")
        self.save([intent])

    def open(self) -> tuple[Intent, ...]:
        return tuple(intent for intent in self._intents.values() if intent.is_open)

    def find(self, intent_id: str) -> Intent | None:
        return self._intents.get(intent_id)

    def recent(
        self, *, since: datetime | None = None, until: datetime | None = None, limit: int = 100
    ) -> tuple[Intent, ...]:
        found = (
            each
            for each in reversed(self._intents.values())
            if (since is None or each.decided_at >= since)
            and (until is None or each.decided_at < until)
        )
        return tuple(found)[:limit]

    def save(self, intents: Sequence[Intent]) -> None:
        """Store all of them or none."""
        for intent in intents:
            refuse_nan(intent)
            if self.is_further(intent):
                known = self._intents[intent.intent_id]
                raise StorageError(f"intent {intent.intent_id!r} is {known.state.value} already")
        self._intents |= {intent.intent_id: intent for intent in intents}

    def is_further(self, intent: Intent) -> bool:
        """Whether what is stored has come further than this."""
        known = self._intents.get(intent.intent_id)
        return known is not None and _progress(intent) < _progress(known)

    def _check(self, lease: Lease) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.lease_store.require(lease)


class InMemoryDeskStore:
    """A `DeskStore`.

    `trouble`, when set, is raised by every method that stores something.
    """

    def __init__(self, intent_log: InMemoryIntentLog | None = None) -> None:
        self.trouble: StorageError | None = None
        self.intent_log = intent_log or InMemoryIntentLog()
        self.recorded: list[RecordedCycle] = []
        self._memory = CycleMemory()
        self._accounts: tuple[AccountState, ...] = ()
        self._events: list[StoredEvent] = []
        self._rules: tuple[BreakerRule, ...] = ()
        self._requests: dict[int, tuple[DeskRequest, datetime | None]] = {}
        self._requests_given = 0
        self._history: dict[datetime, HistoryPoint] = {}
        self._merged = ("", 0)

    @property
    def lease_store(self) -> InMemoryLeaseStore:
        """Where the lease must be taken that `save_cycle` asks for."""
        return self.intent_log.lease_store

    def load_memory(self) -> CycleMemory:
        return self._memory

    def load_accounts(self) -> tuple[AccountState, ...]:
        return self._accounts

    def save_cycle(self, record: CycleRecord, *, lease: Lease) -> None:
        points = () if record.point is None else (record.point,)
        self._check(*record.accounts, *record.events, *points)
        self.lease_store.require(lease)
        self.intent_log.save(record.intents)
        self._memory, self._accounts = record.memory, record.accounts
        self._number(record.events)
        for point in points:
            self._history.setdefault(point.observed_at, point)
        for number in record.taken:
            self._requests.pop(number, None)
        if record.recorded is not None:
            self.recorded.append(record.recorded)

    def merge(self, records: Sequence[CycleRecord], *, journal_id: str, lease: Lease) -> int:
        self._check()
        self.lease_store.require(lease)
        merged_id, merged = self._merged
        known = merged if merged_id == journal_id else 0
        for record in records[known:]:
            kept = tuple(each for each in record.intents if not self.intent_log.is_further(each))
            self.save_cycle(replace(record, intents=kept), lease=lease)
        self._merged = (journal_id, len(records))
        return max(0, len(records) - known)

    def append_events(self, events: Sequence[Event]) -> None:
        self._check(*events)
        self._number(events)

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
        found = (
            each
            for each in reversed(self._events)
            if (since is None or each.event.occurred_at >= since)
            and (until is None or each.event.occurred_at < until)
            and (before is None or each.sequence < before)
            and (not kinds or each.event.kind in kinds)
            and (not subjects or _subject(each.event) in subjects)
        )
        return tuple(found)[:limit]

    def rules(self) -> tuple[BreakerRule, ...]:
        return self._rules

    def save_rules(self, rules: Sequence[BreakerRule]) -> None:
        self._check()
        self._rules = tuple(rules)

    def add_request(self, request: DeskRequest) -> int:
        self._check()
        self._requests_given += 1
        self._requests[self._requests_given] = (
            replace(request, number=self._requests_given),
            None,
        )
        return self._requests_given

    def take_request(self, number: int) -> bool:
        """Remove a wish; False when it waits no more."""
        return self._requests.pop(number, None) is not None

    def requests(self) -> tuple[DeskRequest, ...]:
        return tuple(request for request, _ in self._requests.values())

    def acknowledge_request(self, number: int, *, at: datetime) -> None:
        self._check()
        if number in self._requests:
            self._requests[number] = (self._requests[number][0], at)

    def request_progress(self, number: int) -> RequestProgress:
        if not 0 < number <= self._requests_given:
            raise StorageError(f"no request ever had the number {number}")
        if number not in self._requests:
            return RequestProgress.DONE
        acknowledged_at = self._requests[number][1]
        return RequestProgress.ACKNOWLEDGED if acknowledged_at else RequestProgress.WAITING

    def history(self, *, since: datetime) -> tuple[HistoryPoint, ...]:
        stored = [self._history[at] for at in sorted(self._history) if at >= since]
        points = [replace(point, accounts=()) for point in stored]
        if len(points) <= MOST_POINTS:
            return tuple(points)
        start, end = points[0].observed_at, points[-1].observed_at
        width = (end - start) // MOST_POINTS + timedelta(microseconds=1)
        return tuple({(each.observed_at - start) // width: each for each in points}.values())

    def account_history(self, account: str, *, since: datetime) -> tuple[EquityPoint, ...]:
        return tuple(
            EquityPoint(at, each.equity)
            for at in sorted(self._history)
            for each in self._history[at].accounts
            if at >= since and each.account == account
        )

    def all_events(self) -> tuple[StoredEvent, ...]:
        """Every event, oldest first."""
        return tuple(self._events)

    def _number(self, events: Sequence[Event]) -> None:
        self._events += [
            StoredEvent(number, event)
            for number, event in enumerate(events, start=len(self._events) + 1)
        ]

    def _check(self, *values: AccountState | Event | HistoryPoint) -> None:
        if self.trouble is not None:
            raise self.trouble
        for value in values:
            refuse_nan(value)


def _subject(event: Event) -> str:
    return event.rule_id if isinstance(event, BreakerEvent) else event.subject


class InMemoryJournal:
    """An `EmergencyJournal`; `trouble`, when set, is raised by every method."""

    def __init__(self) -> None:
        self.trouble: StorageError | None = None
        self.damage: str | None = None
        self.records: list[CycleRecord] = []
        self.is_prepared = False
        self._clearings = 0

    def read(self) -> JournalReading:
        self._check()
        return JournalReading(f"journal {self._clearings}", tuple(self.records), self.damage)

    def prepare(self) -> None:
        self._check()
        self.is_prepared = True

    def append(self, record: CycleRecord) -> None:
        self._check()
        self.records.append(record)

    def clear(self) -> None:
        self._check()
        self.records.clear()
        self.damage = None
        self._clearings += 1

    def _check(self) -> None:
        if self.trouble is not None:
            raise self.trouble


class InMemoryLimitsStore:
    """A `LimitsStore`."""

    def __init__(self) -> None:
        self._limits = DEFAULT_LIMITS

    def limits(self) -> Limits:
        return self._limits

    def save_limits(self, limits: Limits) -> None:
        for each in _leaves(asdict(limits)):
            if isinstance(each, float) and not isfinite(each):
                raise StorageError(f"a limit is a finite number or none, was in {limits}")
        self._limits = limits


class InMemoryChangeStore:
    """A `ChangeStore` over stores in memory; `crash` lets the process die at a write.

    Below 0 it dies before, above 0 after the write; whoever called never hears of it.
    """

    def __init__(self, desk: InMemoryDeskStore, limits: InMemoryLimitsStore) -> None:
        self._desk = desk
        self._limits = limits
        self._settings: CommittedSettings | None = None
        self.crash = 0

    def settings(self) -> CommittedSettings | None:
        return self._settings

    def settle(self, settlement: Settlement) -> int | None:
        if self._desk.trouble is not None:
            raise self._desk.trouble
        if self.crash < 0:
            raise StorageError("the process died before it wrote")
        number = self._settle(settlement)
        if self.crash > 0:
            raise StorageError("the process died after it wrote")
        return number

    def _settle(self, settlement: Settlement) -> int | None:
        if settlement.lease is not None:
            self._desk.lease_store.require(settlement.lease)
        swaps = (
            (settlement.rules, self._desk.rules()),
            (settlement.limits, self._limits.limits()),
            (settlement.settings, self._settings),
        )
        if any(swap is not None and swap.seen != kept for swap, kept in swaps):
            return None
        if settlement.taken is not None and not self._desk.take_request(settlement.taken):
            return None
        if settlement.rules is not None:
            self._desk.save_rules(settlement.rules.after)
        if settlement.limits is not None:
            self._limits.save_limits(settlement.limits.after)
        if settlement.settings is not None:
            self._settings = settlement.settings.after
        self._desk.append_events(settlement.events)
        return 0 if settlement.added is None else self._desk.add_request(settlement.added)


class InMemoryOwnerStore:
    """An `OwnerStore`."""

    def __init__(self) -> None:
        self._owner: Owner | None = None

    def owner(self) -> Owner | None:
        return self._owner

    def add_owner(self, owner: Owner) -> bool:
        if self._owner is not None:
            return False
        self._owner = owner
        return True

    def save_owner(self, owner: Owner) -> None:
        self._owner = owner


class InMemoryAuditLog:
    """An `AuditLog` over what a desk store in memory holds, chained when it is read."""

    def __init__(self, desk: InMemoryDeskStore, run_id: str = "live") -> None:
        self.run_id = run_id
        self._desk = desk

    def rows(self, log: AuditLogName) -> Iterator[ChainRow]:
        written = self._desk.all_events() if log is AuditLogName.EVENTS else self._desk.recorded
        last_hash = START.row_hash
        for sequence, each in enumerate(written, start=1):
            content = repr(each)
            row_hash = link(last_hash, run_id=self.run_id, sequence=sequence, content=content)
            yield ChainRow(sequence, content, last_hash, row_hash)
            last_hash = row_hash

    def start(self, log: AuditLogName) -> Checkpoint:
        assert log in AuditLogName
        return START

    def head(self, log: AuditLogName) -> Checkpoint:
        head = START
        for row in self.rows(log):
            head = Checkpoint(row.sequence, row.row_hash)
        return head

    def cycles(self) -> Iterator[tuple[int, RecordedCycle]]:
        yield from enumerate(self._desk.recorded, start=1)


class IdleMaintenance:
    """A `Maintenance` that removes nothing and writes down when it was asked."""

    def __init__(self) -> None:
        self.prunings: list[tuple[Retention, datetime, Lease]] = []

    def prune(self, retention: Retention, *, now: datetime, lease: Lease) -> int:
        self.prunings.append((retention, now, lease))
        return 0


def in_memory_stores(run_id: str = "live") -> DeskStores:
    """Build all repositories of one desk; they check the same lease."""
    lease = InMemoryLeaseStore()
    intents = InMemoryIntentLog(lease)
    desk, limits = InMemoryDeskStore(intents), InMemoryLimitsStore()
    outbox = InMemoryOutbox(desk.all_events)
    return DeskStores(
        desk=desk,
        intents=intents,
        jobs=InMemoryJobStore(),
        lease=lease,
        limits=limits,
        ledger=InMemoryLedgerStore(),
        changes=InMemoryChangeStore(desk, limits),
        owner=InMemoryOwnerStore(),
        preferences=InMemoryPreferencesStore(),
        web_sessions=InMemoryWebSessionStore(),
        login_failures=InMemoryLoginFailureStore(),
        channels=InMemoryChannelStore(outbox),
        outbox=outbox,
        vault=InMemoryVaultStore(),
        audit=InMemoryAuditLog(desk, run_id),
        maintenance=IdleMaintenance(),
    )


def refuse_nan(value: AccountState | Event | HistoryPoint | Intent) -> None:
    """Raise for a value with NaN in it, as databases do."""
    if any(isinstance(each, float) and isnan(each) for each in _leaves(asdict(value))):
        raise StorageError(f"NaN is never stored, was in {value}")


def _progress(intent: Intent) -> int:
    return PROGRESS.get(intent.state, SETTLED)


def _leaves(document: object) -> Iterator[object]:
    match document:
        case Mapping():
            for each in document.values():
                yield from _leaves(each)
        case tuple() | list():
            for each in document:
                yield from _leaves(each)
        case _:
            yield document
