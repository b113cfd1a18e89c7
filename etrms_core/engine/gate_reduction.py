"""What the pre-trade gate asks of orders that take risk away."""

from math import isfinite

from etrms_core.domain.account import Position
from etrms_core.domain.order import OrderRequest, OrderType
from etrms_core.engine.gate_context import (
    CLOSES,
    GateContext,
    Refusal,
    RefusedOrder,
    order_words,
    position_of,
)
from etrms_core.engine.gate_prices import refuse_beyond_collar, refuse_without_mark
from etrms_core.kernels.rounding import floor_to_step

# Quantities are decimal numbers in doubles: what is off by this share of the position is equal.
ROUNDING = 1e-9


def check_reduction(request: OrderRequest, context: GateContext) -> RefusedOrder | None:
    """Refuse a reduction that reduces nothing, or more than is left, or gives its price away.

    An account that was never read refutes nothing: the venue's own reduce-only rule decides there.
    """
    refused = _refuse_wrong_leg(request) or _refuse_too_much(request, context)
    if refused is not None or request.order_type is not OrderType.LIMIT:
        return refused
    return refuse_without_mark(request, context) or refuse_beyond_collar(request, context)


def capped_quantity(
    request: OrderRequest, position: Position | None, reserved: float, lot_size: float
) -> float:
    """Return how much of a reduction can still be sent.

    Parameters
    ----------
    position : Position or None
        What the order acts on, as the venue shows it; None when flat.
    reserved : float
        Base units of it that other orders in flight take already.
    lot_size : float
        Base units; 0 rounds nothing.

    Returns
    -------
    float
        The quantity, at most what is left of the position, rounded down to lots; 0 when nothing is
        left, when the order would not reduce, or when a number is unknown.
    """
    left = _left(request, position, reserved)
    if not (left > 0.0 and lot_size >= 0.0):
        return 0.0
    return float(floor_to_step(min(request.quantity, left), lot_size))


def _left(request: OrderRequest, position: Position | None, reserved: float) -> float:
    if position is None or position.quantity * request.side.sign >= 0.0:
        return 0.0
    if not (isfinite(reserved) and reserved >= 0.0):
        return 0.0
    return max(abs(position.quantity) - reserved, 0.0)


def _refuse_wrong_leg(request: OrderRequest) -> RefusedOrder | None:
    closing = CLOSES.get(request.position_side, request.side)
    if request.side is closing:
        return None
    return RefusedOrder(
        Refusal.NOT_REDUCING,
        f"{order_words(request)} would enlarge the {request.position_side.value} leg; "
        f"only a {closing.value} reduces it",
    )


def _refuse_too_much(request: OrderRequest, context: GateContext) -> RefusedOrder | None:
    account = context.account
    if account is None or account.observed_at is None:
        return None
    position = position_of(account, request)
    held = 0.0 if position is None else position.quantity
    left = _left(request, position, context.reserved)
    if left > 0.0 and request.quantity <= left + ROUNDING * abs(held):
        return None
    return RefusedOrder(
        Refusal.NOT_REDUCING,
        f"{order_words(request)} would reduce more than is left: {request.account} holds "
        f"{held:g}, of which orders in flight take {context.reserved:g}",
    )
