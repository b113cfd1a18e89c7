"""The pre-trade gate: every order meets it right before it leaves the desk.

Orders that may add risk meet all checks, reductions those of `gate_reduction`. A comparison passes
only when it holds, so that a number which is unknown or no number never lets an order out.
"""

from collections.abc import Callable
from math import isfinite

from etrms_core.domain.intents import ChangeLeverage
from etrms_core.domain.order import OrderRequest
from etrms_core.engine.gate_context import (
    GateContext,
    RecentOrder,
    Refusal,
    RefusedOrder,
    is_reduction,
    order_words,
)
from etrms_core.engine.gate_flow import refuse_duplicate, refuse_stale_account, refuse_too_many
from etrms_core.engine.gate_prices import refuse_beyond_collar, refuse_without_mark
from etrms_core.engine.gate_reduction import capped_quantity, check_reduction
from etrms_core.engine.gate_sizes import refuse_leverage, refuse_order_size, refuse_position_size
from etrms_core.engine.restrictions import OrderScope, refusal

__all__ = [
    "GateContext",
    "RecentOrder",
    "Refusal",
    "RefusedOrder",
    "capped_quantity",
    "check_leverage",
    "check_order",
    "is_reduction",
]

Check = Callable[[OrderRequest, GateContext], RefusedOrder | None]


def check_order(request: OrderRequest, context: GateContext) -> RefusedOrder | None:
    """Say why an order may not leave the desk; None when it may."""
    checks = (_refuse_no_number, check_reduction) if is_reduction(request) else ENTRY_CHECKS
    for check in checks:
        refused = check(request, context)
        if refused is not None:
            return refused
    return None


def check_leverage(change: ChangeLeverage, context: GateContext) -> RefusedOrder | None:
    """Say why the leverage of a symbol may not be set; None when it may.

    What lowers the leverage of an open position passes, even to more than the limits allow.
    """
    wanted = change.leverage
    if not (isfinite(wanted) and wanted > 0.0):
        text = f"the leverage of {change.symbol} is a number above 0, was {wanted}"
        return RefusedOrder(Refusal.NOT_A_NUMBER, text)
    if wanted <= _present_leverage(change, context):
        return None
    if context.instrument is None:
        return RefusedOrder(Refusal.UNKNOWN_SYMBOL, f"{change.account} lists no {change.symbol}")
    limits, venue = context.limits.maximum_leverage, context.instrument.maximum_leverage
    bound = venue if limits is None else min(limits, venue)
    if wanted <= bound:
        return None
    text = f"leverage {wanted:g} of {change.symbol} is above the {bound:g} that is allowed"
    return RefusedOrder(Refusal.LEVERAGE, text)


def _present_leverage(change: ChangeLeverage, context: GateContext) -> float:
    positions = () if context.account is None else context.account.positions
    known = [
        position.leverage
        for position in positions
        if position.symbol == change.symbol and position.leverage is not None
    ]
    return min(known, default=0.0)


def _refuse_restricted(request: OrderRequest, context: GateContext) -> RefusedOrder | None:
    venue = "" if context.account is None else context.account.venue
    scope = OrderScope(venue, request.symbol, context.strategy)
    why_not = refusal(context.restrictions, scope, adds_risk=True)
    return None if why_not is None else RefusedOrder(Refusal.TRADING_RESTRICTED, why_not)


def _refuse_unrecorded(request: OrderRequest, context: GateContext) -> RefusedOrder | None:
    if context.storage_trouble is None:
        return None
    text = f"{order_words(request)} cannot be recorded: {context.storage_trouble}"
    return RefusedOrder(Refusal.STORAGE_TROUBLE, text)


def _refuse_symbol(request: OrderRequest, context: GateContext) -> RefusedOrder | None:
    if context.instrument is None:
        text = f"{request.account} lists no {request.symbol}"
        return RefusedOrder(Refusal.UNKNOWN_SYMBOL, text)
    allowed = context.limits.symbols
    if allowed is None or request.symbol in allowed:
        return None
    text = f"{request.symbol} may not be entered, only {', '.join(allowed) or 'nothing'}"
    return RefusedOrder(Refusal.SYMBOL_NOT_ALLOWED, text)


def _refuse_no_number(request: OrderRequest, context: GateContext) -> RefusedOrder | None:
    for name, value in (
        ("price", request.price),
        ("trigger_price", request.trigger_price),
        ("reserved quantity", context.reserved),
    ):
        if value is not None and not isfinite(value):
            text = f"{order_words(request)} has a {name} that is no number, was {value}"
            return RefusedOrder(Refusal.NOT_A_NUMBER, text)
    return None


ENTRY_CHECKS: tuple[Check, ...] = (
    _refuse_restricted,
    _refuse_unrecorded,
    _refuse_symbol,
    _refuse_no_number,
    refuse_stale_account,
    refuse_without_mark,
    refuse_beyond_collar,
    refuse_order_size,
    refuse_position_size,
    refuse_leverage,
    refuse_too_many,
    refuse_duplicate,
)
