"""Taking, cancelling and remembering orders of a paper account."""

from collections.abc import Mapping
from datetime import datetime

from etrms_core.adapters.exchanges.paper.order_checks import (
    REMEMBERED_ORDERS,
    check_order,
    reject,
)
from etrms_core.adapters.exchanges.paper.resting_orders import end_order
from etrms_core.adapters.exchanges.paper.state import PaperState, RestingOrder
from etrms_core.adapters.exchanges.paper.terms import PaperTerms
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.order import Order, OrderRequest, OrderStatus, OrderType, Rejection


def opened_account(instruments: Mapping[str, Instrument], terms: PaperTerms) -> PaperState:
    """Return an empty account with the terms' leverage, as far as each contract allows it."""
    state = PaperState()
    list_new_contracts(state, instruments, terms)
    return state


def list_new_contracts(
    state: PaperState, instruments: Mapping[str, Instrument], terms: PaperTerms
) -> None:
    """Give the contracts that an account has not known the terms' leverage."""
    for symbol, instrument in instruments.items():
        leverage = min(terms.default_leverage, instrument.maximum_leverage)
        state.leverage.setdefault(symbol, leverage)


def place_order(
    state: PaperState,
    request: OrderRequest,
    instruments: Mapping[str, Instrument],
    terms: PaperTerms,
    *,
    touch: float | None,
    at: datetime,
) -> Order:
    """Check an order and put it on the book.

    `touch` is the best price of the other side, quote currency; None without a market.
    """
    check_order(state, request, instruments, touch=touch, taker_fee=terms.taker_fee)
    order = Order(
        order_id=state.next_id("o"), request=request, status=OrderStatus.NEW, created_at=at
    )
    is_trailing = request.order_type is OrderType.TRAILING_STOP_MARKET
    best = state.marks[request.symbol] if is_trailing else None
    state.orders[request.client_order_id] = RestingOrder(order, best)
    # An id that is used again counts from now on when the oldest are forgotten.
    state.used_ids.pop(request.client_order_id, None)
    state.used_ids[request.client_order_id] = order
    if len(state.used_ids) > REMEMBERED_ORDERS:
        _forget_oldest(state)
    return order


def cancel_order(state: PaperState, client_order_id: str) -> Order:
    """Take an open order off the book."""
    if client_order_id not in state.orders:
        raise reject(Rejection.UNKNOWN_ORDER, f"no open order has the id {client_order_id}")
    return end_order(state, client_order_id, OrderStatus.CANCELED)


def clear_news(state: PaperState) -> None:
    """Forget the news that were stored or collected."""
    state.news_fills.clear()
    state.news_orders.clear()
    state.news_flows.clear()
    state.news_funding.clear()


def _forget_oldest(state: PaperState) -> None:
    for client_id, order in list(state.used_ids.items()):
        if not order.is_open:
            del state.used_ids[client_id]
            return
