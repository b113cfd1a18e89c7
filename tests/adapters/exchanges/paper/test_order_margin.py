"""How much margin there is, and what an order binds and frees."""

from dataclasses import replace

import pytest

from etrms_core.adapters.exchanges.paper.order_entry import place_order
from etrms_core.adapters.exchanges.paper.order_margin import (
    added_quantity,
    available_margin,
    backed_quantity,
    bound_margin,
    freed_margin,
    missing_margin,
    worst_price,
)
from etrms_core.adapters.exchanges.paper.settlement import Execution, settle_fill
from etrms_core.adapters.exchanges.paper.state import PaperState
from etrms_core.domain.account import MarginMode
from etrms_core.domain.identifiers import PositionSide
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.order import Order, OrderRequest, OrderType
from tests.adapters.exchanges.paper.accounts import (
    NET,
    OTHER,
    START,
    SYMBOL,
    TERMS,
    make_state,
    order,
)

LIMIT, STOP = OrderType.LIMIT, OrderType.STOP_MARKET
ETH = (OTHER, PositionSide.NET)
INSTRUMENTS = {symbol: Instrument(symbol) for symbol in (SYMBOL, OTHER)}


def account(wallet: float = 1_000.0, quantity: float = 0.0) -> PaperState:
    state = make_state(wallet, symbols=(SYMBOL, OTHER))
    if quantity != 0.0:
        hold(state, quantity)
    return state


def hold(state: PaperState, quantity: float, price: float = 100.0) -> None:
    opened = Execution(quantity=quantity, price=price, fee=0.0, at=START, reason="signal")
    settle_fill(state, NET, opened)


def place(state: PaperState, request: OrderRequest) -> Order:
    return place_order(state, request, INSTRUMENTS, TERMS, touch=100.0, at=START)


def test_available_margin_counts_unrealised_results_and_initial_margin_of_cross_legs() -> None:
    state = account(1_000.0, quantity=10.0)
    state.marks[SYMBOL] = 110.0
    assert bound_margin(state, state.positions[NET]) == pytest.approx(110.0 - 100.0)
    assert available_margin(state) == pytest.approx(990.0)


def test_available_margin_sets_isolated_margin_aside_and_ignores_its_result() -> None:
    state = account()
    state.margin_mode[SYMBOL] = MarginMode.ISOLATED
    hold(state, 10.0)
    state.marks[SYMBOL] = 110.0
    assert available_margin(state) == pytest.approx(900.0)


def test_resting_entries_bind_margin_and_conditional_orders_do_not() -> None:
    state = account()
    bid, stop = order("a", 10.0, kind=LIMIT, level=90.0), order("b", 10.0, kind=STOP, level=110.0)
    for request in (bid, stop):
        place_order(state, request, INSTRUMENTS, TERMS, touch=100.0, at=START)
    assert available_margin(state) == pytest.approx(910.0)


def test_two_waiting_entries_cannot_both_use_the_whole_margin() -> None:
    state = account()
    place_order(state, order("a", 90.0), INSTRUMENTS, TERMS, touch=100.0, at=START)
    assert available_margin(state) == pytest.approx(100.0)
    assert missing_margin(state, order("b", 90.0), 100.0, 0.0) == pytest.approx(800.0)


def test_a_waiting_exit_frees_its_margin_once() -> None:
    state = account(1_000.0, quantity=90.0)
    for name in ("a", "b"):
        exit_ = order(name, -90.0, reduce_only=True)
        place_order(state, exit_, INSTRUMENTS, TERMS, touch=100.0, at=START)
    assert available_margin(state) == pytest.approx(1_000.0)
    assert missing_margin(state, order("c", 90.0, leg=ETH), 100.0, 0.001) == 0.0


def test_a_flip_uses_the_margin_that_its_close_frees() -> None:
    state = account(1_000.0, quantity=90.0)
    flip = order("a", -180.0)
    assert freed_margin(state, flip, 180.0) == pytest.approx(900.0)
    # 900 for the short and 18 of fee against 100 left and 900 freed.
    assert missing_margin(state, flip, 100.0, 0.001) == 0.0
    assert missing_margin(state, order("b", -200.0), 100.0, 0.001) == pytest.approx(120.0)


@pytest.mark.parametrize(
    ("held", "quantity", "added"),
    [(0.0, 2.0, 2.0), (3.0, 2.0, 2.0), (3.0, -2.0, 0.0), (3.0, -3.0, 0.0), (3.0, -5.0, 2.0)],
)
def test_what_an_order_adds_to_its_position(held: float, quantity: float, added: float) -> None:
    request = order("a", quantity)
    assert added_quantity(account(quantity=held), request, request.quantity) == added


def test_only_limit_orders_have_a_worst_price_of_their_own() -> None:
    assert worst_price(order("a", 1.0, kind=LIMIT, level=90.0), 100.0) == 90.0
    assert worst_price(replace(order("a", 1.0), price=90.0), 100.0) == 100.0


def test_a_fill_is_backed_as_far_as_its_price_lets_the_margin_go() -> None:
    state = account()
    placed = place(state, order("a", 90.0))
    # A unit at 125 binds 12.50 and pays 0.125: 1,000 backs 79.2.
    backed = backed_quantity(state, placed, 90.0, price=125.0, fee_rate=0.001)
    assert backed == pytest.approx(1_000.0 / 12.625)
    assert backed_quantity(state, placed, 90.0, price=100.0, fee_rate=0.001) == 90.0


def test_the_first_of_two_waiting_entries_has_all_there_is() -> None:
    state = account()
    first, second = place(state, order("a", 60.0)), place(state, order("b", 30.0))
    for placed, quantity in ((first, 60.0), (second, 30.0)):
        assert backed_quantity(state, placed, quantity, price=110.0, fee_rate=0.0) == quantity


def test_a_limit_is_backed_by_the_margin_that_it_has_bound() -> None:
    state = account()
    bid = place(state, order("a", 100.0, kind=LIMIT, level=95.0))
    assert available_margin(state) == pytest.approx(50.0)
    assert backed_quantity(state, bid, 100.0, price=95.0, fee_rate=0.0005) == 100.0
    state.wallet -= 525.0
    backed = backed_quantity(state, bid, 100.0, price=95.0, fee_rate=0.0)
    assert backed == pytest.approx(50.0)


def test_what_closes_is_always_backed() -> None:
    state = account(quantity=90.0)
    state.wallet = -1_000.0
    flip = place_order(
        account(quantity=90.0), order("a", -100.0), INSTRUMENTS, TERMS, touch=100.0, at=START
    )
    assert backed_quantity(state, flip, 100.0, price=100.0, fee_rate=0.0) == pytest.approx(90.0)
    assert backed_quantity(state, flip, 80.0, price=100.0, fee_rate=0.0) == 80.0


def test_a_flip_counts_the_close_at_its_price() -> None:
    state = account(100.0, quantity=9.0)
    flip = place(state, order("a", -18.0))
    # Sold at 99 for a mark of 100 the close brings 9 less: 91 back 91 / 9.90 units.
    backed = backed_quantity(state, flip, 19.0, price=99.0, fee_rate=0.0)
    assert backed == pytest.approx(9.0 + 91.0 / 9.9)
