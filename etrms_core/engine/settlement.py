"""What to make of a sent intent after a look at the venue. A failed look changes nothing.

A client order id does not make an order idempotent: venues know it only while the order is open.
So an order whose fate is unknown is looked for, and sent again only when its deadline has passed
at the venue, two looks after it have found nothing, and it can only take risk away.

A close of the desk's own that the venue refuses stays open and is sent again under the same id,
ever more seldom but without end: attempts and deadline are stored, so a restart changes nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from etrms_core.domain.intents import Intent, IntentState, Origin, SubmitOrder
from etrms_core.domain.order import Order, OrderStatus, OrderType, Rejection
from etrms_core.engine.intent_events import order_sentence

LOOKS_NEEDED = 2
LONGEST_BACK_OFF = timedelta(seconds=30)
ENDED_EMPTY = frozenset({OrderStatus.CANCELED, OrderStatus.EXPIRED})
OWN = frozenset({Origin.BREAKER, Origin.KILL_SWITCH})


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
    our own earlier attempt: a look will find it. A close of the desk's own is tried again.
    """
    is_late = code == Rejection.EXPIRED and intent.is_protective
    if is_late or (code == Rejection.DUPLICATE_ID and intent.attempts > 1):
        return replace(intent, detail=reason)
    if _is_own_close(intent) and code != Rejection.DUPLICATE_ID:
        text = f"not closed, the venue refuses it: {reason}; the desk goes on trying"
        # The venue's own word counts as much as the looks that find nothing.
        return replace(intent, misses=LOOKS_NEEDED, detail=text)
    return replace(intent, state=IntentState.REFUSED, detail=reason)


def is_refused_for_now(intent: Intent) -> bool:
    """Whether the venue has said no and the order waits for its next try."""
    return intent.state is IntentState.SENT and intent.misses >= LOOKS_NEEDED


def back_off(attempts: int) -> timedelta:
    """Time from a refused attempt to the next one: 1, 2, 4, 8, 16 and then 30 seconds."""
    return min(timedelta(seconds=2 ** min(max(attempts - 1, 0), 5)), LONGEST_BACK_OFF)


def after_look(
    intent: Intent, found: Order | None, *, now: datetime, patience: Patience = DEFAULT_PATIENCE
) -> Intent:
    """Settle a sent order by what the venue shows under its id, or note that it shows nothing.

    It comes back as DECIDED when it is to be sent again.
    """
    if found is not None:
        return _adopted(intent, found)
    if is_refused_for_now(intent):
        return _tried_again(intent, now, patience)
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


def _is_own_close(intent: Intent) -> bool:
    if not isinstance(intent.action, SubmitOrder) or intent.origin not in OWN:
        return False
    request = intent.action.request
    return intent.is_protective and request.order_type is OrderType.MARKET


def _tried_again(intent: Intent, now: datetime, patience: Patience) -> Intent:
    if intent.deadline_at is not None:
        sent_at = intent.deadline_at - patience.receive_window
        if now < sent_at + back_off(intent.attempts):
            return intent
    return replace(intent, state=IntentState.DECIDED, misses=0)


def _adopted(intent: Intent, order: Order) -> Intent:
    text = f"found at the venue: {order_sentence(order)}"
    if order.status in ENDED_EMPTY and order.filled_quantity == 0.0:
        text = f"found at the venue, {order.status.value} without a fill"
        return replace(intent, state=IntentState.ABANDONED, detail=text)
    return replace(intent, state=IntentState.DONE, detail=text)
