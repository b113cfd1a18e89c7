"""How far stops guard a position."""

from dataclasses import replace

import pytest

from etrms_core.domain.identifiers import PositionSide
from etrms_core.domain.order import Order, OrderSide, OrderStatus, OrderType
from etrms_core.risk.protection import Guarding, Protection, is_last_stop, protection_of
from tests.builders import make_account, make_position, make_stop

LONG = make_position(quantity=2.0)
SHORT = make_position(quantity=-2.0)


def stop(level: float, quantity: float = 2.0, side: OrderSide = OrderSide.SELL) -> Order:
    order = make_stop(quantity, side=side)
    return replace(order, request=replace(order.request, trigger_price=level))


def trailing(quantity: float = 2.0) -> Order:
    order = make_stop(quantity)
    kind = OrderType.TRAILING_STOP_MARKET
    request = replace(order.request, order_type=kind, trigger_price=None, callback_fraction=0.1)
    return replace(order, request=request)


def profit(level: float) -> Order:
    order = stop(level)
    kind = OrderType.TAKE_PROFIT_MARKET
    return replace(order, request=replace(order.request, order_type=kind))


def measured(*orders: Order, **fields: object) -> Protection:
    return protection_of(LONG, orders, is_known=True, **fields)  # type: ignore[arg-type]


def test_without_a_stop_nothing_is_guarded_and_nothing_is_0() -> None:
    found = measured()
    assert (found.guarding, found.covered) == (Guarding.NONE, 0.0)
    assert (found.stop_price, found.stop_distance, found.risk) == (None, None, None)


def test_orders_that_nobody_could_read_verify_nothing() -> None:
    found = protection_of(LONG, [stop(90.0)], is_known=False)
    assert found == Protection(guarding=Guarding.UNVERIFIED)


def test_the_nearest_stop_counts_and_the_risk_is_what_the_stops_lose_from_the_mark() -> None:
    found = measured(stop(80.0, 1.0), stop(95.0, 1.0))
    assert (found.guarding, found.stop_price) == (Guarding.WHOLE, 95.0)
    assert found.stop_distance == pytest.approx(0.05)
    assert found.risk == pytest.approx(25.0)


def test_a_part_that_no_stop_covers_has_no_bounded_risk() -> None:
    found = measured(stop(95.0, 1.0))
    assert (found.guarding, found.covered, found.risk) == (Guarding.PARTLY, 0.5, None)


def test_the_stop_of_a_short_lies_above_it() -> None:
    orders = [stop(110.0, side=OrderSide.BUY), stop(105.0, side=OrderSide.BUY)]
    found = protection_of(SHORT, orders, is_known=True)
    assert found.stop_price == 105.0
    assert found.stop_distance == pytest.approx(0.05)
    assert found.risk == pytest.approx(10.0)


def test_a_trailing_stop_guards_but_its_level_is_not_known() -> None:
    found = measured(trailing())
    assert (found.guarding, found.has_trailing) == (Guarding.WHOLE, True)
    assert (found.stop_price, found.risk) == (None, None)


def test_a_take_profit_guards_nothing() -> None:
    found = measured(profit(120.0), profit(110.0))
    assert (found.guarding, found.take_profit_price) == (Guarding.NONE, 110.0)


def test_what_does_not_close_this_position_does_not_count() -> None:
    plain = make_stop(2.0, reduce_only=False)
    others = (
        plain,
        stop(95.0, side=OrderSide.BUY),
        replace(stop(95.0), status=OrderStatus.CANCELED),
        make_stop(2.0, position_side=PositionSide.LONG),
    )
    assert measured(*others).guarding is Guarding.NONE


def test_in_hedge_mode_the_side_decides_without_a_flag() -> None:
    leg = replace(LONG, side=PositionSide.LONG)
    order = make_stop(2.0, position_side=PositionSide.LONG, reduce_only=False)
    assert protection_of(leg, [order], is_known=True).guarding is Guarding.WHOLE


def test_a_stop_behind_the_liquidation_is_too_far() -> None:
    assert measured(stop(90.0), liquidation_price=92.0).is_too_far
    assert not measured(stop(95.0), liquidation_price=92.0).is_too_far


def test_without_a_mark_the_stop_is_known_and_its_distance_is_not() -> None:
    found = protection_of(make_position(quantity=2.0, mark_price=None), [stop(90.0)], is_known=True)
    assert (found.stop_price, found.stop_distance, found.risk) == (90.0, None, None)


def test_the_last_stop_of_a_position_is_told_from_one_of_two() -> None:
    only, second = stop(90.0), replace(stop(80.0), order_id="2")
    assert is_last_stop(only, make_account(LONG, orders=(only,)))
    assert not is_last_stop(only, make_account(LONG, orders=(only, second)))
    assert not is_last_stop(profit(120.0), make_account(LONG, orders=(profit(120.0),)))
    assert not is_last_stop(only, make_account(orders=(only,)))
