"""The price collar of the pre-trade gate."""

from math import isfinite, nan

from etrms_core.domain.order import OrderRequest, OrderSide, OrderType
from etrms_core.engine.gate_context import GateContext, Refusal, RefusedOrder, order_words


def mark_of(context: GateContext) -> float:
    """Return the mark price, NaN when it is unknown or no price."""
    mark = context.mark_price
    return mark if mark is not None and isfinite(mark) and mark > 0.0 else nan


def refuse_without_mark(request: OrderRequest, context: GateContext) -> RefusedOrder | None:
    """Refuse when there is no mark price to measure the order by."""
    if mark_of(context) > 0.0:
        return None
    return RefusedOrder(
        Refusal.NO_PRICE,
        f"{order_words(request)} needs a mark price above 0, was {context.mark_price}",
    )


def refuse_beyond_collar(request: OrderRequest, context: GateContext) -> RefusedOrder | None:
    """Refuse a price that would trade at once, and too far from the mark.

    A limit that buys dear or sells cheap, and a trigger that the mark has passed already, act at
    once. Prices on the other side wait: the market comes to them or nothing happens.
    """
    price, is_ceiling = _dangerous_price(request)
    if price is None:
        return None
    mark, collar = mark_of(context), context.limits.price_collar
    bound = mark * (1.0 + collar) if is_ceiling else mark * (1.0 - collar)
    if price <= bound if is_ceiling else price >= bound:
        return None
    word, side = ("above", "over") if is_ceiling else ("below", "under")
    return RefusedOrder(
        Refusal.PRICE_COLLAR,
        f"{order_words(request)} at {price:g} lies {word} {bound:g}, "
        f"{collar:.4g} of the price {side} the mark of {mark:g}",
    )


def _dangerous_price(request: OrderRequest) -> tuple[float | None, bool]:
    buys = request.side is OrderSide.BUY
    match request.order_type:
        case OrderType.LIMIT:
            return request.price, buys
        case OrderType.STOP_MARKET:
            return request.trigger_price, not buys
        case OrderType.TAKE_PROFIT_MARKET:
            return request.trigger_price, buys
        case _:
            return None, buys
