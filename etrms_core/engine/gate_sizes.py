"""Sizes of the pre-trade gate: one order, one position, the leverage of the whole."""

from collections.abc import Sequence
from math import isnan, nan

from etrms_core.domain.account import AccountState
from etrms_core.domain.order import OrderRequest
from etrms_core.engine.gate_context import (
    GateContext,
    RecentOrder,
    Refusal,
    RefusedOrder,
    is_reduction,
    order_words,
    position_of,
)
from etrms_core.engine.gate_prices import mark_of
from etrms_core.risk.position_table import asset_prices


def refuse_order_size(request: OrderRequest, context: GateContext) -> RefusedOrder | None:
    """Refuse an order of too much notional."""
    bound = context.limits.maximum_order_notional
    notional = request.quantity * unit_value(request, context)
    if bound is None or notional <= bound:
        return None
    return RefusedOrder(
        Refusal.ORDER_NOTIONAL,
        f"{order_words(request)} is {usd(notional)}, above the {usd(bound)} that one order may be",
    )


def refuse_position_size(request: OrderRequest, context: GateContext) -> RefusedOrder | None:
    """Refuse an order after which, with those that rest beside it, the position is too large."""
    bound = context.limits.maximum_position_notional
    notional = quantities(request, context)[1] * unit_value(request, context)
    if bound is None or notional <= bound:
        return None
    return RefusedOrder(
        Refusal.POSITION_NOTIONAL,
        f"{order_words(request)} could make the position {usd(notional)}, above the "
        f"{usd(bound)} that one position may be",
    )


def refuse_leverage(request: OrderRequest, context: GateContext) -> RefusedOrder | None:
    """Refuse an order after which gross notional over equity is too high."""
    bound = context.limits.maximum_leverage
    if bound is None:
        return None
    leverage = leverage_after(request, context)
    if leverage <= bound:
        return None
    return RefusedOrder(
        Refusal.LEVERAGE,
        f"{order_words(request)} could make gross notional {_times(leverage)} the equity of "
        f"{usd(context.equity)}, above {bound:g} times",
    )


def leverage_after(request: OrderRequest, context: GateContext) -> float:
    """Gross notional over equity after the order; NaN when either is unknown or no equity left.

    The worst is that of every leg all orders of one direction fill: this one, and what was let out
    on any account since that was read.
    """
    equity, gross = context.equity, context.gross_notional
    if equity is None or gross is None or not equity > 0.0:
        return nan
    before, after = quantities(request, context)
    own = (after - before) * unit_value(request, context)
    return (gross + _added_by_all(request, own, context.unread)) / equity


def added_notional(request: OrderRequest, context: GateContext) -> float:
    """By how much an order alone could enlarge its position, USD; 0 for a reduction."""
    if is_reduction(request):
        return 0.0
    held, waiting = _held_and_waiting(request, context)
    added = abs(held + waiting + request.signed_quantity) - abs(held + waiting)
    return _larger(0.0, added * unit_value(request, context))


def quantities(request: OrderRequest, context: GateContext) -> tuple[float, float]:
    """Size of the position before the order, and at worst after it, base units.

    The worst is that all orders of its direction fill: those that rest, those that were sent since
    the account was read, and this one.
    """
    held, waiting = _held_and_waiting(request, context)
    return abs(held), abs(held + waiting + request.signed_quantity)


def unit_value(request: OrderRequest, context: GateContext) -> float:
    """USD of one base unit, at the highest of the mark and the order's own prices; NaN unknown."""
    if context.account is None or context.instrument is None:
        return nan
    own = tuple(price for price in (request.price, request.trigger_price) if price is not None)
    rate = asset_prices(context.account).get(context.instrument.quote_asset, nan)
    return max((mark_of(context), *own)) * rate


def usd(amount: float | None) -> str:
    """Write money, `an unknown amount` where nobody knows it."""
    return f"{amount:,.2f} USD" if amount is not None and not isnan(amount) else "an unknown amount"


def _held_and_waiting(request: OrderRequest, context: GateContext) -> tuple[float, float]:
    if context.account is None:
        return nan, nan
    position = position_of(context.account, request)
    waiting = sum(
        each.side.sign * quantity
        for each, quantity in _waiting(context.account, context.recent)
        if _direction(each) == _direction(request)
        and not is_reduction(each)
        and each.client_order_id != request.client_order_id
    )
    return 0.0 if position is None else position.quantity, waiting


def _added_by_all(request: OrderRequest, own: float, unread: Sequence[RecentOrder]) -> float:
    added = {_direction(request): own}
    for each in unread:
        way = _direction(each.request)
        # What goes the way of this order is part of `own` already.
        if way != _direction(request) and not is_reduction(each.request):
            added[way] = added.get(way, 0.0) + each.added_notional
    legs: dict[tuple[str, ...], float] = {}
    for (*leg, _), amount in added.items():
        legs[tuple(leg)] = _larger(legs.get(tuple(leg), amount), amount)
    return sum(legs.values())


def _larger(one: float, other: float) -> float:
    return one if isnan(one) or one > other else other


def _times(leverage: float) -> str:
    return "an unknown multiple of" if isnan(leverage) else f"{leverage:.4g} times"


def _direction(request: OrderRequest) -> tuple[str, ...]:
    return request.account, request.symbol, request.position_side, request.side


def _waiting(
    account: AccountState, recent: Sequence[RecentOrder]
) -> list[tuple[OrderRequest, float]]:
    resting = [(each.request, each.remaining_quantity) for each in account.orders if each.is_open]
    shown = {request.client_order_id for request, _ in resting}
    read_at = account.observed_at
    unseen = [
        (each.request, each.request.quantity)
        for each in recent
        if each.request.client_order_id not in shown
        and (read_at is None or each.sent_at >= read_at)
    ]
    return resting + unseen
