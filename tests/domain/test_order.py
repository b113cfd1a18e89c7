"""Orders say what they need."""

from dataclasses import replace
from math import inf, nan
from typing import Any

import pytest

from etrms_core.domain.order import (
    CONDITIONAL,
    Order,
    OrderRequest,
    OrderSide,
    OrderStatus,
    OrderType,
)
from etrms_core.errors import DomainError
from tests.builders import NOW, make_stop


def make_request(order_type: OrderType = OrderType.MARKET, **changes: float | bool) -> OrderRequest:
    fields: dict[str, Any] = {
        "client_order_id": "x",
        "account": "main",
        "symbol": "BTCUSDT",
        "side": OrderSide.SELL,
        "order_type": order_type,
        "quantity": 2.0,
        **changes,
    }
    return OrderRequest(**fields)


@pytest.mark.parametrize("quantity", [0.0, -1.0, nan, inf])
def test_a_quantity_is_a_positive_number(quantity: float) -> None:
    with pytest.raises(DomainError, match=f"order quantity is above 0, was {quantity}"):
        make_request(quantity=quantity)


@pytest.mark.parametrize(
    ("order_type", "field"),
    [
        (OrderType.LIMIT, "price"),
        (OrderType.STOP_MARKET, "trigger_price"),
        (OrderType.TAKE_PROFIT_MARKET, "trigger_price"),
        (OrderType.TRAILING_STOP_MARKET, "callback_fraction"),
    ],
)
@pytest.mark.parametrize("value", [None, 0.0, nan, inf])
def test_an_order_type_names_what_it_lacks(
    order_type: OrderType, field: str, value: float | None
) -> None:
    changes = {} if value is None else {field: value}
    with pytest.raises(DomainError, match=f"{order_type.value} order needs {field} above 0"):
        make_request(order_type, **changes)


def test_a_trailing_distance_is_a_fraction() -> None:
    with pytest.raises(DomainError, match=r"callback_fraction lies in \(0, 1\), was 5\.0"):
        make_request(OrderType.TRAILING_STOP_MARKET, callback_fraction=5.0)


def test_only_a_limit_order_can_be_post_only() -> None:
    with pytest.raises(DomainError, match="only limit orders"):
        make_request(post_only=True)
    assert make_request(OrderType.LIMIT, price=100.0, post_only=True).post_only


def test_a_sale_has_a_negative_quantity() -> None:
    assert make_request().signed_quantity == -2.0
    assert (OrderSide.BUY.sign, OrderSide.SELL.sign) == (1.0, -1.0)


def test_market_and_limit_orders_do_not_wait_for_a_price() -> None:
    assert set(OrderType) - CONDITIONAL == {OrderType.MARKET, OrderType.LIMIT}


@pytest.mark.parametrize("status", list(OrderStatus))
def test_only_new_and_partly_filled_orders_are_open(status: OrderStatus) -> None:
    order = replace(make_stop(2.0), status=status)
    assert order.is_open == (status in (OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED))


def test_what_is_not_filled_remains() -> None:
    assert replace(make_stop(2.0), filled_quantity=0.5).remaining_quantity == 1.5


def test_an_order_that_is_not_reduce_only_may_add_risk() -> None:
    entry = Order(order_id="1", request=make_request(), status=OrderStatus.NEW, created_at=NOW)
    assert entry.is_entry
    assert not make_stop(1.0).is_entry
