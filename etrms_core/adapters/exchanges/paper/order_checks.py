"""Why the paper exchange refuses an order, in the venue's kind of reasons."""

from collections.abc import Mapping
from datetime import datetime

from etrms_core.adapters.exchanges.paper.order_margin import (
    available_margin,
    missing_margin,
    worst_price,
)
from etrms_core.adapters.exchanges.paper.resting_orders import closable_quantity
from etrms_core.adapters.exchanges.paper.state import PaperState
from etrms_core.domain.identifiers import PositionSide
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.order import (
    OrderRequest,
    OrderSide,
    OrderType,
    Rejection,
)
from etrms_core.errors import OrderRejectedError
from etrms_core.kernels.rounding import is_on_step
from etrms_core.kernels.stops import is_triggered

VENUE = "paper"
REMEMBERED_ORDERS = 2_000


def reject(code: Rejection, message: str) -> OrderRejectedError:
    """Build the refusal that a caller raises."""
    return OrderRejectedError(message, venue=VENUE, code=code.value)


def require_in_time(deadline: datetime | None, *, now: datetime) -> None:
    """Raise OrderRejectedError for a request that arrives after its deadline."""
    if deadline is not None and now > deadline:
        late = (now - deadline).total_seconds()
        raise reject(Rejection.EXPIRED, f"the order came {late:.3f} s after its deadline")


def check_order(
    state: PaperState,
    request: OrderRequest,
    instruments: Mapping[str, Instrument],
    *,
    touch: float | None,
    taker_fee: float,
) -> None:
    """Raise OrderRejectedError unless the venue takes the order.

    `touch` is the best price of the other side, quote currency; None without a market.
    """
    instrument = instruments.get(request.symbol)
    if instrument is None:
        raise reject(Rejection.UNKNOWN_SYMBOL, f"there is no contract {request.symbol!r}")
    if request.client_order_id in state.orders:
        # As on Binance an id is unique among open orders only: it makes no order idempotent.
        raise reject(Rejection.DUPLICATE_ID, f"an open order has the id {request.client_order_id}")
    mark = state.marks.get(request.symbol)
    if mark is None or touch is None:
        raise reject(Rejection.NO_MARKET, f"{request.symbol} has no price now")
    _check_steps(request, instrument)
    _check_side(state, request)
    _check_trigger(request, mark)
    _check_post_only(request, touch)
    if request.reduce_only:
        _check_reduces(state, request)
    else:
        _check_size(request, instrument, mark)
        _check_margin(state, request, mark, taker_fee)


def is_marketable(request: OrderRequest, touch: float) -> bool:
    """Whether a limit order would take from the other side's best price."""
    if request.order_type is not OrderType.LIMIT or request.price is None:
        return False
    return request.side.sign * (request.price - touch) >= 0.0


def _check_steps(request: OrderRequest, instrument: Instrument) -> None:
    lot, tick = instrument.lot_size, instrument.tick_size
    if not is_on_step(request.quantity, lot) or request.quantity < lot:
        raise reject(
            Rejection.QUANTITY_STEP,
            f"quantity {request.quantity:g} of {request.symbol} is not a multiple of the lot "
            f"{lot:g}",
        )
    if request.quantity > instrument.maximum_quantity:
        raise reject(
            Rejection.QUANTITY_LIMIT,
            f"quantity {request.quantity:g} of {request.symbol} is above the largest order "
            f"{instrument.maximum_quantity:g}",
        )
    for name, price in (("price", request.price), ("trigger_price", request.trigger_price)):
        if price is not None and not is_on_step(price, tick):
            raise reject(
                Rejection.PRICE_STEP,
                f"{name} {price:g} of {request.symbol} is not a multiple of the tick {tick:g}",
            )


def _check_side(state: PaperState, request: OrderRequest) -> None:
    is_leg = request.position_side is not PositionSide.NET
    if is_leg != state.hedge_mode:
        mode = "hedge" if state.hedge_mode else "one-way"
        raise reject(
            Rejection.POSITION_SIDE,
            f"position side {request.position_side.value} does not go with {mode} mode",
        )
    opens = {PositionSide.LONG: OrderSide.BUY, PositionSide.SHORT: OrderSide.SELL}
    if is_leg and request.side is not opens[request.position_side] and not request.reduce_only:
        raise reject(
            Rejection.POSITION_SIDE,
            f"a {request.side.value} order on the {request.position_side.value} leg must be "
            "reduce-only",
        )


def _check_trigger(request: OrderRequest, mark: float) -> None:
    if request.trigger_price is None:
        return
    is_stop = request.order_type is OrderType.STOP_MARKET
    direction = request.side.sign if is_stop else -request.side.sign
    if is_triggered(direction, request.trigger_price, mark):
        raise reject(
            Rejection.WOULD_TRIGGER,
            f"trigger price {request.trigger_price:g} is already reached, {request.symbol} is "
            f"marked {mark:g}",
        )


def _check_post_only(request: OrderRequest, touch: float) -> None:
    if request.post_only and is_marketable(request, touch):
        raise reject(
            Rejection.POST_ONLY,
            f"post-only {request.side.value} at {request.price:g} would take {touch:g}",
        )


def _check_reduces(state: PaperState, request: OrderRequest) -> None:
    if closable_quantity(state, request) == 0.0:
        raise reject(
            Rejection.REDUCE_ONLY,
            f"reduce-only {request.side.value} of {request.symbol}: no position it would reduce",
        )


def _check_size(request: OrderRequest, instrument: Instrument, mark: float) -> None:
    notional = request.quantity * worst_price(request, mark)
    if notional < instrument.minimum_notional:
        raise reject(
            Rejection.MINIMUM_NOTIONAL,
            f"order of {notional:.2f} {instrument.quote_asset} is below the smallest notional "
            f"{instrument.minimum_notional:g}",
        )


def _check_margin(state: PaperState, request: OrderRequest, mark: float, taker_fee: float) -> None:
    missing = missing_margin(state, request, mark, taker_fee)
    if missing > 0.0:
        raise reject(
            Rejection.INSUFFICIENT_MARGIN,
            f"{request.side.value} {request.quantity:g} {request.symbol} at "
            f"{state.leverage[request.symbol]:g}x needs {missing:.2f} more margin, "
            f"{max(0.0, available_margin(state)):.2f} is available",
        )
