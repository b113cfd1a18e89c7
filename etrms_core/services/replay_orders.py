"""Orders of a replay: planned, checked and sent as live, written down in memory only."""

from collections.abc import Sequence
from datetime import UTC, datetime

from etrms_core.domain.account import AccountState
from etrms_core.domain.commands import Command
from etrms_core.domain.events import BreakerEvent, Event
from etrms_core.domain.intents import Intent
from etrms_core.domain.lease import Lease
from etrms_core.engine.intent_planning import Desk, plan_intents
from etrms_core.engine.ports import BarVenue
from etrms_core.services.order_desk import OrderDesk

DESK_ID = "rply"
LEASE = Lease("replay", 1)


class ReplayOrders:
    """Carries out the commands of one cycle at a venue that lives on bars."""

    def __init__(self, venue: BarVenue) -> None:
        self._venue = venue
        self._now = datetime.min.replace(tzinfo=UTC)
        self._notebook = _Notebook()
        self._orders = OrderDesk(
            {venue.account: venue},
            sink=self._notebook,
            gate=_ReductionsOnly(),
            lease=LEASE,
            clock=lambda: self._now,
            desk_id=DESK_ID,
        )

    def execute(
        self, commands: Sequence[Command], seen: AccountState, *, now: datetime
    ) -> list[BreakerEvent]:
        """Carry out what the breakers decided on the account as it was seen."""
        if not commands:
            return []
        self._now = now
        account = self._venue.account
        desk = Desk(DESK_ID, {account: seen}, {account: self._venue.instruments()})
        intents, events = plan_intents(commands, desk, now=now)
        done = list(events)
        for intent in intents:
            self._notebook.add_intent(intent, lease=LEASE)
            _, told = self._orders.advance(intent)
            done += [event for event in told if isinstance(event, BreakerEvent)]
        return done


class _Notebook:
    """Intents of a replay; the checkpoint of the whole run is what survives."""

    def __init__(self) -> None:
        self._open: dict[str, Intent] = {}

    def add_intent(self, intent: Intent, *, lease: Lease) -> bool:
        self._open[intent.intent_id] = intent
        return True

    def update_intent(self, intent: Intent, *, lease: Lease) -> None:
        self._open[intent.intent_id] = intent
        if not intent.is_open:
            del self._open[intent.intent_id]

    def find_intent(self, intent_id: str) -> Intent | None:
        return self._open.get(intent_id)

    def append_events(self, events: Sequence[Event]) -> None:
        """Breakers' events go with the replay's state."""


class _ReductionsOnly:
    """Breakers only take risk away, and bars know no order rate, collar or duplicate."""

    def require(self, intent: Intent) -> Intent:
        if not intent.is_protective:
            raise AssertionError(f"a breaker adds no risk, was {intent}")
        return intent
