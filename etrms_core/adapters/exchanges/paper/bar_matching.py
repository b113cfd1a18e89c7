"""The paper exchange driven by bars: the order of events inside one bar.

(a) funding stamped at the open, (b) liquidations and gapped stops at the open, (c) pending orders
at the open, exits before entries, (d) the adverse path of the bar, what is reached first first,
then favourable levels, (e) marks at the close.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import isnan

import numpy as np

from etrms_core.adapters.exchanges.paper.quote_matching import margin_pools
from etrms_core.adapters.exchanges.paper.settlement import fill_order, liquidate, pool_tiers
from etrms_core.adapters.exchanges.paper.state import LegKey, PaperState, RestingOrder
from etrms_core.adapters.exchanges.paper.terms import PaperTerms
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.market_data import Bar
from etrms_core.domain.order import OrderType
from etrms_core.kernels.account import slipped_price
from etrms_core.kernels.adverse_path import liquidation_point, price_at, stop_point
from etrms_core.kernels.fills import limit_fill_price
from etrms_core.kernels.stops import take_profit_fill_price, trailing_level

STOPS = frozenset({OrderType.STOP_MARKET, OrderType.TRAILING_STOP_MARKET})


@dataclass(frozen=True, slots=True)
class BarStep:
    """One bar of every symbol that has one, with the times of its open and close.

    `marks` are the bars of the margin price, the trade bars where there are none.
    """

    opens_at: datetime
    closes_at: datetime
    bars: Mapping[str, Bar]
    marks: Mapping[str, Bar]


@dataclass(frozen=True, slots=True)
class Venue:
    """What stays the same while bars go by."""

    instruments: Mapping[str, Instrument]
    terms: PaperTerms


def apply_bar(state: PaperState, venue: Venue, step: BarStep) -> None:
    """Play one bar, funding aside; afterwards the account is marked at the close."""
    for symbol, bar in step.marks.items():
        state.marks[symbol] = bar.open
    _run_adverse_path(state, venue, step, until=0.0)
    fill_pending_at_open(state, venue, step)
    _run_adverse_path(state, venue, step, until=1.0)
    _fill_favourable_levels(state, venue, step)
    _follow_extremes(state, step)
    for symbol, bar in step.marks.items():
        state.marks[symbol] = bar.close


def fill_pending_at_open(state: PaperState, venue: Venue, step: BarStep) -> None:
    """Fill the market orders that wait for the open, exits before entries."""
    waiting = [
        resting.order
        for resting in state.orders.values()
        if resting.order.request.order_type is OrderType.MARKET
        and resting.order.request.symbol in step.bars
    ]
    for order in sorted(waiting, key=lambda order: not order.request.reduce_only):
        price = step.bars[order.request.symbol].open
        _take(state, venue, order.request.client_order_id, price, step.opens_at)


def fill_at_price(
    state: PaperState, venue: Venue, client_order_id: str, price: float, at: datetime
) -> None:
    """Fill a market order whole at a bar's price, slippage added."""
    _take(state, venue, client_order_id, price, at)


def _take(
    state: PaperState, venue: Venue, client_order_id: str, price: float, at: datetime
) -> None:
    order = state.orders[client_order_id].order
    slipped = slipped_price(price, order.request.side.sign, venue.terms.slippage_bps)
    fill_order(
        state,
        client_order_id,
        order.remaining_quantity,
        slipped,
        fee_rate=venue.terms.taker_fee,
        at=at,
    )


def _run_adverse_path(state: PaperState, venue: Venue, step: BarStep, *, until: float) -> None:
    """Carry out liquidations and stops up to a point of the path, in the order they are reached."""
    reached = 0.0
    for _ in range(len(state.positions) + len(state.orders) + 1):
        liquidation, legs = _next_liquidation(state, venue, step)
        stop, client_id = _next_stop(state, step)
        if min(_late(liquidation), _late(stop)) > until:
            return
        # A fill changes what backs the rest, but the path does not go back.
        liquidation, stop = max(liquidation, reached), max(stop, reached)
        reached = min(_late(liquidation), _late(stop))
        at = step.opens_at if until == 0.0 else step.closes_at
        if _late(liquidation) <= _late(stop):
            prices = {leg: _path_price(state, step, leg, liquidation) for leg in legs}
            fee_rate = venue.terms.taker_fee + venue.terms.liquidation_fee
            slipped = {
                leg: slipped_price(
                    price,
                    -1.0 if state.positions[leg].quantity > 0.0 else 1.0,
                    venue.terms.slippage_bps,
                )
                for leg, price in prices.items()
            }
            liquidate(state, legs, slipped, fee_rate=fee_rate, at=at)
        else:
            request = state.orders[client_id].order.request
            bar = step.bars[request.symbol]
            extreme = bar.low if request.side.sign < 0.0 else bar.high
            _take(state, venue, client_id, price_at(bar.open, extreme, stop), at)


def _late(point: float) -> float:
    return 2.0 if isnan(point) else point


def _next_liquidation(state: PaperState, venue: Venue, step: BarStep) -> tuple[float, list[LegKey]]:
    first, broken = float("nan"), []
    for balance, legs in margin_pools(state):
        positions = [state.positions[leg] for leg in legs]
        point = liquidation_point(
            balance,
            np.array([position.quantity for position in positions]),
            np.array([position.entry_price for position in positions]),
            np.array([_path_price(state, step, leg, 0.0) for leg in legs]),
            np.array([_path_price(state, step, leg, 1.0) for leg in legs]),
            pool_tiers([venue.instruments[position.symbol].tiers for position in positions]),
        )
        if _late(point) < _late(first):
            first, broken = point, legs
    return first, broken


def _path_price(state: PaperState, step: BarStep, leg: LegKey, point: float) -> float:
    position = state.positions[leg]
    bar = step.marks.get(position.symbol)
    if bar is None:
        return state.marks[position.symbol]
    return price_at(bar.open, bar.low if position.quantity > 0.0 else bar.high, point)


def _next_stop(state: PaperState, step: BarStep) -> tuple[float, str]:
    first, chosen = float("nan"), ""
    for client_id, resting in state.orders.items():
        request = resting.order.request
        bar = step.bars.get(request.symbol)
        level = _stop_level(resting)
        if level is None or bar is None:
            continue
        held_side = -request.side.sign
        extreme = bar.low if held_side > 0.0 else bar.high
        point = stop_point(held_side, level, bar.open, extreme)
        if _late(point) < _late(first):
            first, chosen = point, client_id
    return first, chosen


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
    for client_id, resting in list(state.orders.items()):
        request = resting.order.request
        bar = step.bars.get(request.symbol)
        if bar is None or client_id not in state.orders:
            continue
        side = request.side.sign
        if request.order_type is OrderType.TAKE_PROFIT_MARKET and request.trigger_price:
            price = take_profit_fill_price(
                -side, request.trigger_price, bar.open, bar.high, bar.low
            )
            if not isnan(price):
                _take(state, venue, client_id, price, step.closes_at)
        elif request.order_type is OrderType.LIMIT and request.price:
            price = limit_fill_price(side, request.price, bar.open, bar.high, bar.low)
            if not isnan(price):
                fill_order(
                    state,
                    client_id,
                    resting.order.remaining_quantity,
                    price,
                    fee_rate=venue.terms.maker_fee,
                    at=step.closes_at,
                    is_maker=True,
                )


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
