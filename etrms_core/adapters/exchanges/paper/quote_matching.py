"""The paper exchange driven by quotes: what a tick does to an account."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from math import nan

import numpy as np

from etrms_core.adapters.exchanges.paper.liquidations import liquidate_broken_pools
from etrms_core.adapters.exchanges.paper.order_checks import is_marketable
from etrms_core.adapters.exchanges.paper.order_fills import Offer, fill_order, fillable_quantity
from etrms_core.adapters.exchanges.paper.order_margin import worst_price
from etrms_core.adapters.exchanges.paper.resting_orders import end_order
from etrms_core.adapters.exchanges.paper.settlement import settle_funding
from etrms_core.adapters.exchanges.paper.state import PaperState, RestingOrder
from etrms_core.adapters.exchanges.paper.terms import Venue
from etrms_core.domain.market_data import BookLevel, FundingSettlement, OrderBook, Quote
from etrms_core.domain.order import CONDITIONAL, Order, OrderRequest, OrderStatus, OrderType
from etrms_core.kernels.account import slipped_price
from etrms_core.kernels.fills import walk_levels
from etrms_core.kernels.stops import is_triggered, trailing_level

BookReader = Callable[[str], OrderBook]


def apply_funding(state: PaperState, settlements: Iterable[FundingSettlement]) -> None:
    """Settle funding times that have passed, at their own mark price or the last one known."""
    for settlement in settlements:
        mark = settlement.mark_price or state.marks.get(settlement.symbol)
        if mark is not None:
            settle_funding(
                state,
                settlement.symbol,
                rate=settlement.rate,
                mark_price=mark,
                at=settlement.settled_at,
            )


def apply_quotes(
    state: PaperState,
    quotes: Mapping[str, Quote],
    *,
    venue: Venue,
    book: BookReader,
    at: datetime,
) -> None:
    """Mark the account at these quotes: liquidations, then triggers, then resting limit orders."""
    for symbol, quote in quotes.items():
        state.marks[symbol] = quote.mark_price
    liquidate_broken_pools(state, venue.instruments, venue.terms, at)
    triggered = [
        client_id
        for client_id, resting in state.orders.items()
        if resting.order.request.symbol in quotes
        and _has_triggered(resting, quotes[resting.order.request.symbol].mark_price)
    ]
    for client_id in triggered:
        if client_id in state.orders:
            take_market(state, state.orders[client_id].order, venue=venue, book=book, at=at)
    for client_id, resting in list(state.orders.items()):
        current = quotes.get(resting.order.request.symbol)
        if current is not None and client_id in state.orders:
            _match_limit(state, resting.order, current, venue=venue, book=book, at=at)


def touch_of(quote: Quote, request: OrderRequest) -> float:
    """Return the best price of the side that an order takes from."""
    return quote.ask if request.side.sign > 0.0 else quote.bid


def take_market(
    state: PaperState, order: Order, *, venue: Venue, book: BookReader, at: datetime
) -> Order:
    """Fill an order against the book now.

    What the book cannot fill expires, and of a limit order rests at its limit. A triggered
    reduce-only order is filled whole all the same, because a protective stop that ends half done
    leaves its position without one: the rest pays as much beyond the last level as that lies
    beyond the best one.
    """
    request = order.request
    client_id = request.client_order_id
    levels = _levels(book(request.symbol), request)
    wanted = fillable_quantity(state, order)
    filled, notional = _walk(levels, request, wanted)
    if request.order_type in CONDITIONAL and request.reduce_only and filled < wanted:
        beyond = levels[-1].price ** 2 / levels[0].price if levels else state.marks[request.symbol]
        filled, notional = wanted, notional + (wanted - filled) * beyond
    if filled > 0.0:
        price = _slipped(request, notional / filled, venue.terms.slippage_bps)
        order = fill_order(state, client_id, Offer(filled, price), venue=venue, at=at)
    if client_id in state.orders and request.order_type is not OrderType.LIMIT:
        return end_order(state, client_id, OrderStatus.EXPIRED)
    return order


def _levels(book: OrderBook, request: OrderRequest) -> tuple[BookLevel, ...]:
    return book.asks if request.side.sign > 0.0 else book.bids


def _walk(
    levels: tuple[BookLevel, ...], request: OrderRequest, quantity: float
) -> tuple[float, float]:
    filled, notional = walk_levels(
        np.array([level.price for level in levels], np.float64),
        np.array([level.size for level in levels], np.float64),
        quantity,
        worst_price(request, nan),
        request.side.sign,
    )
    return float(filled), float(notional)


def _slipped(request: OrderRequest, price: float, slippage_bps: float) -> float:
    side = request.side.sign
    slipped = float(slipped_price(price, side, slippage_bps))
    limit = worst_price(request, slipped)
    return min(slipped, limit) if side > 0.0 else max(slipped, limit)


def _has_triggered(resting: RestingOrder, mark: float) -> bool:
    request = resting.order.request
    side = request.side.sign
    match request.order_type:
        case OrderType.STOP_MARKET if request.trigger_price is not None:
            return is_triggered(side, request.trigger_price, mark)
        case OrderType.TAKE_PROFIT_MARKET if request.trigger_price is not None:
            return is_triggered(-side, request.trigger_price, mark)
        case OrderType.TRAILING_STOP_MARKET if request.callback_fraction is not None:
            best = mark if resting.best_price is None else resting.best_price
            held_side = -side
            resting.best_price = max(best, mark) if held_side > 0.0 else min(best, mark)
            level = trailing_level(held_side, resting.best_price, request.callback_fraction)
            return is_triggered(side, level, mark)
        case _:
            return False


def _match_limit(
    state: PaperState,
    order: Order,
    quote: Quote,
    *,
    venue: Venue,
    book: BookReader,
    at: datetime,
) -> None:
    request = order.request
    if request.price is None or not is_marketable(request, touch_of(quote, request)):
        return
    levels = _levels(book(request.symbol), request)
    offered, _ = _walk(levels, request, order.remaining_quantity)
    if offered > 0.0:
        offer = Offer(offered, request.price, is_maker=True)
        fill_order(state, request.client_order_id, offer, venue=venue, at=at)
