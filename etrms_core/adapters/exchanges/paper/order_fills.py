"""What a market gives an order, and what is left of the order then."""

from dataclasses import dataclass, replace
from datetime import datetime

from etrms_core.adapters.exchanges.paper.liquidations import bearable_price
from etrms_core.adapters.exchanges.paper.order_margin import backed_quantity
from etrms_core.adapters.exchanges.paper.resting_orders import (
    closable_quantity,
    end_order,
    expire_orders,
    expire_stranded,
    leg_of,
)
from etrms_core.adapters.exchanges.paper.settlement import Execution, settle_fill
from etrms_core.adapters.exchanges.paper.state import PaperState
from etrms_core.adapters.exchanges.paper.terms import PaperTerms, Venue
from etrms_core.domain.order import Order, OrderRequest, OrderStatus, OrderType
from etrms_core.kernels.account import trading_fee
from etrms_core.kernels.rounding import floor_to_step

BREAKER_TAG = "breaker"
FULL = 1.0 - 1e-12
REASONS = {
    OrderType.STOP_MARKET: "stop_loss",
    OrderType.TAKE_PROFIT_MARKET: "take_profit",
    OrderType.TRAILING_STOP_MARKET: "trailing_stop",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """What the market gives an order now: unsigned base units at a price in quote currency."""

    quantity: float
    price: float
    is_maker: bool = False


def fillable_quantity(state: PaperState, order: Order) -> float:
    """Return the base units that an order can still fill; reduce-only ends at the position."""
    if order.request.reduce_only:
        return min(order.remaining_quantity, closable_quantity(state, order.request))
    return order.remaining_quantity


def fill_order(
    state: PaperState, client_order_id: str, offer: Offer, *, venue: Venue, at: datetime
) -> Order:
    """Fill a resting order in part or whole; a reduce-only one never beyond the live position.

    An entry is cut to the lots that margin backs at the price, and then its rest expires.
    Reduce-only orders that have nothing left to reduce afterwards expire, this one included.
    """
    order = state.orders[client_order_id].order
    wanted = min(offer.quantity, fillable_quantity(state, order))
    quantity = _cut_to_margin(state, order, replace(offer, quantity=wanted), venue)
    if quantity > 0.0:
        _execute(state, order, replace(offer, quantity=quantity), venue=venue, at=at)
    if quantity < wanted * FULL or wanted <= 0.0:
        expire_orders(state, lambda request: request.client_order_id == client_order_id)
    expire_stranded(state, leg_of(order.request))
    return state.used_ids[client_order_id]


def _cut_to_margin(state: PaperState, order: Order, offer: Offer, venue: Venue) -> float:
    fee_rate = _fee_rate(offer, venue.terms)
    backed = backed_quantity(state, order, offer.quantity, price=offer.price, fee_rate=fee_rate)
    if backed >= offer.quantity:
        return offer.quantity
    return float(floor_to_step(backed, venue.lot_size(order.request.symbol)))


def _execute(state: PaperState, order: Order, offer: Offer, *, venue: Venue, at: datetime) -> None:
    request = order.request
    leg, change = leg_of(request), request.side.sign * offer.quantity
    price = bearable_price(state, leg, change, offer.price)
    execution = Execution(
        quantity=change,
        price=price,
        fee=trading_fee(offer.quantity, price, _fee_rate(offer, venue.terms)),
        at=at,
        reason=_reason(request),
        client_order_id=request.client_order_id,
        is_maker=offer.is_maker,
    )
    settle_fill(state, leg, execution)
    _count_fill(state, order, replace(offer, price=price))


def _fee_rate(offer: Offer, terms: PaperTerms) -> float:
    return terms.maker_fee if offer.is_maker else terms.taker_fee


def _count_fill(state: PaperState, order: Order, given: Offer) -> None:
    filled = order.filled_quantity + given.quantity
    paid = (order.average_price or 0.0) * order.filled_quantity + given.price * given.quantity
    updated = replace(
        order,
        filled_quantity=filled,
        average_price=paid / filled,
        status=OrderStatus.PARTIALLY_FILLED,
    )
    client_id = order.request.client_order_id
    state.orders[client_id].order = updated
    state.used_ids[client_id] = updated
    if filled >= order.request.quantity * FULL:
        end_order(state, client_id, OrderStatus.FILLED)


def _reason(request: OrderRequest) -> str:
    named = REASONS.get(request.order_type)
    if named is not None:
        return named
    return BREAKER_TAG if f"-{BREAKER_TAG}-" in request.client_order_id else "signal"
