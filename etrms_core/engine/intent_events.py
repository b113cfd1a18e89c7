"""What came of an intent, in sentences."""

from collections.abc import Sequence
from datetime import datetime

from etrms_core.domain.commands import Cause
from etrms_core.domain.events import (
    BreakerEvent,
    BreakerEventKind,
    DeskEvent,
    DeskEventKind,
    Event,
)
from etrms_core.domain.intents import (
    Action,
    CancelById,
    ChangeLeverage,
    Intent,
    IntentState,
    SubmitOrder,
)
from etrms_core.domain.order import Order

BREAKER_KINDS = {
    IntentState.DONE: BreakerEventKind.ACTED,
    IntentState.REFUSED: BreakerEventKind.ERROR,
    IntentState.ABANDONED: BreakerEventKind.ERROR,
}
DESK_KINDS = {
    IntentState.DONE: DeskEventKind.ORDER_SETTLED,
    IntentState.REFUSED: DeskEventKind.ORDER_REFUSED,
    IntentState.ABANDONED: DeskEventKind.ORDER_ABANDONED,
    IntentState.SENT: DeskEventKind.ORDER_UNKNOWN,
}


def intent_events(intent: Intent, *, now: datetime) -> tuple[Event, ...]:
    """Say how an intent stands: once per cause for a breaker's, else as an event of the desk."""
    kind = BREAKER_KINDS.get(intent.state)
    if intent.causes and kind is not None:
        return cause_events(intent.causes, kind, intent.detail, now)
    is_told = intent.state is IntentState.DONE
    text = intent.detail if is_told else f"{describe(intent.action)}: {intent.detail}"
    return (DeskEvent(now, DESK_KINDS[intent.state], intent.account, text),)


def cause_events(
    causes: Sequence[Cause], kind: BreakerEventKind, detail: str, now: datetime
) -> tuple[BreakerEvent, ...]:
    """One event per cause."""
    return tuple(
        BreakerEvent(
            occurred_at=now,
            kind=kind,
            rule_id=cause.rule_id,
            breaker=cause.rule_name,
            scope=cause.scope,
            value=None,
            threshold=cause.threshold,
            action=cause.action,
            detail=detail,
        )
        for cause in causes
    )


def describe(action: Action) -> str:
    """Say what an action is."""
    match action:
        case SubmitOrder(request=request):
            reducing = "reduce-only " if request.reduce_only else ""
            size = f"{request.quantity:g} {request.symbol} on {request.account}"
            return f"{reducing}{request.order_type.value} {request.side.value} {size}"
        case CancelById(account=account, client_order_ids=ids):
            return f"cancel {len(ids)} orders of {account}"
        case ChangeLeverage(account=account, symbol=symbol, leverage=leverage):
            return f"leverage of {account}:{symbol} to {leverage:g}"


def order_sentence(order: Order) -> str:
    """Say what a venue did with an order."""
    request = order.request
    level = "" if request.trigger_price is None else f" at {request.trigger_price:g}"
    return f"{describe(SubmitOrder(request))}{level}{_filled(order)}"


def _filled(order: Order) -> str:
    if order.average_price is None:
        return ""
    is_partial = order.filled_quantity < order.request.quantity
    part = f" {order.filled_quantity:g} of it" if is_partial else ""
    return f", filled{part} at {order.average_price:g}"
