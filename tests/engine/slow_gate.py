"""The gate in plain words: which bounds an order that adds risk would break."""

from math import isfinite, isnan, nan

from etrms_core.domain.order import OrderRequest, OrderType
from etrms_core.engine.gate import GateContext

CLOSING = {("long", "sell"), ("short", "buy")}


def means_to_reduce(request: OrderRequest) -> bool:
    return request.reduce_only or (request.position_side.value, request.side.value) in CLOSING


def broken_bounds(request: OrderRequest, context: GateContext) -> list[str]:
    """Name what is wrong; every fact is looked up anew and every number must be one."""
    limits, account, mark = context.limits, context.account, context.mark_price
    if account is None or account.observed_at is None or context.instrument is None:
        return ["unknown account or contract"]
    if mark is None or not isfinite(mark) or mark <= 0.0:
        return ["no price"]
    broken = []
    if abs((context.now - account.observed_at).total_seconds()) > context.stale_after_seconds:
        broken.append("stale")
    if limits.symbols is not None and request.symbol not in limits.symbols:
        broken.append("symbol")
    if context.restrictions or context.storage_trouble:
        broken.append("restricted")
    if gives_price_away(request, mark, limits.price_collar):
        broken.append("collar")
    return broken + broken_sizes(request, context, mark) + broken_flow(request, context)


def broken_sizes(request: OrderRequest, context: GateContext, mark: float) -> list[str]:
    assert context.account is not None
    limits, broken = context.limits, list[str]()
    price = max([mark, *(own for own in (request.price, request.trigger_price) if own is not None)])
    unit = price if any(each.asset == "USDT" for each in context.account.balances) else nan
    held, after = sizes(request, context)
    gross, equity = context.gross_notional, context.equity
    leverage = nan
    if equity is not None and equity > 0.0 and gross is not None:
        leverage = (gross + added_by_all(request, (after - held) * unit, context)) / equity
    exceeds(broken, "order", request.quantity * unit, limits.maximum_order_notional)
    exceeds(broken, "position", after * unit, limits.maximum_position_notional)
    exceeds(broken, "leverage", leverage, limits.maximum_leverage)
    return broken


def added_by_all(request: OrderRequest, own: float, context: GateContext) -> float:
    """Add up the legs, each by its worse direction."""

    def leg(each: OrderRequest) -> str:
        return f"{each.account} {each.symbol} {each.position_side.value}"

    here, way = leg(request), request.side.value
    added = {here: {way: own}}
    for each in context.unread:
        other = each.request
        is_ours = leg(other) == here and other.side.value == way
        if not (is_ours or means_to_reduce(other)):
            sides = added.setdefault(leg(other), {})
            sides[other.side.value] = sides.get(other.side.value, 0.0) + each.added_notional
    total = 0.0
    for sides in added.values():
        total += nan if any(isnan(amount) for amount in sides.values()) else max(sides.values())
    return total


def broken_flow(request: OrderRequest, context: GateContext) -> list[str]:
    broken = []
    count = 0
    for each in context.recent:
        if each.request.client_order_id == request.client_order_id:
            continue
        age = abs((context.now - each.sent_at).total_seconds())
        if age < 60.0 and not means_to_reduce(each.request):
            count += 1
        same = all(
            getattr(each.request, name) == getattr(request, name)
            for name in OrderRequest.__slots__
            if name not in ("client_order_id", "reduce_only", "post_only")
        )
        if same and age < context.limits.duplicate_window_seconds:
            broken.append("duplicate")
    bound = context.limits.maximum_orders_per_minute
    if bound is not None and count + 1 > bound:
        broken.append("rate")
    return broken


def exceeds(broken: list[str], name: str, value: float, bound: float | None) -> None:
    if bound is not None and (isnan(value) or isnan(bound) or value > bound):
        broken.append(name)


def gives_price_away(request: OrderRequest, mark: float, collar: float) -> bool:
    high, low = mark * (1.0 + collar), mark * (1.0 - collar)
    buys = request.side.value == "buy"
    price, trigger = request.price, request.trigger_price
    if request.order_type is OrderType.LIMIT and price is not None:
        return price > high if buys else price < low
    if request.order_type is OrderType.STOP_MARKET and trigger is not None:
        return trigger < low if buys else trigger > high
    if request.order_type is OrderType.TAKE_PROFIT_MARKET and trigger is not None:
        return trigger > high if buys else trigger < low
    return False


def sizes(request: OrderRequest, context: GateContext) -> tuple[float, float]:
    assert context.account is not None
    assert context.account.observed_at is not None
    held = 0.0
    for position in context.account.positions:
        if position.symbol == request.symbol and position.side is request.position_side:
            held = position.quantity
    waiting: dict[str, tuple[OrderRequest, float]] = {}
    for recent in context.recent:
        if recent.sent_at >= context.account.observed_at:
            waiting[recent.request.client_order_id] = (recent.request, recent.request.quantity)
    for order in context.account.orders:
        waiting[order.request.client_order_id] = (order.request, order.remaining_quantity)
    total = 0.0
    for name, (other, quantity) in waiting.items():
        alike = (other.account, other.symbol, other.side, other.position_side) == (
            request.account,
            request.symbol,
            request.side,
            request.position_side,
        )
        if name != request.client_order_id and alike and not means_to_reduce(other):
            total += quantity
    sign = 1.0 if request.side.value == "buy" else -1.0
    return abs(held), abs(held + sign * (total + request.quantity))
