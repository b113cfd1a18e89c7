"""The paper exchange driven by bars: the order of events inside one bar.

(a) funding stamped at the open, (b) liquidations and gapped stops at the open, (c) what the open
itself fills, exits before entries, (d) the adverse path of the bar, what is reached first first,
then favourable levels, (e) marks at the close.
"""

from collections.abc import Mapping
from datetime import datetime
from math import isnan, nan

from etrms_core.adapters.exchanges.paper.liquidations import (
    MarginPool,
    liquidate,
    margin_pools,
    pool_liquidation_point,
)
from etrms_core.adapters.exchanges.paper.order_checks import is_marketable
from etrms_core.adapters.exchanges.paper.order_fills import Offer, fill_order, fillable_quantity
from etrms_core.adapters.exchanges.paper.order_margin import added_quantity
from etrms_core.adapters.exchanges.paper.resting_orders import closable_quantity
from etrms_core.adapters.exchanges.paper.state import LegKey, PaperState, RestingOrder
from etrms_core.adapters.exchanges.paper.terms import Venue
from etrms_core.domain.market_data import Bar, BarStep
from etrms_core.domain.order import Order, OrderRequest, OrderType
from etrms_core.kernels.account import slipped_price
from etrms_core.kernels.adverse_path import price_at, stop_point
from etrms_core.kernels.fills import limit_fill_price
from etrms_core.kernels.stops import take_profit_fill_price, trailing_level

NEVER = 2.0


def apply_bar(state: PaperState, venue: Venue, step: BarStep) -> None:
    """Play one bar, funding aside; afterwards the account is marked at the close."""
    mark_at_open(state, step.marks)
    _run_adverse_path(state, venue, step, until=0.0)
    fill_pending_at_open(state, venue, step)
    _run_adverse_path(state, venue, step, until=1.0)
    _fill_favourable_levels(state, venue, step)
    _follow_extremes(state, step)
    for symbol, bar in step.marks.items():
        state.marks[symbol] = bar.close


def mark_at_open(state: PaperState, marks: Mapping[str, Bar]) -> None:
    """Mark the account at the open of these bars."""
    for symbol, bar in marks.items():
        state.marks[symbol] = bar.open


def fill_pending_at_open(state: PaperState, venue: Venue, step: BarStep) -> None:
    """Fill market orders, and limits and take-profits that the open is beyond.

    Exits come before entries, then symbols in the order of the instruments, then older orders.
    """
    rank = {symbol: number for number, symbol in enumerate(venue.instruments)}
    due = [
        resting.order
        for resting in state.orders.values()
        if resting.order.request.symbol in step.bars
        and _is_due_at(resting.order.request, step.bars[resting.order.request.symbol].open)
    ]
    for order in sorted(
        due,
        key=lambda order: (_adds_risk(state, order), rank.get(order.request.symbol, len(rank))),
    ):
        if order.request.client_order_id in state.orders:
            price = step.bars[order.request.symbol].open
            fill_at_price(state, venue, order.request.client_order_id, price, step.opens_at)


def fill_at_price(
    state: PaperState, venue: Venue, client_order_id: str, price: float, at: datetime
) -> None:
    """Fill an order at a bar's price, whole but for what margin does not back.

    A limit order is a maker; others pay slippage and taker fee.
    """
    order = state.orders[client_order_id].order
    request = order.request
    is_maker = request.order_type is OrderType.LIMIT
    if not is_maker:
        price = slipped_price(price, request.side.sign, venue.terms.slippage_bps)
    offer = Offer(order.remaining_quantity, price, is_maker)
    fill_order(state, client_order_id, offer, venue=venue, at=at)


def _is_due_at(request: OrderRequest, open_: float) -> bool:
    if request.order_type is OrderType.TAKE_PROFIT_MARKET and request.trigger_price is not None:
        return request.side.sign * (request.trigger_price - open_) >= 0.0
    return request.order_type is OrderType.MARKET or is_marketable(request, open_)


def _adds_risk(state: PaperState, order: Order) -> bool:
    return added_quantity(state, order.request, fillable_quantity(state, order)) > 0.0


def _run_adverse_path(state: PaperState, venue: Venue, step: BarStep, *, until: float) -> None:
    """Carry out liquidations and adverse orders up to a point, in the order they are reached.

    It ends because every round takes an order or a pool off the account.
    """
    reached = 0.0
    at = step.opens_at if until == 0.0 else step.closes_at
    while True:
        liquidation, pool = _next_liquidation(state, venue, step)
        point, client_id = _next_order(state, step)
        if min(liquidation, point) > until:
            return
        # A fill changes what backs the rest, but the path does not go back.
        reached = max(reached, min(liquidation, point))
        if pool is not None and liquidation <= point:
            prices = {leg: price_at(*_leg_path(state, step, leg), reached) for leg in pool.legs}
            liquidate(state, pool, prices, terms=venue.terms, at=at)
        else:
            request = state.orders[client_id].order.request
            bar = step.bars[request.symbol]
            price = price_at(bar.open, _extreme(request, bar), reached)
            fill_at_price(state, venue, client_id, price, at)


def _next_liquidation(
    state: PaperState, venue: Venue, step: BarStep
) -> tuple[float, MarginPool | None]:
    first, broken = NEVER, None
    for pool in margin_pools(state):
        path = [_leg_path(state, step, leg) for leg in pool.legs]
        point = _late(pool_liquidation_point(state, pool, path, venue.instruments))
        if point < first:
            first, broken = point, pool
    return first, broken


def _leg_path(state: PaperState, step: BarStep, leg: LegKey) -> tuple[float, float]:
    bar = step.marks.get(leg[0])
    if bar is None:
        mark = state.marks[leg[0]]
        return mark, mark
    return bar.open, bar.low if state.positions[leg].quantity > 0.0 else bar.high


def _next_order(state: PaperState, step: BarStep) -> tuple[float, str]:
    first, chosen = NEVER, ""
    for client_id, resting in state.orders.items():
        bar = step.bars.get(resting.order.request.symbol)
        if bar is not None:
            point = _late(_order_point(state, resting, bar))
            if point < first:
                first, chosen = point, client_id
    return first, chosen


def _order_point(state: PaperState, resting: RestingOrder, bar: Bar) -> float:
    """Find where the adverse path reaches a stop, or a limit order that opens a position."""
    request = resting.order.request
    level = _stop_level(resting)
    if level is not None:
        return stop_point(-request.side.sign, level, bar.open, _extreme(request, bar))
    if request.order_type is OrderType.LIMIT and request.price is not None:
        opens = not request.reduce_only and closable_quantity(state, request) == 0.0
        if opens:
            return stop_point(request.side.sign, request.price, bar.open, _extreme(request, bar))
    return nan


def _extreme(request: OrderRequest, bar: Bar) -> float:
    """Return the extreme that the path runs to: against a stop's position, towards a limit."""
    is_limit = request.order_type is OrderType.LIMIT
    falls = (request.side.sign > 0.0) == is_limit
    return bar.low if falls else bar.high


def _stop_level(resting: RestingOrder) -> float | None:
    request = resting.order.request
    if request.order_type is OrderType.STOP_MARKET:
        return request.trigger_price
    if request.order_type is not OrderType.TRAILING_STOP_MARKET:
        return None
    if resting.best_price is None or request.callback_fraction is None:
        return None
    return trailing_level(-request.side.sign, resting.best_price, request.callback_fraction)


def _fill_favourable_levels(state: PaperState, venue: Venue, step: BarStep) -> None:
    """Fill take-profits and the remaining limits, the level nearest to the open first."""
    reached = []
    for client_id, resting in state.orders.items():
        bar = step.bars.get(resting.order.request.symbol)
        if bar is not None:
            price = _favourable_price(resting.order.request, bar)
            if not isnan(price):
                reached.append((abs(price / bar.open - 1.0), client_id, price))
    for _, client_id, price in sorted(reached, key=lambda level: level[0]):
        if client_id in state.orders:
            fill_at_price(state, venue, client_id, price, step.closes_at)


def _favourable_price(request: OrderRequest, bar: Bar) -> float:
    side = request.side.sign
    if request.order_type is OrderType.TAKE_PROFIT_MARKET and request.trigger_price is not None:
        return take_profit_fill_price(-side, request.trigger_price, bar.open, bar.high, bar.low)
    if request.order_type is OrderType.LIMIT and request.price is not None:
        return limit_fill_price(side, request.price, bar.open, bar.high, bar.low)
    return nan


def _follow_extremes(state: PaperState, step: BarStep) -> None:
    """Trailing stops see this bar's extremes from the next bar on."""
    for resting in state.orders.values():
        request = resting.order.request
        bar = step.bars.get(request.symbol)
        if request.order_type is not OrderType.TRAILING_STOP_MARKET or bar is None:
            continue
        extreme = bar.high if request.side.sign < 0.0 else bar.low
        best = extreme if resting.best_price is None else resting.best_price
        resting.best_price = max(best, extreme) if request.side.sign < 0.0 else min(best, extreme)


def _late(point: float) -> float:
    return NEVER if isnan(point) else point
