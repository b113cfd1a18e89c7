"""Whatever the numbers: no crash, no broken bound, no reduction that adds risk."""

from dataclasses import replace
from datetime import timedelta
from math import inf, nan
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from etrms_core.domain.account import AccountState, Balance, Position
from etrms_core.domain.identifiers import PORTFOLIO, PositionSide
from etrms_core.domain.intents import ChangeLeverage
from etrms_core.domain.limits import Limits, stricter
from etrms_core.domain.order import OrderRequest, OrderSide, OrderType
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
bounds = st.sampled_from([None, 100.0, 300.0, 500.0, 1e4])
seconds = st.sampled_from([-100.0, -1.0, 0.0, 0.5, 1.0, 10.0, 59.0, 60.0, 100.0])
symbols = st.sampled_from(["BTCUSDT", "BTCUSDT", "BTCUSDT", "ETHUSDT"])


@st.composite
def requests(draw: st.DrawFn, *, odd_numbers: bool = False) -> OrderRequest:
    kind = draw(st.sampled_from(OrderType))
    # Numbers that an order type does not need are not looked at before the gate.
    needless = st.none() | prices | odd if odd_numbers else st.none()
    fields: dict[str, Any] = {"price": None, "trigger_price": None, "callback_fraction": None}
    match kind:
        case OrderType.MARKET:
            fields["price"] = draw(needless)
        case OrderType.LIMIT:
            fields |= {"price": draw(prices), "trigger_price": draw(needless)}
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
        account=draw(st.sampled_from(["main", "main", "main", "other"])),
        reduce_only=draw(st.booleans()),
        position_side=draw(st.sampled_from(PositionSide)),
        **fields,
    )


@st.composite
def positions(draw: st.DrawFn, side: PositionSide) -> Position:
    sign = {LONG: 1.0, SHORT: -1.0}.get(side) or draw(st.sampled_from([1.0, -1.0]))
    return replace(
        make_position(leverage=draw(st.sampled_from([None, 1.0, 50.0]))),
        quantity=sign * draw(sizes),
        side=side,
    )


legs = st.sampled_from([(), (NET,), (LONG,), (SHORT,), (LONG, SHORT)])
held_positions = legs.flatmap(lambda sides: st.tuples(*(positions(side) for side in sides)))
waiting = st.lists(requests(), max_size=2, unique_by=lambda request: request.client_order_id)
readings = st.sampled_from([0.0, 0.0, 0.5, 1.0, 10.0])


@st.composite
def accounts(draw: st.DrawFn, age: st.SearchStrategy[float | None] = readings) -> AccountState:
    seconds_ago = draw(age)
    orders = (replace(resting(each), filled_quantity=each.quantity / 2) for each in draw(waiting))
    return AccountState(
        account="main",
        venue="paper",
        observed_at=None if seconds_ago is None else NOW - timedelta(seconds=seconds_ago),
        balances=(Balance("USDT", 1.0, 1.0),),
        positions=draw(held_positions),
        orders=tuple(orders),
    )


limits = st.builds(
    Limits,
    price_collar=st.sampled_from([0.01, 0.05, 1.0]),
    maximum_order_notional=bounds,
    maximum_position_notional=bounds,
    maximum_leverage=st.sampled_from([None, None, 0.5, 10.0]),
    maximum_orders_per_minute=st.sampled_from([None, 1, 2, 60]),
    duplicate_window_seconds=st.sampled_from([0.0, 1.0, 60.0]),
    symbols=st.sampled_from([None, None, ("BTCUSDT",), ("ETHUSDT", "BTCUSDT")]),
)
recent_orders = st.lists(
    st.builds(
        RecentOrder,
        seconds.map(lambda age: NOW - timedelta(seconds=age)),
        requests(),
        st.sampled_from([0.0, 50.0, 200.0, 1000.0]),
    ),
    max_size=3,
    unique_by=lambda each: each.request.client_order_id,
)
no_account = st.none() | accounts(st.none() | seconds)
TROUBLES: dict[str, st.SearchStrategy[Any]] = {
    "restrictions": st.just((HALTED,)),
    "account": no_account | accounts().map(lambda each: replace(each, balances=())),
    "instrument": st.none(),
    "mark_price": st.none() | odd,
    "equity": st.none() | odd,
    "gross_notional": st.none() | odd,
    "reserved": odd,
    "unread": st.builds(RecentOrder, st.just(NOW), requests(), odd).map(lambda each: (each,)),
    "storage_trouble": st.just("full"),
    "price_collar": odd,
    "maximum_order_notional": odd,
    "maximum_position_notional": odd,
    "maximum_leverage": odd,
    "maximum_orders_per_minute": st.just(0),
    "duplicate_window_seconds": odd,
    "symbols": st.just(()),
}


@st.composite
def contexts(draw: st.DrawFn, *, most_troubles: int = 1) -> GateContext:
    """Build a calm desk, and now and then something on it that is wrong."""
    recent = draw(recent_orders)
    calm = make_context(
        limits=draw(limits),
        account=draw(accounts()),
        gross_notional=draw(st.sampled_from([0.0, 100.0, 500.0])),
        recent=recent,
        unread=[each for each in recent if draw(st.booleans())],
        reserved=draw(st.sampled_from([0.0, 0.0, 0.1, 0.2])),
    )
    for name in draw(st.lists(st.sampled_from(sorted(TROUBLES)), max_size=most_troubles)):
        value = draw(TROUBLES[name])
        if name in Limits.__slots__:
            calm = replace(calm, limits=replace(calm.limits, **{name: value}))
        else:
            calm = replace(calm, **{name: value})
    return calm


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


@settings(max_examples=500)
@given(requests(odd_numbers=True), contexts(most_troubles=3))
def test_no_order_that_adds_risk_passes_beyond_a_limit(
    request: OrderRequest, context: GateContext
) -> None:
    check_bounds(request, context)


@settings(max_examples=500)
@given(requests(), contexts(most_troubles=0))
def test_an_order_that_adds_risk_passes_exactly_when_it_breaks_no_bound(
    request: OrderRequest, context: GateContext
) -> None:
    assume(not is_reduction(request))
    assert (check_order(request, context) is None) == (broken_bounds(request, context) == [])


@settings(max_examples=500)
@given(requests(odd_numbers=True), contexts(most_troubles=3))
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


@given(requests(), contexts(), limits)
def test_combined_limits_refuse_what_either_refuses(
    request: OrderRequest, context: GateContext, other: Limits
) -> None:
    def passes(bounded_by: Limits) -> bool:
        return check_order(request, replace(context, limits=bounded_by)) is None

    both = passes(stricter(context.limits, other))
    assert both == (passes(context.limits) and passes(other))
    assert both == passes(stricter(other, context.limits))


@given(requests(), contexts(), limits, st.sampled_from(sorted(Limits.__slots__)))
def test_tightening_a_field_never_lets_more_pass(
    request: OrderRequest, context: GateContext, other: Limits, name: str
) -> None:
    tight = getattr(stricter(context.limits, other), name)
    tighter = replace(context, limits=replace(context.limits, **{name: tight}))
    if check_order(request, context) is not None:
        assert check_order(request, tighter) is not None


@given(st.sampled_from([1.0, 50.0, 125.0, 126.0]) | odd, contexts(most_troubles=3))
@example(126.0, make_context())
def test_leverage_never_rises_beyond_what_is_allowed(leverage: float, context: GateContext) -> None:
    if check_leverage(ChangeLeverage("main", "BTCUSDT", leverage), context) is None:
        held = () if context.account is None else context.account.positions
        lowers = any(each.leverage is not None and leverage <= each.leverage for each in held)
        bound = context.limits.maximum_leverage
        assert lowers or (leverage <= 125.0 and (bound is None or leverage <= bound))


@pytest.mark.soak
@settings(max_examples=100_000)
@given(requests(odd_numbers=True), contexts(most_troubles=3))
def test_no_order_of_very_many_passes_beyond_a_limit(
    request: OrderRequest, context: GateContext
) -> None:
    check_bounds(request, context)
    check_reduction_reduces(request, context)
