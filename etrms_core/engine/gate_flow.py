"""Order flow of the pre-trade gate: how old the account is, how many orders, and which twice."""

from datetime import datetime

from etrms_core.domain.order import OrderRequest
from etrms_core.engine.gate_context import (
    GateContext,
    Refusal,
    RefusedOrder,
    is_reduction,
    order_words,
)

RATE_SECONDS = 60.0


def refuse_stale_account(request: OrderRequest, context: GateContext) -> RefusedOrder | None:
    """Refuse new risk on an account that nobody has read lately."""
    account = context.account
    if account is None or account.observed_at is None:
        text = f"{request.account} could not be read yet, so {order_words(request)} is not sent"
        return RefusedOrder(Refusal.ACCOUNT_STALE, text)
    age = seconds_apart(account.observed_at, context.now)
    if age <= context.stale_after_seconds:
        return None
    return RefusedOrder(
        Refusal.ACCOUNT_STALE,
        f"{request.account} was read {age:.1f} s ago, longer than "
        f"{context.stale_after_seconds:g} s, so {order_words(request)} is not sent",
    )


def refuse_too_many(request: OrderRequest, context: GateContext) -> RefusedOrder | None:
    """Refuse an order that adds risk when a minute has seen enough of them.

    Reductions never come here, and do not count either.
    """
    bound = context.limits.maximum_orders_per_minute
    sent = sum(
        seconds_apart(each.sent_at, context.now) < RATE_SECONDS
        and not is_reduction(each.request)
        and each.request.client_order_id != request.client_order_id
        for each in context.recent
    )
    if bound is None or sent < bound:
        return None
    return RefusedOrder(
        Refusal.ORDER_RATE,
        f"{order_words(request)} would be entry order {sent + 1} within a minute, of at most "
        f"{bound}; reductions are not counted",
    )


def refuse_duplicate(request: OrderRequest, context: GateContext) -> RefusedOrder | None:
    """Refuse an order that says what another one said a moment ago."""
    window = context.limits.duplicate_window_seconds
    for each in context.recent:
        age = seconds_apart(each.sent_at, context.now)
        if (
            age < window
            and _content(each.request) == _content(request)
            and each.request.client_order_id != request.client_order_id
        ):
            return RefusedOrder(
                Refusal.DUPLICATE,
                f"{order_words(request)} is the same as {each.request.client_order_id} of "
                f"{age:.2f} s ago; the same order may come again after {window:g} s",
            )
    return None


def seconds_apart(moment: datetime, now: datetime) -> float:
    """Distance of two moments; one that lies ahead, since the clock was set back, is apart too."""
    return abs((now - moment).total_seconds())


def _content(request: OrderRequest) -> tuple[object, ...]:
    return (
        request.account,
        request.symbol,
        request.side,
        request.position_side,
        request.order_type,
        request.quantity,
        request.price,
        request.trigger_price,
        request.callback_fraction,
    )
