"""Small valid intents."""

from dataclasses import replace
from typing import Any

from etrms_core.domain.intents import Intent, IntentState, Origin, SubmitOrder
from etrms_core.domain.order import Order, OrderRequest, OrderSide, OrderStatus, OrderType
from tests.builders import NOW


def make_request(**changes: Any) -> OrderRequest:  # noqa: ANN401 (any field)
    """Build a reduce-only market order to sell 1 BTCUSDT on `main`."""
    request = OrderRequest(
        client_order_id="et-test-breaker-1",
        account="main",
        symbol="BTCUSDT",
        side=OrderSide.SELL,
        order_type=OrderType.MARKET,
        quantity=1.0,
        reduce_only=True,
    )
    return replace(request, **changes)


def make_intent(
    request: OrderRequest | None = None,
    *,
    state: IntentState = IntentState.DECIDED,
    origin: Origin = Origin.BREAKER,
    **changes: Any,  # noqa: ANN401 (any field)
) -> Intent:
    """Build an intent to send an order, decided at `NOW`."""
    order = request or make_request()
    intent = Intent(
        intent_id=order.client_order_id,
        action=SubmitOrder(order),
        origin=origin,
        decided_at=NOW,
        state=state,
    )
    return replace(intent, **changes)


def make_order(
    request: OrderRequest | None = None,
    *,
    status: OrderStatus = OrderStatus.FILLED,
    filled_quantity: float = 1.0,
) -> Order:
    """Build an order as a venue shows it."""
    return Order(
        order_id="7",
        request=request or make_request(),
        status=status,
        created_at=NOW,
        filled_quantity=filled_quantity,
        average_price=100.0 if filled_quantity else None,
    )
