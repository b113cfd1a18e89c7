"""What a person wants of one open position, as orders that can only take risk away.

Quantities are absolute and decided once, rounded down to lots; triggers lie on ticks and on the
side of the mark from which they wait.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import nan

import numpy as np

from etrms_core.domain.account import Position
from etrms_core.domain.order import Fill, OrderRequest, OrderType
from etrms_core.domain.plain_words import plain_decimal
from etrms_core.engine.position_wishes import (
    AffectedOrder,
    Close,
    Effect,
    PlannedOrder,
    PositionPlan,
    PositionReading,
    Protect,
    Reduce,
    Wish,
)
from etrms_core.errors import DomainError
from etrms_core.kernels.fills import walk_levels
from etrms_core.kernels.rounding import floor_to_step, round_to_step
from etrms_core.kernels.stops import is_triggered, trailing_level
from etrms_core.risk.protection import PROTECTIVE, closes

# Quantities are decimal numbers in doubles: what is off by this share is equal.
ROUNDING = 1e-9
# Fills for this reason cost a fee of their own.
LIQUIDATION = "liquidation"


def plan_orders(
    wish: Wish, reading: PositionReading, *, order_id: Callable[[str], str]
) -> PositionPlan:
    """Turn a wish into orders.

    Parameters
    ----------
    order_id : callable
        Composes the id of an order from one letter that tells it from the others of the wish.

    Raises
    ------
    DomainError
        If less than one lot would be sent, or a trigger lies on the wrong side of the mark.
    """
    match wish:
        case Close():
            return _market_plan(reading, abs(reading.position.quantity), order_id)
        case Reduce(fraction=fraction, quantity=quantity):
            held = abs(reading.position.quantity)
            wanted = held * fraction if fraction is not None else quantity or 0.0
            return _market_plan(reading, min(wanted, held), order_id)
        case Protect():
            return _stop_plan(wish, reading, order_id)


def capped_request(
    request: OrderRequest, position: Position | None, *, lot_size: float
) -> OrderRequest | None:
    """Shrink an order to what is open now; None when it would close nothing any more."""
    if position is None or position.quantity * request.side.sign >= 0.0:
        return None
    held = abs(position.quantity)
    quantity = float(floor_to_step(min(request.quantity, held), lot_size))
    return replace(request, quantity=quantity) if quantity > 0.0 else None


def taker_fee_rate(fills: Sequence[Fill]) -> float | None:
    """Return the fee rate of the newest fill that took liquidity; None when none is shown."""
    for fill in reversed(fills):
        notional = abs(fill.quantity) * fill.price
        if not fill.is_maker and fill.reason != LIQUIDATION and notional > 0.0:
            return fill.fee / notional
    return None


def _market_plan(
    reading: PositionReading, wanted: float, order_id: Callable[[str], str]
) -> PositionPlan:
    held = reading.position.quantity
    quantity = _lots(reading, wanted)
    left = abs(held) - quantity
    left = 0.0 if left <= ROUNDING * abs(held) else left
    request = _request(reading, OrderType.MARKET, quantity, order_id("m"))
    price = _market_price(reading, quantity)
    effect = Effect.OVERSIZED if left else Effect.ORPHANED
    affected = tuple(
        AffectedOrder(order, effect)
        for order in reading.orders
        if closes(order, reading.position) and order.remaining_quantity > left * (1.0 + ROUNDING)
    )
    warnings = []
    if 0.0 < left < reading.lot_size:
        warnings.append(
            f"{plain_decimal(left)} stays open: it is less than one lot of "
            f"{plain_decimal(reading.lot_size)}"
        )
    if price is None:
        warnings.append("the price is not known: the order book shows too little or no price")
    return PositionPlan(
        orders=(_planned(reading, request, price),),
        left_open=left if held > 0.0 else -left,
        affected=affected,
        warnings=tuple(warnings),
    )


def _stop_plan(
    wish: Protect, reading: PositionReading, order_id: Callable[[str], str]
) -> PositionPlan:
    held = abs(reading.position.quantity)
    quantity = _lots(reading, held if wish.quantity is None else min(wish.quantity, held))
    orders = []
    for order_type, letter, level in (
        (OrderType.STOP_MARKET, "s", wish.stop_price),
        (OrderType.TAKE_PROFIT_MARKET, "t", wish.take_profit_price),
    ):
        if level is not None:
            trigger = _trigger(reading, order_type, level)
            request = _request(reading, order_type, quantity, order_id(letter), trigger=trigger)
            orders.append(_planned(reading, request, trigger))
    if wish.trailing_fraction is not None:
        request = _request(
            reading,
            OrderType.TRAILING_STOP_MARKET,
            quantity,
            order_id("r"),
            callback=wish.trailing_fraction,
        )
        orders.append(_planned(reading, request, _trailing_price(reading, wish.trailing_fraction)))
    return PositionPlan(
        orders=tuple(orders),
        left_open=reading.position.quantity,
        affected=_duplicates(reading, orders, quantity),
        warnings=_stop_warnings(reading, orders),
    )


def _duplicates(
    reading: PositionReading, planned: Sequence[PlannedOrder], quantity: float
) -> tuple[AffectedOrder, ...]:
    kinds = {each.request.order_type in PROTECTIVE for each in planned}
    same = [
        order
        for order in reading.orders
        if closes(order, reading.position)
        and order.request.order_type is not OrderType.LIMIT
        and (order.request.order_type in PROTECTIVE) in kinds
    ]
    together = quantity + sum(order.remaining_quantity for order in same)
    if together <= abs(reading.position.quantity) * (1.0 + ROUNDING):
        return ()
    return tuple(AffectedOrder(order, Effect.DUPLICATE) for order in same)


def _stop_warnings(reading: PositionReading, planned: Sequence[PlannedOrder]) -> tuple[str, ...]:
    level = reading.liquidation_price
    if level is None:
        return ()
    down = 1.0 if reading.position.quantity > 0.0 else -1.0
    return tuple(
        f"the position is liquidated at {level:g}, before its stop at {each.price:g} is reached"
        for each in planned
        if each.request.order_type in PROTECTIVE
        and each.price is not None
        and down * (level - each.price) >= 0.0
    )


def _lots(reading: PositionReading, wanted: float) -> float:
    quantity = float(floor_to_step(wanted, reading.lot_size))
    if not quantity > 0.0:
        raise DomainError(
            f"{plain_decimal(wanted)} {reading.key.symbol} is less than one lot of "
            f"{plain_decimal(reading.lot_size)}"
        )
    return quantity


def _trigger(reading: PositionReading, order_type: OrderType, level: float) -> float:
    tick = 0.0 if reading.instrument is None else reading.instrument.tick_size
    trigger, mark = float(round_to_step(level, tick)), reading.position.mark_price
    is_stop = order_type is OrderType.STOP_MARKET
    name = "stop" if is_stop else "take-profit"
    if mark is None:
        raise DomainError(
            f"a {name} needs the mark price of {reading.key.symbol}, which is not known now"
        )
    sign = reading.closing_side.sign
    direction = sign if is_stop else -sign
    if not trigger > 0.0 or is_triggered(direction, trigger, mark):
        side = "long" if reading.position.quantity > 0.0 else "short"
        place = "above" if direction > 0.0 else "below"
        raise DomainError(
            f"the {name} of a {side} lies {place} the mark price {plain_decimal(mark)}, "
            f"was {plain_decimal(trigger)}"
        )
    return trigger


def _trailing_price(reading: PositionReading, distance: float) -> float | None:
    mark = reading.position.mark_price
    return None if mark is None else trailing_level(-reading.closing_side.sign, mark, distance)


def _market_price(reading: PositionReading, quantity: float) -> float | None:
    if not reading.opposite:
        return reading.position.mark_price
    prices = np.array([level.price for level in reading.opposite], np.float64)
    sizes = np.array([level.size for level in reading.opposite], np.float64)
    filled, notional = walk_levels(prices, sizes, quantity, nan, reading.closing_side.sign)
    return notional / filled if filled >= quantity * (1.0 - ROUNDING) else None


def _planned(reading: PositionReading, request: OrderRequest, price: float | None) -> PlannedOrder:
    if price is None:
        return PlannedOrder(request=request, price=None, notional=None, realized_pnl=None, fee=None)
    notional, fee = request.quantity * price, reading.taker_fee
    return PlannedOrder(
        request=request,
        price=price,
        notional=notional,
        realized_pnl=-request.side.sign * request.quantity * (price - reading.position.entry_price),
        fee=None if fee is None else notional * fee,
    )


def _request(
    reading: PositionReading,
    order_type: OrderType,
    quantity: float,
    client_order_id: str,
    *,
    trigger: float | None = None,
    callback: float | None = None,
) -> OrderRequest:
    return OrderRequest(
        client_order_id=client_order_id,
        account=reading.key.account,
        symbol=reading.key.symbol,
        side=reading.closing_side,
        order_type=order_type,
        quantity=quantity,
        trigger_price=trigger,
        callback_fraction=callback,
        reduce_only=True,
        position_side=reading.key.side,
    )
