"""Carrying out open intents: every account in a thread of its own, in the order of decision."""

from collections.abc import Sequence
from dataclasses import replace

import structlog

from etrms_core.domain.events import Event
from etrms_core.domain.intents import Intent, IntentState
from etrms_core.engine.intent_events import intent_events
from etrms_core.engine.settlement import is_refused_for_now
from etrms_core.errors import EtrmsError
from etrms_core.services.errands import Errands, Returned
from etrms_core.services.order_desk import OrderDesk

log = structlog.get_logger(__name__)

Outcome = tuple[Event, ...]


class IntentRunner:
    """Advances intents account by account; a slow venue is left behind, and goes on by itself.

    Parameters
    ----------
    patience_seconds : float
        How long a round waits for the venues.
    """

    def __init__(self, orders: OrderDesk, *, patience_seconds: float = 2.0) -> None:
        self._orders = orders
        self._patience = patience_seconds
        self._errands: Errands[Outcome] = Errands()

    def hurry(self) -> None:
        """Let the present round wait no longer."""
        self._errands.hurry()

    def run(self, intents: Sequence[Intent]) -> list[Event]:
        """Advance these intents and return the events of all that have ended, also of earlier ones.

        An account that is still busy with an earlier round is asked again in the next one.
        """
        by_account: dict[str, list[Intent]] = {}
        for intent in intents:
            by_account.setdefault(intent.account, []).append(intent)
        for name, own in by_account.items():
            self._errands.start(name, lambda own=own: self._advance(own))  # type: ignore[misc]
        return _events(self._errands.collect(tuple(by_account), timeout_seconds=self._patience))

    def late(self) -> list[Event]:
        """Return the events of earlier rounds that ended after these were left behind."""
        return _events(self._errands.take())

    def _advance(self, intents: Sequence[Intent]) -> Outcome:
        events: list[Event] = []
        for intent in intents:
            try:
                events += _news(intent, *self._orders.advance(intent))
            except EtrmsError as error:
                # It stands as it is stored; what the others came to must not be lost with it.
                log.warning("an intent could not be advanced", id=intent.intent_id, why=str(error))
        return tuple(events)


def _news(before: Intent, after: Intent, events: Sequence[Event]) -> Sequence[Event]:
    """Tell of a close that a venue refuses once, as a refusal, however often it is tried."""
    if not (events and is_refused_for_now(after)):
        return events
    if is_refused_for_now(before):
        return ()
    refused = replace(after, state=IntentState.REFUSED)
    return intent_events(refused, now=events[0].occurred_at)


def _events(ended: Sequence[Returned[Outcome]]) -> list[Event]:
    return [event for returned in ended for event in returned.value or ()]
