"""Orders that take risk away."""

from dataclasses import replace
from math import inf, nan

import pytest

from etrms_core.domain.account import Position
from etrms_core.domain.order import OrderSide
from etrms_core.engine.gate import capped_quantity
from tests.builders import make_account, make_position
from tests.engine.gates import (
    BUY,
    LONG,
    SELL,
    SHORT,
    answer,
    code,
    leg,
    make_context,
    make_request,
)


def test_a_reduction_is_at_most_the_position() -> None:
    context = make_context(make_position(quantity=2.0))
    assert code(make_request(2.0, SELL, reduce_only=True), context) == ""
    assert answer(make_request(2.1, SELL, reduce_only=True), context) == (
        "not_reducing",
        "sell 2.1 BTCUSDT would reduce more than is left: main holds 2, of which orders in "
        "flight take 0",
    )


def test_what_is_in_flight_is_not_reduced_again() -> None:
    context = make_context(make_position(quantity=-2.0), reserved=0.5)
    assert code(make_request(1.5, BUY, reduce_only=True), context) == ""
    assert answer(make_request(1.6, BUY, reduce_only=True), context) == (
        "not_reducing",
        "buy 1.6 BTCUSDT would reduce more than is left: main holds -2, of which orders in "
        "flight take 0.5",
    )
    spent = replace(context, reserved=2.0)
    assert code(make_request(1e-12, BUY, reduce_only=True), spent) == "not_reducing"
    overspent = replace(context, reserved=5.0)
    assert code(make_request(1e-12, BUY, reduce_only=True), overspent) == "not_reducing"


def test_a_negative_reservation_leaves_nothing() -> None:
    context = make_context(make_position(), reserved=-1.0)
    assert code(make_request(0.5, SELL, reduce_only=True), context) == "not_reducing"


def test_the_last_bit_of_a_sum_refuses_nothing() -> None:
    context = make_context(make_position(quantity=0.3), reserved=0.1)
    assert code(make_request(0.2, SELL, reduce_only=True), context) == ""
    large = make_context(make_position(quantity=1e6))
    assert code(make_request(1e6 + 1e-4, SELL, reduce_only=True), large) == ""
    assert code(make_request(1e6 + 2e-3, SELL, reduce_only=True), large) == "not_reducing"


@pytest.mark.parametrize(("quantity", "side"), [(0.5, BUY), (-0.5, SELL), (5.0, BUY), (-5.0, SELL)])
def test_an_order_in_the_direction_of_the_position_reduces_nothing(
    quantity: float, side: OrderSide
) -> None:
    context = make_context(make_position(quantity=quantity))
    assert code(make_request(0.5, side, reduce_only=True), context) == "not_reducing"


def test_nothing_is_left_to_reduce_of_a_flat_position() -> None:
    closing = make_request(1.0, SELL, reduce_only=True)
    assert answer(closing, make_context()) == (
        "not_reducing",
        "sell 1 BTCUSDT would reduce more than is left: main holds 0, of which orders in "
        "flight take 0",
    )
    assert code(closing, make_context(make_position("ETHUSDT"))) == "not_reducing"


def test_an_account_that_was_never_read_leaves_the_decision_to_the_venue() -> None:
    closing = make_request(1.0, SELL, reduce_only=True)
    assert code(closing, make_context(account=None)) == ""
    never = replace(make_account(), observed_at=None)
    assert code(closing, make_context(account=never)) == ""


def test_in_hedge_mode_a_reduction_of_the_wrong_side_is_refused() -> None:
    context = make_context(leg(1.0, LONG), leg(-1.0, SHORT))
    assert answer(make_request(1.0, BUY, position_side=LONG, reduce_only=True), context) == (
        "not_reducing",
        "buy 1 BTCUSDT would enlarge the long leg; only a sell reduces it",
    )
    assert answer(make_request(1.0, SELL, position_side=SHORT, reduce_only=True), context) == (
        "not_reducing",
        "sell 1 BTCUSDT would enlarge the short leg; only a buy reduces it",
    )
    blind = replace(context, account=None)
    wrong = make_request(1.0, BUY, position_side=LONG, reduce_only=True)
    assert code(wrong, blind) == "not_reducing"


def test_a_leg_is_never_flipped() -> None:
    context = make_context(leg(1.0, LONG), leg(-2.0, SHORT))
    assert code(make_request(1.0, SELL, position_side=LONG), context) == ""
    assert code(make_request(1.1, SELL, position_side=LONG), context) == "not_reducing"
    assert code(make_request(2.0, BUY, position_side=SHORT), context) == ""
    assert code(make_request(2.1, BUY, position_side=SHORT), context) == "not_reducing"


# What can still be sent

TWO_LONG = make_position(quantity=2.0)
TWO_SHORT = make_position(quantity=-2.0)


@pytest.mark.parametrize(
    ("quantity", "position", "reserved", "lot_size", "expected"),
    [
        (1.0, TWO_LONG, 0.0, 0.1, 1.0),
        (3.0, TWO_LONG, 0.0, 0.1, 2.0),
        (3.0, TWO_LONG, 0.5, 0.1, 1.5),
        (3.0, TWO_LONG, 0.5, 1.0, 1.0),
        (3.0, TWO_LONG, 0.25, 0.0, 1.75),
        (3.0, TWO_LONG, 2.0, 0.1, 0.0),
        (3.0, TWO_LONG, 9.0, 0.1, 0.0),
        (3.0, TWO_LONG, 1.95, 0.1, 0.0),
        (3.0, None, 0.0, 0.1, 0.0),
        (3.0, TWO_SHORT, 0.0, 0.1, 0.0),
        (3.0, TWO_LONG, nan, 0.1, 0.0),
        (3.0, TWO_LONG, inf, 0.1, 0.0),
        (3.0, TWO_LONG, -1.0, 0.1, 0.0),
        (3.0, TWO_LONG, 0.0, nan, 0.0),
        (3.0, TWO_LONG, 0.0, -1.0, 0.0),
        (3.0, make_position(quantity=0.3), 0.1, 0.1, 0.2),
    ],
)
def test_a_reduction_is_capped_by_what_is_left_and_rounded_down(
    quantity: float, position: Position | None, reserved: float, lot_size: float, expected: float
) -> None:
    request = make_request(quantity, SELL, reduce_only=True)
    assert capped_quantity(request, position, reserved, lot_size) == expected


def test_a_short_is_bought_back() -> None:
    request = make_request(3.0, BUY, reduce_only=True)
    assert capped_quantity(request, TWO_SHORT, 0.5, 0.0) == 1.5
