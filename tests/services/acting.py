"""Desks that act, in miniature: scripted venues, stores in memory, clocks that the test moves."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Event as Flag
from time import monotonic
from typing import Any

from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.account import AccountState
from etrms_core.domain.events import Event
from etrms_core.domain.lease import Lease
from etrms_core.domain.order import Order, OrderRequest, OrderStatus
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.lease_ports import HolderLock
from etrms_core.engine.ports import Clock, ExchangePort
from etrms_core.engine.storage_ports import CycleRecord
from etrms_core.errors import ExchangeUnavailableError, StorageError
from etrms_core.services.alarms import AlarmBoard
from etrms_core.services.desk_log import DeskLog
from etrms_core.services.desk_parts import DeskParts
from etrms_core.services.guard import Guard
from etrms_core.services.limits import LimitsDesk
from etrms_core.services.owner import OwnerDesk
from etrms_core.services.risk_monitor import MonitorSetup
from etrms_core.services.risk_state import RiskState
from etrms_core.services.subscriptions import Subscriptions
from etrms_core.services.tenure import Tenure
from etrms_core.settings import LimitsSettings
from tests.builders import NOW
from tests.engine.desk import long_account
from tests.fakes import (
    InMemoryDeskStore,
    InMemoryIntentLog,
    InMemoryJournal,
    ManualClock,
    ScriptedExchange,
    in_memory_stores,
)
from tests.idle_notifications import idle_notifications

DESK_ID = "test"
POLICY = RiskPolicy(clock_jump_seconds=1e9)
SILENT = ExchangeUnavailableError("no answer", venue="paper")


class ManualSeconds:
    """A monotonic clock that stands until it is told to move."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class FakeLock:
    """A `HolderLock` among those that share a list; `release` is also what a death does."""

    def __init__(self, holders: list["FakeLock"] | None = None) -> None:
        self._holders: list[FakeLock] = [] if holders is None else holders

    def try_acquire(self) -> bool:
        if not self._holders:
            self._holders.append(self)
        return self.is_held

    def release(self) -> None:
        if self.is_held:
            self._holders.clear()

    @property
    def is_held(self) -> bool:
        return self._holders == [self]


class LossyExchange(ScriptedExchange):
    """A venue whose answers can be lost.

    Attributes
    ----------
    loses_answers : bool
        Orders are taken, but the answer never comes.
    is_blind : bool
        Orders cannot be looked up.
    on_order : callable or None
        Called as an order comes in.
    hangs : Flag or None
        Readings wait for it.
    """

    loses_answers = is_blind = False
    on_order: Callable[[], None] | None = None
    hangs: Flag | None = None

    def create_order(self, request: OrderRequest, *, deadline: datetime | None = None) -> Order:
        if self.on_order is not None:
            self.on_order()
        order = self._filled(super().create_order(request, deadline=deadline))
        if self.loses_answers:
            raise SILENT
        return order

    def fetch_order(self, client_order_id: str) -> Order | None:
        self.log.append("fetch_order")
        if self.is_blind:
            raise SILENT
        return super().fetch_order(client_order_id)

    def fetch_account(self) -> AccountState:
        if self.hangs is not None:
            self.hangs.wait(10.0)
        return super().fetch_account()

    def cancel_order(self, client_order_id: str) -> Order:
        """Cancel an order, which the account shows no more."""
        order = super().cancel_order(client_order_id)
        left = (o for o in self.state.orders if o.request.client_order_id != client_order_id)
        self.state = replace(self.state, orders=tuple(left))
        return order

    def _filled(self, order: Order) -> Order:
        return order


class FillingExchange(LossyExchange):
    """A venue that fills every order at once; the account shows what is left."""

    def _filled(self, order: Order) -> Order:
        request = order.request
        left = {each: each.quantity for each in self.state.positions}
        left |= {
            each: held + request.signed_quantity
            for each, held in left.items()
            if each.symbol == request.symbol
        }
        positions = tuple(replace(each, quantity=held) for each, held in left.items() if held)
        self.state = replace(self.state, positions=positions)
        return replace(
            order,
            status=OrderStatus.FILLED,
            filled_quantity=request.quantity,
            average_price=100.0,
        )


class LoggingStore(InMemoryDeskStore):
    """Writes down when it stores."""

    def __init__(self, log: list[str], intents: InMemoryIntentLog) -> None:
        super().__init__(intents)
        self.log = log
        self.records: list[CycleRecord] = []

    def save_cycle(self, record: CycleRecord, *, lease: Lease) -> None:
        super().save_cycle(record, lease=lease)
        self.log.append("save_cycle")
        self.records.append(record)

    def append_events(self, events: Sequence[Event]) -> None:
        super().append_events(events)
        self.log.append("append_events")

    def acknowledge_request(self, number: int, *, at: datetime) -> None:
        super().acknowledge_request(number, at=at)
        self.log.append("acknowledge")


def logging_stores(log: list[str], store_type: type[LoggingStore] = LoggingStore) -> DeskStores:
    """Build repositories whose desk store writes down when it stores."""
    stores = in_memory_stores()
    intents = stores.intents
    assert isinstance(intents, InMemoryIntentLog)
    return replace(stores, desk=store_type(log, intents))


def make_log(
    stores: DeskStores, clock: Clock, journal: InMemoryJournal | None = None
) -> tuple[DeskLog, AlarmBoard]:
    """Build the log of a desk, with the board whose alarms it stores."""
    alarms = AlarmBoard(clock, lambda event: log.append_events([event]))
    log = DeskLog(stores, journal or InMemoryJournal(), alarms, clock=clock)
    return log, alarms


class PlainHasher:
    """Hashes nothing."""

    def hash_password(self, password: str) -> str:
        return f"hash of {password}"

    def matches(self, password: str, password_hash: str | None) -> bool:
        return password_hash == f"hash of {password}"


def make_parts(
    exchanges: Mapping[str, ExchangePort],
    *,
    stores: DeskStores | None = None,
    clock: Clock | None = None,
    lock: HolderLock | None = None,
    monotonic: Callable[[], float] = monotonic,
    **changes: Any,  # noqa: ANN401  any field of the parts
) -> DeskParts:
    """Put a desk together that forgets everything with its stores."""
    kept, now = stores or in_memory_stores(), clock or ManualClock(NOW)
    log, alarms = make_log(kept, now)
    parts = DeskParts(
        stores=kept,
        log=log,
        tenure=Tenure(kept.lease, lock or FakeLock(), holder="test", monotonic=monotonic),
        alarms=alarms,
        limits=LimitsDesk(kept.limits, kept.desk, outer=LimitsSettings(), clock=now),
        owner=OwnerDesk(kept.owner, kept.desk, hasher=PlainHasher(), clock=now),
        notifications=idle_notifications(kept, log.append_events, now),
        open_exchanges=lambda: exchanges,
        clock=now,
        policy=POLICY,
        desk_id=DESK_ID,
        interval_seconds=3_600.0,
    )
    return replace(parts, **changes)


@dataclass
class Bench:
    """A guard over scripted venues; its cycles run when the test says so."""

    accounts: Sequence[AccountState] = ()
    rules: Sequence[BreakerRule] = ()
    stores: DeskStores | None = None
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))
    venue_type: type[LossyExchange] = LossyExchange
    store_type: type[LoggingStore] = LoggingStore
    policy: RiskPolicy = POLICY

    def __post_init__(self) -> None:
        self.log: list[str] = []
        self.kept = self.stores or logging_stores(self.log, self.store_type)
        self.venues = {
            each.account: self.venue_type(each, log=self.log)
            for each in self.accounts or (long_account(),)
        }
        if self.rules:
            self.store.save_rules(self.rules)
        self.subscriptions = Subscriptions()
        self.journal = InMemoryJournal()
        self.desk_log, self.alarms = make_log(self.kept, self.clock, self.journal)
        lease = self.kept.lease.take("test", seen=self.kept.lease.read())
        assert lease is not None
        self.lease = lease
        self.guard = self.next_guard()

    def next_guard(self) -> Guard:
        """Build a guard from what is stored, as a new process or a restart does."""
        self.desk_log.recover(self.lease)
        setup = MonitorSetup(
            exchanges=self.venues,
            log=self.desk_log,
            lease=self.lease,
            clock=self.clock,
            policy=self.policy,
            desk_id=DESK_ID,
            subscriptions=self.subscriptions,
        )
        limits = LimitsDesk(self.kept.limits, self.store, outer=LimitsSettings(), clock=self.clock)
        return Guard(setup, limits, interval_seconds=3_600.0)

    @property
    def store(self) -> InMemoryDeskStore:
        assert isinstance(self.kept.desk, InMemoryDeskStore)
        return self.kept.desk

    @property
    def intents(self) -> InMemoryIntentLog:
        return self.store.intent_log

    @property
    def venue(self) -> LossyExchange:
        return next(iter(self.venues.values()))

    def show(self, account: AccountState) -> None:
        self.venues[account.account].state = account

    def refresh(self, *, after: float = 1.0) -> RiskState:
        """Run a cycle some seconds later; venues that answer have read just now."""
        self.clock.advance(seconds=after)
        for venue in self.venues.values():
            venue.state = replace(venue.state, observed_at=self.clock.now)
        return self.guard.refresh()

    def told(self, kind: str) -> list[Event]:
        return [each.event for each in self.store.events(kinds=[kind], limit=1_000)][::-1]

    def fail(self, error: StorageError | None) -> None:
        """Let database and journal take nothing, or again everything."""
        self.store.trouble = self.intents.trouble = self.journal.trouble = error
