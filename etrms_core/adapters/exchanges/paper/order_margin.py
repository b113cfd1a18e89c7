"""How much margin an account has, and how much an order binds or frees."""

from etrms_core.adapters.exchanges.paper.resting_orders import closable_quantity, leg_of
from etrms_core.adapters.exchanges.paper.state import PaperPosition, PaperState
from etrms_core.domain.account import MarginMode
from etrms_core.domain.order import Order, OrderRequest, OrderType
from etrms_core.kernels.account import trading_fee, unrealized_pnl
from etrms_core.kernels.margin import initial_margin


def worst_price(request: OrderRequest, mark: float) -> float:
    """Return the limit of a limit order, the mark for others, quote currency."""
    is_limit = request.order_type is OrderType.LIMIT and request.price is not None
    return request.price if is_limit and request.price is not None else mark


def available_margin(state: PaperState) -> float:
    """Return the quote currency that can back new positions.

    Resting limit entries and market orders that wait for the next open bind margin, conditional
    orders only once they trigger. A waiting exit has freed its margin: exits fill before entries.
    """
    available = state.wallet - _margin_of_waiting_orders(state)
    for position in state.positions.values():
        available -= bound_margin(state, position)
    for resting in state.orders.values():
        request = resting.order.request
        if resting.order.is_entry and request.order_type is OrderType.LIMIT:
            available -= _margin_of_limit(state, resting.order)
    return available


def _margin_of_limit(state: PaperState, order: Order) -> float:
    notional = order.remaining_quantity * (order.request.price or 0.0)
    return float(initial_margin(notional, state.leverage[order.request.symbol]))


def _margin_of_waiting_orders(state: PaperState) -> float:
    held = {leg: position.quantity for leg, position in state.positions.items()}
    after = dict(held)
    waiting = [
        resting.order
        for resting in state.orders.values()
        if resting.order.request.order_type is OrderType.MARKET
    ]
    for order in sorted(waiting, key=lambda order: order.is_entry):
        leg = leg_of(order.request)
        before = after.get(leg, 0.0)
        room = max(0.0, -before * order.request.side.sign)
        remaining = (
            order.remaining_quantity if order.is_entry else min(order.remaining_quantity, room)
        )
        after[leg] = before + order.request.side.sign * remaining
    total = 0.0
    for leg, quantity in after.items():
        position = state.positions.get(leg)
        more = abs(quantity) - abs(held.get(leg, 0.0))
        is_isolated = position is not None and position.margin_mode is MarginMode.ISOLATED
        if more > 0.0 or (more < 0.0 and not is_isolated):
            total += initial_margin(more * state.marks[leg[0]], state.leverage[leg[0]])
    return total


def bound_margin(state: PaperState, position: PaperPosition) -> float:
    """Return what a position takes from the available margin; below 0 when its gain exceeds it."""
    if position.margin_mode is MarginMode.ISOLATED:
        return position.isolated_margin
    mark = state.marks[position.symbol]
    return initial_margin(abs(position.quantity) * mark, position.leverage) - unrealized_pnl(
        position.quantity, position.entry_price, mark
    )


def freed_margin(state: PaperState, request: OrderRequest, quantity: float) -> float:
    """Return the margin that comes back when an order closes `quantity` at the mark."""
    closable = closable_quantity(state, request)
    if closable == 0.0:
        return 0.0
    position = state.positions[leg_of(request)]
    mark = state.marks[position.symbol]
    gain = unrealized_pnl(position.quantity, position.entry_price, mark)
    share = min(quantity, closable) / closable
    return share * (bound_margin(state, position) + gain)


def added_quantity(state: PaperState, request: OrderRequest, quantity: float) -> float:
    """Return the base units by which an order of `quantity` enlarges or turns its position."""
    position = state.positions.get(leg_of(request))
    held = 0.0 if position is None else position.quantity
    after = held + request.side.sign * quantity
    return max(0.0, abs(after) - abs(held)) if held * after >= 0.0 else abs(after)


def backed_quantity(
    state: PaperState, order: Order, quantity: float, *, price: float, fee_rate: float
) -> float:
    """Return how much of a fill of `quantity` at `price` the margin backs.

    What closes is always backed. Orders that wait behind this one for the next open bind nothing
    yet: the first one served has all there is.
    """
    request = order.request
    added = added_quantity(state, request, quantity)
    if added == 0.0:
        return quantity
    leverage = state.leverage[request.symbol]
    backing = available_margin(state) + _margin_of_waiting_orders(state)
    if request.order_type is OrderType.LIMIT:
        backing += _margin_of_limit(state, order)
    backing += freed_margin(state, request, quantity)
    # What closes does so at the price, not at the mark.
    closing = quantity - added
    backing -= request.side.sign * closing * (price - state.marks[request.symbol])
    backing -= trading_fee(closing, price, fee_rate)
    most = backing / (initial_margin(price, leverage) + price * fee_rate)
    return quantity if added <= most * (1.0 + 1e-9) else closing + max(0.0, most)


def missing_margin(state: PaperState, order: OrderRequest, mark: float, taker_fee: float) -> float:
    """Return the quote currency that an order needs beyond the available margin, at least 0."""
    price = worst_price(order, mark)
    added = added_quantity(state, order, order.quantity)
    if added == 0.0:
        return 0.0
    needed = initial_margin(added * price, state.leverage[order.symbol])
    fee = trading_fee(order.quantity, price, taker_fee)
    return max(
        0.0,
        needed + fee - freed_margin(state, order, order.quantity) - available_margin(state),
    )
