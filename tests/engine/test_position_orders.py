"""What a person wants of a position, as orders."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etrms_core.domain.account import Position
from etrms_core.domain.identifiers import PositionKey, PositionSide
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.market_data import BookLevel
from etrms_core.domain.order import Order, OrderSide, OrderType
from etrms_core.engine.position_orders import capped_request, plan_orders, taker_fee_rate
from etrms_core.engine.position_wishes import (
    Close,
    Effect,
    PositionPlan,
    PositionReading,
    Protect,
    Reduce,
    Wish,
)
from etrms_core.errors import DomainError
from tests.builders import make_fill, make_position, make_stop
from tests.engine.intents import make_request

BTC = Instrument("BTCUSDT", tick_size=0.5, lot_size=0.1)
BIDS = (BookLevel(99.0, 1.0), BookLevel(98.0, 5.0))


def reading(position: Position | None = None, **fields: object) -> PositionReading:
    held = position or make_position(quantity=2.0, entry_price=90.0)
    key = PositionKey("main", held.symbol, held.side)
    known = PositionReading(key=key, position=held, instrument=BTC)
    return replace(known, **fields)  # type: ignore[arg-type]


def plan(wish: Wish, known: PositionReading | None = None) -> PositionPlan:
    return plan_orders(
        wish, known or reading(), order_id=lambda letter: f"et-test-manual-9{letter}"
    )


def effects(planned: PositionPlan) -> list[Effect]:
    return [each.effect for each in planned.affected]


def test_closing_a_long_sells_all_of_it_reduce_only() -> None:
    planned = plan(Close())
    (order,) = planned.orders
    request = order.request
    assert (request.side, request.order_type, request.quantity) == (
        OrderSide.SELL,
        OrderType.MARKET,
        2.0,
    )
    assert request.reduce_only
    assert request.client_order_id == "et-test-manual-9m"
    assert planned.left_open == 0.0


def test_closing_a_short_leg_buys_on_that_leg() -> None:
    leg = replace(make_position(quantity=-2.0), side=PositionSide.SHORT)
    (order,) = plan(Close(), reading(leg)).orders
    assert (order.request.side, order.request.position_side) == (OrderSide.BUY, leg.side)


def test_the_price_walks_the_book_and_result_and_fee_follow_from_it() -> None:
    (order,) = plan(Close(), reading(opposite=BIDS, taker_fee=0.001)).orders
    assert order.price == pytest.approx(98.5)
    assert order.notional == pytest.approx(197.0)
    assert order.realized_pnl == pytest.approx(17.0)
    assert order.fee == pytest.approx(0.197)


def test_without_a_book_the_mark_stands_for_the_price_and_the_fee_is_unknown() -> None:
    (order,) = plan(Close()).orders
    assert (order.price, order.fee) == (100.0, None)


def test_a_book_that_is_too_thin_leaves_the_price_unknown_and_says_so() -> None:
    planned = plan(Close(), reading(opposite=BIDS[:1]))
    (order,) = planned.orders
    assert (order.price, order.notional, order.realized_pnl) == (None, None, None)
    assert "the price is not known" in planned.warnings[0]


def test_a_fraction_is_rounded_down_to_lots() -> None:
    planned = plan(Reduce(fraction=0.33))
    assert planned.orders[0].request.quantity == pytest.approx(0.6)
    assert planned.left_open == pytest.approx(1.4)


def test_a_quantity_is_never_more_than_is_open() -> None:
    assert plan(Reduce(quantity=50.0)).orders[0].request.quantity == 2.0


def test_what_stays_of_a_short_is_negative() -> None:
    planned = plan(Reduce(fraction=0.5), reading(make_position(quantity=-2.0)))
    assert planned.left_open == -1.0


def test_less_than_one_lot_is_refused() -> None:
    with pytest.raises(DomainError, match=r"less than one lot of 0\.1"):
        plan(Reduce(quantity=0.05))


def test_dust_below_a_lot_is_told() -> None:
    planned = plan(Close(), reading(make_position(quantity=2.05)))
    assert planned.left_open == pytest.approx(0.05)
    assert "0.05 stays open" in planned.warnings[0]


def test_stops_of_a_closed_position_are_orphans_and_larger_ones_are_oversized() -> None:
    stop, small = make_stop(2.0), make_stop(0.5)
    known = reading(orders=(stop, small, make_stop(2.0, side=OrderSide.BUY)))
    assert effects(plan(Close(), known)) == [Effect.ORPHANED, Effect.ORPHANED]
    assert effects(plan(Reduce(fraction=0.5), known)) == [Effect.OVERSIZED]


def test_a_stop_lies_on_a_tick_below_a_long_and_a_take_profit_above_it() -> None:
    planned = plan(Protect(stop_price=95.3, take_profit_price=110.1))
    stop, profit = (each.request for each in planned.orders)
    assert (stop.order_type, stop.trigger_price) == (OrderType.STOP_MARKET, 95.5)
    assert (profit.order_type, profit.trigger_price) == (OrderType.TAKE_PROFIT_MARKET, 110.0)
    assert {stop.reduce_only, profit.reduce_only} == {True}
    assert planned.orders[0].realized_pnl == pytest.approx(11.0)
    assert planned.left_open == 2.0


def test_the_stop_of_a_short_lies_above_it() -> None:
    short = reading(make_position(quantity=-2.0))
    (order,) = plan(Protect(stop_price=105.0), short).orders
    assert (order.request.side, order.request.trigger_price) == (OrderSide.BUY, 105.0)
    with pytest.raises(DomainError, match="the stop of a short lies above the mark price 100"):
        plan(Protect(stop_price=95.0), short)


@pytest.mark.parametrize("level", [100.0, 100.1, 120.0])
def test_a_trigger_on_the_wrong_side_of_the_mark_is_refused(level: float) -> None:
    with pytest.raises(DomainError, match="the stop of a long lies below the mark price 100"):
        plan(Protect(stop_price=level))


def test_without_a_mark_no_stop_can_be_placed() -> None:
    with pytest.raises(DomainError, match="needs the mark price of BTCUSDT"):
        plan(Protect(stop_price=95.0), reading(make_position(mark_price=None)))


def test_a_trailing_stop_has_a_distance_and_its_level_now() -> None:
    (order,) = plan(Protect(trailing_fraction=0.05)).orders
    assert order.request.order_type is OrderType.TRAILING_STOP_MARKET
    assert order.request.callback_fraction == 0.05
    assert order.price == pytest.approx(95.0)


def test_a_second_stop_for_the_same_units_is_a_duplicate_and_a_take_profit_is_none() -> None:
    known = reading(orders=(make_stop(2.0),))
    assert effects(plan(Protect(stop_price=95.0), known)) == [Effect.DUPLICATE]
    assert effects(plan(Protect(take_profit_price=120.0), known)) == []
    half = reading(orders=(make_stop(1.0),))
    assert effects(plan(Protect(stop_price=95.0, quantity=1.0), half)) == []


def test_a_stop_beyond_the_liquidation_is_warned_of() -> None:
    known = reading(liquidation_price=96.0)
    assert (
        "liquidated at 96, before its stop at 95"
        in plan(Protect(stop_price=95.0), known).warnings[0]
    )
    assert plan(Protect(stop_price=97.0), known).warnings == ()


@pytest.mark.parametrize(
    "make",
    [
        lambda: Reduce(),
        lambda: Reduce(fraction=0.5, quantity=1.0),
        lambda: Reduce(fraction=0.0),
        lambda: Reduce(fraction=float("nan")),
        lambda: Reduce(quantity=float("inf")),
        lambda: Protect(),
        lambda: Protect(stop_price=float("nan")),
        lambda: Protect(trailing_fraction=1.0),
        lambda: Protect(stop_price=1.0, quantity=-1.0),
    ],
)
def test_a_wish_that_means_nothing_is_refused(make: object) -> None:
    with pytest.raises(DomainError):
        make()  # type: ignore[operator]


def test_an_order_shrinks_to_what_is_open_now_and_is_none_when_it_would_not_reduce() -> None:
    request = make_request(quantity=1.0)
    left = capped_request(request, make_position(quantity=0.45), lot_size=0.1)
    assert left is not None
    assert left.quantity == pytest.approx(0.4)
    assert capped_request(request, make_position(quantity=9.0), lot_size=0.1) == request
    assert capped_request(request, make_position(quantity=-1.0), lot_size=0.1) is None
    assert capped_request(request, make_position(quantity=0.04), lot_size=0.1) is None
    assert capped_request(request, None, lot_size=0.1) is None


def test_the_fee_is_that_of_the_newest_fill_that_took_liquidity() -> None:
    old, taker = make_fill("1", 1.0, fee=0.01), make_fill("2", -2.0, fee=0.1)
    maker = replace(make_fill("3", 1.0, fee=0.02), is_maker=True)
    liquidated = replace(make_fill("4", 1.0, fee=9.0), reason="liquidation")
    assert taker_fee_rate([old, taker, maker, liquidated]) == pytest.approx(0.0005)
    assert taker_fee_rate([maker]) is None


@given(
    held=st.floats(0.1, 1e6),
    sign=st.sampled_from([1.0, -1.0]),
    fraction=st.floats(1e-3, 1.0),
    lot=st.sampled_from([0.0, 0.001, 0.1, 1.0]),
)
def test_no_order_is_ever_larger_than_the_position_or_on_its_own_side(
    held: float, sign: float, fraction: float, lot: float
) -> None:
    position = make_position(quantity=sign * held)
    known = reading(position, instrument=Instrument("BTCUSDT", lot_size=lot))
    try:
        planned = plan(Reduce(fraction=fraction), known)
    except DomainError:
        return
    request = planned.orders[0].request
    assert request.reduce_only
    assert request.side.sign == -sign
    assert request.quantity <= held * (1.0 + 1e-9)
    assert abs(planned.left_open) + request.quantity == pytest.approx(held)


def test_orders_that_are_gone_are_not_affected() -> None:
    gone: Order = replace(make_stop(2.0), filled_quantity=2.0)
    assert plan(Close(), reading(orders=(gone,))).affected == ()
