"""The price collar."""

from math import inf, isnan, nan

import pytest

from etrms_core.domain.order import OrderRequest, OrderSide, OrderType
from etrms_core.engine.gate_prices import mark_of
from tests.builders import make_position
from tests.engine.gates import BUY, SELL, answer, code, make_context, make_request, with_limits

STOP, TAKE_PROFIT = OrderType.STOP_MARKET, OrderType.TAKE_PROFIT_MARKET


def conditional(side: OrderSide, kind: OrderType, trigger_price: float) -> OrderRequest:
    return make_request(1.0, side, order_type=kind, trigger_price=trigger_price)


@pytest.mark.parametrize("mark", [None, nan, inf, 0.0, -1.0])
def test_without_a_mark_price_nothing_adds_risk(mark: float | None) -> None:
    context = make_context(mark_price=mark)
    sentence = f"buy 1 BTCUSDT needs a mark price above 0, was {mark}"
    assert answer(make_request(), context) == ("no_price", sentence)
    assert isnan(mark_of(context))


def test_a_known_mark_is_used() -> None:
    cheap = make_context(mark_price=0.5)
    assert mark_of(cheap) == 0.5
    assert code(make_request(), cheap) == ""


@pytest.mark.parametrize(
    ("side", "price", "expected"),
    [
        (BUY, 105.0, ""),
        (BUY, 105.1, "price_collar"),
        (BUY, 1.0, ""),
        (SELL, 95.0, ""),
        (SELL, 94.9, "price_collar"),
        (SELL, 300.0, ""),
    ],
)
def test_a_limit_may_not_buy_dear_or_sell_cheap(
    side: OrderSide, price: float, expected: str
) -> None:
    assert code(make_request(1.0, side, price=price), make_context()) == expected


@pytest.mark.parametrize(
    ("side", "kind", "trigger_price", "expected"),
    [
        (BUY, STOP, 95.0, ""),
        (BUY, STOP, 94.9, "price_collar"),
        (BUY, STOP, 300.0, ""),
        (SELL, STOP, 105.0, ""),
        (SELL, STOP, 105.1, "price_collar"),
        (SELL, STOP, 1.0, ""),
        (BUY, TAKE_PROFIT, 105.0, ""),
        (BUY, TAKE_PROFIT, 105.1, "price_collar"),
        (BUY, TAKE_PROFIT, 1.0, ""),
        (SELL, TAKE_PROFIT, 95.0, ""),
        (SELL, TAKE_PROFIT, 94.9, "price_collar"),
        (SELL, TAKE_PROFIT, 300.0, ""),
    ],
)
def test_the_mark_may_not_have_passed_a_trigger_long_ago(
    side: OrderSide, kind: OrderType, trigger_price: float, expected: str
) -> None:
    assert code(conditional(side, kind, trigger_price), make_context()) == expected


def test_market_and_trailing_orders_have_no_price_to_check() -> None:
    trailing = make_request(order_type=OrderType.TRAILING_STOP_MARKET, callback_fraction=0.5)
    stray = make_request(order_type=OrderType.MARKET, price=900.0)
    assert [code(each, make_context()) for each in (make_request(), trailing, stray)] == [""] * 3


def test_the_collar_is_the_traders() -> None:
    narrow = with_limits(make_context(), price_collar=0.01)
    assert answer(make_request(price=102.0), narrow) == (
        "price_collar",
        "buy 1 BTCUSDT at 102 lies above 101, 0.01 of the price over the mark of 100",
    )
    assert answer(make_request(2.0, SELL, price=98.0), narrow) == (
        "price_collar",
        "sell 2 BTCUSDT at 98 lies below 99, 0.01 of the price under the mark of 100",
    )


def test_a_limit_that_reduces_does_not_give_its_price_away_either() -> None:
    long, unpriced = make_context(make_position()), make_context(make_position(), mark_price=None)
    cheap, fair = (make_request(1.0, SELL, price=p, reduce_only=True) for p in (50.0, 99.0))
    assert (code(cheap, long), code(fair, long)) == ("price_collar", "")
    assert code(fair, unpriced) == "no_price"


def test_a_stop_that_reduces_meets_no_collar() -> None:
    stop = make_request(1.0, SELL, order_type=STOP, trigger_price=300.0, reduce_only=True)
    assert code(stop, make_context(make_position(), mark_price=None)) == ""
