"""Orders and the desk that they meet at the gate, which passes what a test does not forbid."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from etrms_core.domain.account import Position
from etrms_core.domain.identifiers import PositionSide
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.limits import Limits
from etrms_core.domain.order import Order, OrderRequest, OrderSide, OrderStatus, OrderType
from etrms_core.engine.gate import GateContext, RecentOrder, check_order
from tests.builders import NOW, make_account, make_position

BUY, SELL = OrderSide.BUY, OrderSide.SELL
NET, LONG, SHORT = PositionSide.NET, PositionSide.LONG, PositionSide.SHORT


def make_request(quantity: float = 1.0, side: OrderSide = BUY, **fields: Any) -> OrderRequest:  # noqa: ANN401
    """Build a market order of BTCUSDT in `main`, a limit order where a price is given."""
    kind = OrderType.LIMIT if "price" in fields else OrderType.MARKET
    standard: dict[str, Any] = {
        "client_order_id": "this",
        "account": "main",
        "symbol": "BTCUSDT",
        "order_type": kind,
    }
    return OrderRequest(side=side, quantity=quantity, **{**standard, **fields})


def make_context(*positions: Position, **fields: Any) -> GateContext:  # noqa: ANN401
    """Build a desk whose account was read just now at a mark of 100, with 1,000 USD of equity."""
    standard: dict[str, Any] = {
        "limits": Limits(maximum_orders_per_minute=None, duplicate_window_seconds=0.0),
        "restrictions": (),
        "account": make_account(*positions),
        "instrument": Instrument("BTCUSDT"),
        "mark_price": 100.0,
        "equity": 1000.0,
        "gross_notional": 0.0,
        "strategy": "manual",
        "recent": (),
        "now": NOW,
        "stale_after_seconds": 10.0,
    }
    return GateContext(**{**standard, **fields})


def with_limits(context: GateContext, **fields: Any) -> GateContext:  # noqa: ANN401
    """Change some limits."""
    return replace(context, limits=replace(context.limits, **fields))


def leg(quantity: float, side: PositionSide) -> Position:
    """Build a leg of hedge mode, `quantity` signed."""
    return replace(make_position(quantity=quantity), side=side)


def resting(request: OrderRequest, *, filled: float = 0.0) -> Order:
    """Build an order that waits at the venue."""
    return Order(
        order_id="1",
        request=request,
        status=OrderStatus.PARTIALLY_FILLED if filled else OrderStatus.NEW,
        created_at=NOW,
        filled_quantity=filled,
    )


def sent(request: OrderRequest, seconds_ago: float) -> RecentOrder:
    """Build an order that left the desk a while ago."""
    return RecentOrder(NOW - timedelta(seconds=seconds_ago), request)


def answer(request: OrderRequest, context: GateContext) -> tuple[str, str]:
    """Return code and sentence of the refusal, empty when the order passes."""
    refused = check_order(request, context)
    return ("", "") if refused is None else (refused.code.value, refused.sentence)


def code(request: OrderRequest, context: GateContext) -> str:
    """Return the code of the refusal, empty when the order passes."""
    return answer(request, context)[0]
