"""An order desk over one scripted venue, with one log of everything that it does, in order."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from etrms_core.domain.account import AccountState, Position
from etrms_core.domain.events import Event
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.intents import Intent, IntentState, Origin, SubmitOrder
from etrms_core.domain.lease import Lease
from etrms_core.domain.order import Order, OrderRequest
from etrms_core.engine.settlement import DEFAULT_PATIENCE
from etrms_core.errors import OrderRefusedError, StorageError
from etrms_core.services.order_desk import OrderDesk
from tests.builders import NOW, make_account
from tests.engine.intents import make_intent, make_request
from tests.fakes import InMemoryIntentLog, InMemoryLeaseStore, ManualClock
from tests.services.acting import DESK_ID, LossyExchange

BTC = Instrument("BTCUSDT", tick_size=0.5, lot_size=0.1)
WINDOW = DEFAULT_PATIENCE.receive_window
TOO_LATE = WINDOW + DEFAULT_PATIENCE.margin


class Notebook:
    """An `IntentSink` that checks the lease.

    Attributes
    ----------
    trouble_at : IntentState or None
        A write of this state fails.
    after_store : callable or None
        Called with every intent that was stored.
    """

    def __init__(self, log: list[str]) -> None:
        self.leases = InMemoryLeaseStore()
        self.intents = InMemoryIntentLog(self.leases)
        self.events: list[Event] = []
        self.trouble_at: IntentState | None = None
        self.events_trouble: StorageError | None = None
        self.after_store: Callable[[Intent], None] | None = None
        self._log = log

    def add_intent(self, intent: Intent, *, lease: Lease) -> bool:
        self._check(intent)
        is_new = self.intents.add(intent, lease=lease)
        self._stored(intent)
        return is_new

    def update_intent(self, intent: Intent, *, lease: Lease) -> None:
        self._check(intent)
        self.intents.update(intent, lease=lease)
        self._stored(intent)

    def find_intent(self, intent_id: str) -> Intent | None:
        return self.intents.find(intent_id)

    def append_events(self, events: Sequence[Event]) -> None:
        if self.events_trouble is not None:
            raise self.events_trouble
        self.events += events

    def _check(self, intent: Intent) -> None:
        if intent.state is self.trouble_at:
            raise StorageError("the disk is full")

    def _stored(self, intent: Intent) -> None:
        self._log.append(f"store {intent.state.value}")
        if self.after_store is not None:
            self.after_store(intent)


class OpenGate:
    """Lets everything pass, until a test gives it a refusal; `most` caps what orders take."""

    def __init__(self) -> None:
        self.refusal: OrderRefusedError | None = None
        self.most: float | None = None
        self.asked: list[Intent] = []

    def require(self, intent: Intent) -> Intent:
        self.asked.append(intent)
        if self.refusal is not None:
            raise self.refusal
        if self.most is None or not isinstance(intent.action, SubmitOrder):
            return intent
        request = intent.action.request
        capped = replace(request, quantity=min(request.quantity, self.most))
        return replace(intent, action=SubmitOrder(capped))


class OrderBench:
    """An order desk that holds the lease, with its venue `main` and its clock."""

    def __init__(self, *positions: Position, orders: tuple[Order, ...] = ()) -> None:
        self.log: list[str] = []
        account = make_account(*positions, orders=orders)
        self.venue = LossyExchange(account, instruments=[BTC], log=self.log)
        self.sink = Notebook(self.log)
        self.gate = OpenGate()
        self.clock = ManualClock(NOW)
        self.heard: list[Order] = []
        lease = self.sink.leases.take("this", seen=None)
        assert lease is not None
        self.lease = lease
        self.desk = OrderDesk(
            {"main": self.venue},
            sink=self.sink,
            gate=self.gate,
            lease=lease,
            clock=self.clock,
            desk_id=DESK_ID,
            after_order=self.heard.append,
        )

    @property
    def account(self) -> AccountState:
        return self.venue.state

    def decided(
        self, request: OrderRequest | None = None, *, origin: Origin = Origin.BREAKER
    ) -> Intent:
        """Store an intent as a cycle does."""
        return self.stored(make_intent(request or make_request(), origin=origin))

    def stored(self, intent: Intent) -> Intent:
        """Store any intent."""
        assert self.sink.intents.add(intent, lease=self.lease)
        return intent

    def known(self, intent: Intent) -> Intent:
        """Return an intent as it is stored now."""
        known = self.sink.find_intent(intent.intent_id)
        assert known is not None
        return known

    def advance(self, intent: Intent) -> Intent:
        """Bring an intent on from what is stored of it, keep what is told, and return it."""
        after, events = self.desk.advance(self.known(intent))
        self.sink.events += events
        return after

    def kinds(self) -> list[str]:
        """Kinds of the events that were told."""
        return [event.kind.value for event in self.sink.events]

    def lose_lease(self) -> None:
        """Let another process take over."""
        assert self.sink.leases.take("other", seen=self.sink.leases.read()) is not None
