"""What to make of a sent intent after a look at the venue. A failed look changes nothing.

A client order id does not make an order idempotent: venues know it only while the order is open.
So an order whose fate is unknown is looked for, and sent again only when its deadline has passed
at the venue, two looks after it have found nothing, and it can only take risk away.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from etrms_core.domain.intents import Intent, IntentState
from etrms_core.domain.order import Order, OrderStatus, Rejection
from etrms_core.engine.intent_events import order_sentence

LOOKS_NEEDED = 2
ENDED_EMPTY = frozenset({OrderStatus.CANCELED, OrderStatus.EXPIRED})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the fate of a request stays open.

    Attributes
    ----------
    receive_window : timedelta
        From sending to the deadline after which the venue does not take it any more.
    margin : timedelta
        Added before a look that finds nothing counts: clocks differ, and a venue may be late to
        show what it took.
    """

    receive_window: timedelta = timedelta(seconds=5)
    margin: timedelta = timedelta(seconds=2)


DEFAULT_PATIENCE = Patience()


def mark_sent(intent: Intent, *, now: datetime, patience: Patience = DEFAULT_PATIENCE) -> Intent:
    """Note an attempt with its deadline, to be stored right before it is made."""
    return replace(
        intent,
        state=IntentState.SENT,
        attempts=intent.attempts + 1,
        deadline_at=now + patience.receive_window,
        misses=0,
        detail="sent, no answer yet",
    )


def after_answer(intent: Intent, order: Order) -> Intent:
    """Note that the venue took the order."""
    return replace(intent, state=IntentState.DONE, detail=order_sentence(order))


def after_rejection(intent: Intent, *, code: str, reason: str) -> Intent:
    """Note that the venue did not take it.

    An order that came too late is looked for like one without an answer. An id that is in use is
    our own earlier attempt: a look will find it.
    """
    is_late = code == Rejection.EXPIRED and intent.is_protective
    if is_late or (code == Rejection.DUPLICATE_ID and intent.attempts > 1):
        return replace(intent, detail=reason)
    return replace(intent, state=IntentState.REFUSED, detail=reason)


def after_look(
    intent: Intent, found: Order | None, *, now: datetime, patience: Patience = DEFAULT_PATIENCE
) -> Intent:
    """Settle a sent order by what the venue shows under its id, or note that it shows nothing.

    It comes back as DECIDED when it is to be sent again.
    """
    if found is not None:
        return _adopted(intent, found)
    if intent.deadline_at is None or now < intent.deadline_at + patience.margin:
        return intent
    misses = intent.misses + 1
    if misses < LOOKS_NEEDED:
        return replace(intent, misses=misses)
    if intent.is_protective:
        text = "the venue never took it; it is sent again"
        return replace(intent, state=IntentState.DECIDED, misses=0, detail=text)
    text = "the venue never took it; an order that adds risk is not sent again"
    return replace(intent, state=IntentState.ABANDONED, misses=misses, detail=text)


def _adopted(intent: Intent, order: Order) -> Intent:
    text = f"found at the venue: {order_sentence(order)}"
    if order.status in ENDED_EMPTY and order.filled_quantity == 0.0:
        text = f"found at the venue, {order.status.value} without a fill"
        return replace(intent, state=IntentState.ABANDONED, detail=text)
    return replace(intent, state=IntentState.DONE, detail=text)
