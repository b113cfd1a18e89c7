"""Taking, cancelling and remembering orders."""

import pytest

from etrms_core.adapters.exchanges.paper.order_checks import REMEMBERED_ORDERS
from etrms_core.adapters.exchanges.paper.order_entry import (
    cancel_order,
    clear_news,
    list_new_contracts,
    opened_account,
    place_order,
)
from etrms_core.adapters.exchanges.paper.state import PaperState
from etrms_core.adapters.exchanges.paper.terms import PaperTerms
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.order import Order, OrderRequest, OrderStatus, OrderType, Rejection
from etrms_core.errors import OrderRejectedError
from tests.adapters.exchanges.paper.accounts import START, SYMBOL, TERMS, make_state, order

INSTRUMENTS = {SYMBOL: Instrument(SYMBOL)}


def place(state: PaperState, request: OrderRequest) -> Order:
    return place_order(state, request, INSTRUMENTS, TERMS, touch=100.0, at=START)


def test_an_account_opens_with_the_leverage_that_a_contract_allows() -> None:
    contracts = {"A": Instrument("A"), "B": Instrument("B", maximum_leverage=5.0)}
    state = opened_account(contracts, PaperTerms(default_leverage=20.0))
    assert state.leverage == {"A": 20.0, "B": 5.0}
    assert state.wallet == 0.0


def test_a_new_contract_gets_the_terms_and_a_known_one_keeps_its_leverage() -> None:
    state = make_state(leverage=3.0)
    list_new_contracts(state, {SYMBOL: Instrument(SYMBOL), "NEW": Instrument("NEW")}, TERMS)
    assert state.leverage == {SYMBOL: 3.0, "NEW": 10.0}


def test_a_placed_order_rests_and_is_remembered() -> None:
    state = make_state()
    placed = place(state, order("a", 1.0))
    assert (placed.order_id, placed.status, placed.created_at) == ("o1", OrderStatus.NEW, START)
    assert state.orders["a"].order is state.used_ids["a"] is placed


def test_a_trailing_stop_starts_at_the_mark() -> None:
    state = make_state()
    place(state, order("a", 1.0, kind=OrderType.TRAILING_STOP_MARKET, level=0.1))
    place(state, order("b", 1.0))
    assert (state.orders["a"].best_price, state.orders["b"].best_price) == (100.0, None)


def test_a_refused_order_leaves_no_trace() -> None:
    state = make_state()
    with pytest.raises(OrderRejectedError):
        place(state, order("a", 1e9))
    assert (state.orders, state.used_ids, state.sequence) == ({}, {}, 0)


def test_an_order_is_cancelled_once() -> None:
    state = make_state()
    place(state, order("a", 1.0))
    assert cancel_order(state, "a").status is OrderStatus.CANCELED
    with pytest.raises(OrderRejectedError) as refused:
        cancel_order(state, "a")
    assert refused.value.code == Rejection.UNKNOWN_ORDER


def test_the_id_of_an_ended_order_may_come_again_and_names_the_newest() -> None:
    state = make_state()
    first = place(state, order("a", 1.0))
    place(state, order("b", 1.0))
    with pytest.raises(OrderRejectedError) as refused:
        place(state, order("a", 1.0))
    assert refused.value.code == Rejection.DUPLICATE_ID
    cancel_order(state, "a")
    second = place(state, order("a", 2.0))
    assert second.order_id != first.order_id
    assert list(state.used_ids.items())[-1] == ("a", second)
    assert [each.order_id for each in state.news_orders] == [first.order_id]


def test_the_oldest_ended_orders_are_forgotten_and_open_ones_never() -> None:
    state = make_state()
    place(state, order("open", 0.001))
    for number in range(REMEMBERED_ORDERS + 5):
        place(state, order(str(number), 0.001))
        cancel_order(state, str(number))
    assert len(state.used_ids) == REMEMBERED_ORDERS
    assert "open" in state.used_ids
    assert "0" not in state.used_ids
    assert str(REMEMBERED_ORDERS + 4) in state.used_ids


def test_stored_news_are_forgotten() -> None:
    state = make_state()
    place(state, order("a", 1.0))
    cancel_order(state, "a")
    clear_news(state)
    assert state.news_orders == []
