"""Taking orders off the book of a paper account."""

from collections.abc import Callable
from dataclasses import replace

from etrms_core.adapters.exchanges.paper.state import LegKey, PaperState
from etrms_core.domain.order import Order, OrderRequest, OrderStatus


def end_order(state: PaperState, client_order_id: str, status: OrderStatus) -> Order:
    """Take an order off the book."""
    resting = state.orders.pop(client_order_id)
    ended = replace(resting.order, status=status)
    state.used_ids[client_order_id] = ended
    state.news_orders.append(ended)
    return ended


def expire_orders(state: PaperState, is_doomed: Callable[[OrderRequest], bool]) -> None:
    """Expire every resting order that `is_doomed` names."""
    for client_id, resting in list(state.orders.items()):
        if is_doomed(resting.order.request):
            end_order(state, client_id, OrderStatus.EXPIRED)


def expire_stranded(state: PaperState, leg: LegKey) -> None:
    """Expire the reduce-only orders of a leg that have nothing left to reduce."""
    expire_orders(
        state,
        lambda request: (
            request.reduce_only
            and leg_of(request) == leg
            and closable_quantity(state, request) == 0.0
        ),
    )


def leg_of(request: OrderRequest) -> LegKey:
    """Return the leg that an order changes."""
    return request.symbol, request.position_side


def closable_quantity(state: PaperState, request: OrderRequest) -> float:
    """Return the base units of the live position that an order points against."""
    position = state.positions.get(leg_of(request))
    if position is None or position.quantity * request.side.sign > 0.0:
        return 0.0
    return abs(position.quantity)
