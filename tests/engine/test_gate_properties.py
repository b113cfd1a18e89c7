"""Whatever the numbers: no crash, no broken bound, no reduction that adds risk."""

from dataclasses import replace
from datetime import timedelta
from math import inf, nan
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from etrms_core.domain.account import AccountState, Balance, Position
from etrms_core.domain.identifiers import PORTFOLIO, PositionSide
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.intents import ChangeLeverage
from etrms_core.domain.limits import Limits, stricter
from etrms_core.domain.order import Order, OrderRequest, OrderSide, OrderType
from etrms_core.engine.gate import (
    GateContext,
    RecentOrder,
    capped_quantity,
    check_leverage,
    check_order,
    is_reduction,
)
from etrms_core.engine.restrictions import Restriction, TradingState
from tests.builders import NOW, make_position
from tests.engine.gates import LONG, NET, SHORT, make_context, make_request, resting
from tests.engine.slow_gate import broken_bounds

HALTED = Restriction(PORTFOLIO, TradingState.HALTED, NOW, None, "kill switch", "a person")
# Few and round values, so that bounds are met exactly and crossed, and every odd number there is.
sizes = st.sampled_from([0.1, 0.2, 0.3, 1.0, 2.0, 3.0, 5.0, 1e-9, 1e12])
prices = st.sampled_from([1.0, 94.0, 95.0, 100.0, 105.0, 106.0, 500.0, 1e-9, 1e300])
odd = st.sampled_from([nan, inf, -inf, 0.0, -1.0, 1e308, 5e-324])
bounds = st.sampled_from([None, 1.0, 100.0, 300.0, 500.0, 1e4])
seconds = st.sampled_from([-100.0, -1.0, 0.0, 0.5, 1.0, 10.0, 59.0, 60.0, 100.0])
symbols = st.sampled_from(["BTCUSDT", "ETHUSDT"])


@st.composite
def requests(draw: st.DrawFn) -> OrderRequest:
    kind = draw(st.sampled_from(OrderType))
    odd_or_price = prices | odd
    fields: dict[str, Any] = {"price": None, "trigger_price": None, "callback_fraction": None}
    match kind:
        case OrderType.MARKET:
            fields["price"] = draw(st.none() | odd_or_price)
        case OrderType.LIMIT:
            fields |= {"price": draw(prices), "trigger_price": draw(st.none() | odd_or_price)}
        case OrderType.TRAILING_STOP_MARKET:
            fields["callback_fraction"] = 0.1
        case _:
            fields["trigger_price"] = draw(prices)
    return make_request(
        draw(sizes),
        draw(st.sampled_from(OrderSide)),
        order_type=kind,
        client_order_id=draw(st.sampled_from(["this", "a", "b", "c"])),
        symbol=draw(symbols),
        account=draw(st.sampled_from(["main", "main", "other"])),
        reduce_only=draw(st.booleans()),
        position_side=draw(st.sampled_from(PositionSide)),
        **fields,
    )


@st.composite
def accounts(draw: st.DrawFn) -> AccountState:
    sides = draw(st.sampled_from([(), (NET,), (LONG,), (SHORT,), (LONG, SHORT)]))
    orders: list[Order] = [
        replace(resting(each), filled_quantity=each.quantity / 2)
        for each in draw(st.lists(requests(), max_size=3, unique_by=lambda r: r.client_order_id))
    ]
    return AccountState(
        account="main",
        venue="paper",
        observed_at=draw(st.none() | seconds.map(lambda age: NOW - timedelta(seconds=age))),
        balances=draw(st.sampled_from([(), (Balance("USDT", 1.0, 1.0),)])),
        positions=tuple(draw(positions(side)) for side in sides),
        orders=tuple(orders),
    )


@st.composite
def positions(draw: st.DrawFn, side: PositionSide) -> Position:
    sign = {LONG: 1.0, SHORT: -1.0}.get(side) or draw(st.sampled_from([1.0, -1.0]))
    return replace(
        make_position(quantity=1.0, leverage=draw(st.sampled_from([None, 1.0, 50.0]))),
        quantity=sign * draw(sizes),
        side=side,
    )


@st.composite
def limits(draw: st.DrawFn) -> Limits:
    return Limits(
        price_collar=draw(st.sampled_from([0.05, 0.01, 1.0]) | odd),
        maximum_order_notional=draw(bounds | odd),
        maximum_position_notional=draw(bounds | odd),
        maximum_leverage=draw(bounds | odd),
        maximum_orders_per_minute=draw(st.sampled_from([None, 0, 1, 2, 60])),
        duplicate_window_seconds=draw(st.sampled_from([0.0, 1.0, 60.0]) | odd),
        symbols=draw(st.sampled_from([None, (), ("BTCUSDT",), ("ETHUSDT",)])),
    )


@st.composite
def contexts(draw: st.DrawFn, bounded_by: st.SearchStrategy[Limits]) -> GateContext:
    recent = st.builds(
        RecentOrder, seconds.map(lambda age: NOW - timedelta(seconds=age)), requests()
    )
    return make_context(
        limits=draw(bounded_by),
        restrictions=draw(st.sampled_from([(), (), (HALTED,)])),
        account=draw(st.none() | accounts()),
        instrument=draw(st.sampled_from([None, Instrument("BTCUSDT"), Instrument("BTCUSDT")])),
        mark_price=draw(st.sampled_from([None, 100.0, 100.0]) | odd),
        equity=draw(st.sampled_from([None, 1000.0, 1.0]) | odd),
        gross_notional=draw(st.sampled_from([None, 0.0, 100.0]) | odd),
        recent=draw(st.lists(recent, max_size=4, unique_by=lambda r: r.request.client_order_id)),
        reserved=draw(st.sampled_from([0.0, 0.1, 0.2]) | odd),
        storage_trouble=draw(st.sampled_from([None, None, "full"])),
        stale_after_seconds=draw(st.sampled_from([10.0, 1.0])),
    )


sane_limits = st.builds(
    Limits,
    price_collar=st.sampled_from([0.01, 0.05, 1.0]),
    maximum_order_notional=bounds,
    maximum_position_notional=bounds,
    maximum_leverage=bounds,
    maximum_orders_per_minute=st.sampled_from([None, 1, 2, 60]),
    duplicate_window_seconds=st.sampled_from([0.0, 1.0, 60.0]),
    symbols=st.sampled_from([None, (), ("BTCUSDT",), ("ETHUSDT", "BTCUSDT")]),
)


def check_bounds(request: OrderRequest, context: GateContext) -> None:
    refused = check_order(request, context)
    if refused is not None:
        assert refused.sentence
    elif not is_reduction(request):
        assert broken_bounds(request, context) == []


def check_reduction_reduces(request: OrderRequest, context: GateContext) -> None:
    if context.account is None or context.account.observed_at is None:
        return
    if is_reduction(request) and check_order(request, context) is None:
        held = [
            position.quantity
            for position in context.account.positions
            if (position.symbol, position.side) == (request.symbol, request.position_side)
        ]
        assert len(held) == 1
        sign = 1.0 if request.side is OrderSide.BUY else -1.0
        in_flight = sign * context.reserved
        after = held[0] + in_flight + sign * request.quantity
        assert abs(after) <= abs(held[0])
        assert after * held[0] >= -1e-9 * held[0] ** 2  # the last bits of a sum


@given(requests(), contexts(limits()))
def test_no_order_that_adds_risk_passes_beyond_a_limit(
    request: OrderRequest, context: GateContext
) -> None:
    check_bounds(request, context)


@given(requests(), contexts(sane_limits))
def test_what_breaks_no_bound_is_not_refused(request: OrderRequest, context: GateContext) -> None:
    assume(not is_reduction(request) and check_order(request, context) is not None)
    numbers = [request.price, request.trigger_price, context.reserved]
    is_odd = any(each is not None and not abs(each) < inf for each in numbers)
    assert broken_bounds(request, context) or is_odd


@given(requests(), contexts(limits()))
def test_a_reduction_that_passes_never_enlarges_or_flips(
    request: OrderRequest, context: GateContext
) -> None:
    check_reduction_reduces(request, context)


@given(
    st.sampled_from(PositionSide).flatmap(positions),
    st.integers(1, 50),
    st.integers(1, 50),
    st.integers(0, 50),
    st.sampled_from([0.001, 0.1, 1.0]),
)
def test_a_capped_reduction_passes_or_nothing_is_left(
    shape: Position, held_lots: int, wanted_lots: int, reserved_lots: int, lot: float
) -> None:
    sign = 1.0 if shape.quantity > 0.0 else -1.0
    position = replace(shape, quantity=sign * held_lots * lot)
    request = make_request(
        wanted_lots * lot,
        OrderSide.SELL if sign > 0.0 else OrderSide.BUY,
        position_side=shape.side,
        reduce_only=True,
    )
    reserved = reserved_lots * lot
    left = capped_quantity(request, position, reserved, lot)
    expected = max(min(wanted_lots, held_lots - reserved_lots), 0)
    assert left == pytest.approx(expected * lot, abs=1e-12)
    if left > 0.0:
        context = make_context(position, reserved=reserved)
        assert check_order(replace(request, quantity=left), context) is None


@given(requests(), contexts(sane_limits), sane_limits)
def test_combined_limits_refuse_what_either_refuses(
    request: OrderRequest, context: GateContext, other: Limits
) -> None:
    def passes(bounded_by: Limits) -> bool:
        return check_order(request, replace(context, limits=bounded_by)) is None

    both = passes(stricter(context.limits, other))
    assert both == (passes(context.limits) and passes(other))
    assert both == passes(stricter(other, context.limits))


@given(requests(), contexts(sane_limits), sane_limits, st.sampled_from(sorted(Limits.__slots__)))
def test_tightening_a_field_never_lets_more_pass(
    request: OrderRequest, context: GateContext, other: Limits, name: str
) -> None:
    tight = getattr(stricter(context.limits, other), name)
    tighter = replace(context, limits=replace(context.limits, **{name: tight}))
    if check_order(request, context) is not None:
        assert check_order(request, tighter) is not None


@given(st.sampled_from([1.0, 50.0, 125.0, 126.0]) | odd, contexts(limits()))
@example(126.0, make_context())
def test_leverage_never_rises_beyond_what_is_allowed(leverage: float, context: GateContext) -> None:
    if check_leverage(ChangeLeverage("main", "BTCUSDT", leverage), context) is None:
        held = () if context.account is None else context.account.positions
        lowers = any(each.leverage is not None and leverage <= each.leverage for each in held)
        bound = context.limits.maximum_leverage
        assert lowers or (leverage <= 125.0 and (bound is None or leverage <= bound))


@pytest.mark.soak
@given(requests(), contexts(limits()))
def test_no_order_of_very_many_passes_beyond_a_limit(
    request: OrderRequest, context: GateContext
) -> None:
    check_bounds(request, context)
    check_reduction_reduces(request, context)
