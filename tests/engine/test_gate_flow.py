"""Stale accounts, order rate, duplicates."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from etrms_core.domain.order import OrderType
from tests.builders import NOW, make_account, make_position
from tests.engine.gates import (
    LONG,
    SELL,
    answer,
    code,
    leg,
    make_context,
    make_request,
    sent,
    with_limits,
)


@pytest.mark.parametrize("seconds", [10.0, -10.0])
def test_an_account_counts_as_long_as_it_is_not_stale(seconds: float) -> None:
    assert code(make_request(), make_context(now=NOW + timedelta(seconds=seconds))) == ""
    beyond = NOW + timedelta(seconds=seconds * 1.01)
    assert answer(make_request(), make_context(now=beyond)) == (
        "account_stale",
        "main was read 10.1 s ago, longer than 10 s, so buy 1 BTCUSDT is not sent",
    )


def test_an_account_that_was_never_read_takes_no_new_risk() -> None:
    expected = "account_stale", "main could not be read yet, so buy 1 BTCUSDT is not sent"
    never = replace(make_account(), observed_at=None)
    assert answer(make_request(), make_context(account=None)) == expected
    assert answer(make_request(), make_context(account=never)) == expected


def others(count: int, seconds_ago: float, **fields: Any) -> tuple[Any, ...]:  # noqa: ANN401
    return tuple(
        sent(make_request(1.0 + i, client_order_id=f"o{i}", **fields), seconds_ago)
        for i in range(count)
    )


def test_a_minute_takes_so_many_orders() -> None:
    context = with_limits(make_context(recent=others(2, 59.9)), maximum_orders_per_minute=3)
    assert code(make_request(), context) == ""
    full = replace(context, recent=others(3, 59.9))
    assert answer(make_request(), full) == (
        "order_rate",
        "buy 1 BTCUSDT would be entry order 4 within a minute, of at most 3; reductions are not "
        "counted",
    )
    assert code(make_request(), replace(context, recent=others(3, 60.0))) == ""


def test_orders_of_all_accounts_and_symbols_count_towards_the_rate() -> None:
    recent = others(1, 1.0, account="other", symbol="ETHUSDT")
    context = with_limits(make_context(recent=recent), maximum_orders_per_minute=1)
    assert code(make_request(), context) == "order_rate"


def test_reductions_and_the_order_itself_do_not_count_towards_the_rate() -> None:
    recent = (sent(make_request(), 1.0), *others(5, 1.0, reduce_only=True))
    context = with_limits(make_context(recent=recent), maximum_orders_per_minute=1)
    assert code(make_request(), context) == ""


@pytest.mark.parametrize(
    "reduction",
    [
        {"reduce_only": True},
        {"position_side": LONG},
        {
            "reduce_only": True,
            "order_type": OrderType.STOP_MARKET,
            "trigger_price": 90.0,
        },
    ],
)
def test_no_number_of_orders_holds_a_reduction_back(reduction: dict[str, Any]) -> None:
    held = leg(1.0, reduction["position_side"]) if "position_side" in reduction else make_position()
    crowded = make_context(held, recent=others(500, 1.0))
    context = with_limits(crowded, maximum_orders_per_minute=0, duplicate_window_seconds=60.0)
    assert code(make_request(), context) == "order_rate"
    assert code(make_request(held.quantity, SELL, **reduction), context) == ""


def test_without_a_bound_any_number_of_orders_passes() -> None:
    assert code(make_request(), make_context(recent=others(500, 0.0))) == ""


def test_the_same_order_does_not_go_out_twice_within_the_window() -> None:
    twin = make_request(client_order_id="first")
    context = with_limits(make_context(recent=(sent(twin, 0.75),)), duplicate_window_seconds=1.0)
    assert answer(make_request(), context) == (
        "duplicate",
        "buy 1 BTCUSDT is the same as first of 0.75 s ago; the same order may come again after 1 s",
    )
    assert code(make_request(), replace(context, recent=(sent(twin, 1.0),))) == ""
    assert code(make_request(), replace(context, recent=(sent(twin, -0.5),))) == "duplicate"
    both = (sent(make_request(2.0), 0.1), sent(twin, 5.0), sent(twin, 0.1))
    assert code(make_request(), replace(context, recent=both)) == "duplicate"


@pytest.mark.parametrize(
    "other",
    [
        {"client_order_id": "this"},
        {"account": "other"},
        {"symbol": "ETHUSDT"},
        {"side": SELL},
        {"quantity": 2.0},
        {"position_side": LONG},
        {"price": 99.0, "order_type": OrderType.LIMIT},
        {"trigger_price": 99.0, "order_type": OrderType.STOP_MARKET},
        {"callback_fraction": 0.1, "order_type": OrderType.TRAILING_STOP_MARKET},
    ],
)
def test_an_order_that_differs_is_no_duplicate(other: dict[str, Any]) -> None:
    twin = replace(make_request(client_order_id="first"), **other)
    context = with_limits(make_context(recent=(sent(twin, 0.0),)), duplicate_window_seconds=1.0)
    assert code(make_request(), context) == ""


@pytest.mark.parametrize("name", ["price", "trigger_price", "callback_fraction"])
def test_a_number_that_a_market_order_carries_makes_it_another_order(name: str) -> None:
    twin = make_request(client_order_id="first")
    twin = replace(twin, **{name: 0.5})
    context = with_limits(make_context(recent=(sent(twin, 0.0),)), duplicate_window_seconds=1.0)
    assert code(make_request(), context) == ""


def test_the_order_type_makes_another_order() -> None:
    fields: dict[str, Any] = {"trigger_price": 100.0}
    stop = make_request(order_type=OrderType.STOP_MARKET, **fields)
    other = make_request(order_type=OrderType.TAKE_PROFIT_MARKET, client_order_id="first", **fields)
    context = with_limits(make_context(recent=(sent(other, 0.0),)), duplicate_window_seconds=1.0)
    assert code(stop, context) == ""


def test_a_window_of_zero_refuses_no_duplicate() -> None:
    twin = make_request(client_order_id="first")
    assert code(make_request(), make_context(recent=(sent(twin, 0.0),))) == ""
