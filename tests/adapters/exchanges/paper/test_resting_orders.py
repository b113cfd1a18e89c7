"""How orders leave the book."""

import pytest

from etrms_core.adapters.exchanges.paper.order_entry import place_order
from etrms_core.adapters.exchanges.paper.resting_orders import (
    closable_quantity,
    end_order,
    expire_orders,
    expire_stranded,
    leg_of,
)
from etrms_core.adapters.exchanges.paper.settlement import Execution, settle_fill
from etrms_core.adapters.exchanges.paper.state import PaperState
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.order import OrderStatus, OrderType
from tests.adapters.exchanges.paper.accounts import NET, START, SYMBOL, TERMS, make_state, order


def with_orders() -> PaperState:
    state = make_state()
    execute(state, 2.0)
    stop, limit = OrderType.STOP_MARKET, OrderType.LIMIT
    for request in (
        order("stop", -2.0, kind=stop, level=90.0, reduce_only=True),
        order("bid", 1.0, kind=limit, level=95.0),
    ):
        place_order(state, request, {SYMBOL: Instrument(SYMBOL)}, TERMS, touch=100.0, at=START)
    return state


def execute(state: PaperState, quantity: float) -> None:
    done = Execution(quantity=quantity, price=100.0, fee=0.0, at=START, reason="signal")
    settle_fill(state, NET, done)


def test_an_ended_order_is_remembered_and_is_news() -> None:
    state = with_orders()
    ended = end_order(state, "bid", OrderStatus.CANCELED)
    assert ended.status is OrderStatus.CANCELED
    assert state.used_ids["bid"] == ended
    assert state.news_orders == [ended]
    assert list(state.orders) == ["stop"]


def test_only_the_doomed_expire() -> None:
    state = with_orders()
    expire_orders(state, lambda request: not request.reduce_only)
    assert list(state.orders) == ["stop"]


@pytest.mark.parametrize(
    ("change", "left"), [(-1.0, ["stop", "bid"]), (-2.0, ["bid"]), (-3.0, ["bid"])]
)
def test_reduce_only_orders_expire_when_nothing_is_left_to_reduce(
    change: float, left: list[str]
) -> None:
    state = with_orders()
    execute(state, change)
    expire_stranded(state, NET)
    assert list(state.orders) == left


def test_an_order_can_close_what_it_points_against() -> None:
    state = with_orders()
    assert closable_quantity(state, order("a", -5.0)) == 2.0
    assert closable_quantity(state, order("a", 5.0)) == 0.0
    assert leg_of(order("a", 5.0)) == NET
