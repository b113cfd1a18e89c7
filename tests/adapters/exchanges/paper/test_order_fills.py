"""What is left of an order after a fill."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etrms_core.adapters.exchanges.paper.order_entry import place_order
from etrms_core.adapters.exchanges.paper.order_fills import Offer, fill_order, fillable_quantity
from etrms_core.adapters.exchanges.paper.settlement import Execution, settle_fill
from etrms_core.adapters.exchanges.paper.state import PaperState
from etrms_core.adapters.exchanges.paper.terms import Venue
from etrms_core.domain.account import MarginMode
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.order import Order, OrderRequest, OrderStatus, OrderType
from tests.adapters.exchanges.paper.accounts import NET, START, SYMBOL, TERMS, make_state, order

LIMIT = OrderType.LIMIT
VENUE = Venue({SYMBOL: Instrument(SYMBOL, lot_size=0.001)}, TERMS)


def holding(quantity: float, mode: MarginMode = MarginMode.CROSS) -> PaperState:
    state = make_state(mode=mode)
    execute(state, quantity)
    return state


def execute(state: PaperState, quantity: float) -> None:
    done = Execution(quantity=quantity, price=100.0, fee=0.0, at=START, reason="signal")
    settle_fill(state, NET, done)


def place(state: PaperState, request: OrderRequest) -> Order:
    instruments = {SYMBOL: Instrument(SYMBOL)}
    return place_order(state, request, instruments, TERMS, touch=100.0, at=START)


def fill(state: PaperState, name: str, quantity: float, price: float = 100.0) -> Order:
    return fill_order(state, name, Offer(quantity, price), venue=VENUE, at=START)


def held(state: PaperState) -> float:
    return state.positions[NET].quantity if NET in state.positions else 0.0


def test_partial_fills_average_and_complete_an_order() -> None:
    state = make_state()
    place(state, order("buy", 3.0))
    part = fill(state, "buy", 1.0, 100.0)
    assert (part.status, part.remaining_quantity) == (OrderStatus.PARTIALLY_FILLED, 2.0)
    done = fill(state, "buy", 2.0, 103.0)
    assert (done.status, done.average_price) == (OrderStatus.FILLED, pytest.approx(102.0))
    assert state.orders == {}
    assert state.ledger[SYMBOL].fees == pytest.approx(0.1 + 0.206)


def test_a_maker_pays_the_maker_fee() -> None:
    state = make_state()
    place(state, order("bid", 1.0, kind=LIMIT, level=90.0))
    fill_order(state, "bid", Offer(1.0, 90.0, is_maker=True), venue=VENUE, at=START)
    assert state.ledger[SYMBOL].fees == pytest.approx(0.045)
    assert state.recent_fills[-1].is_maker


def test_an_order_never_fills_more_than_it_asked_for() -> None:
    state = make_state()
    place(state, order("buy", 1.0))
    fill(state, "buy", 5.0)
    assert held(state) == 1.0


def test_a_reduce_only_order_larger_than_the_position_closes_it_and_expires() -> None:
    state = holding(3.0)
    placed = place(state, order("sell", -5.0, reduce_only=True))
    assert fillable_quantity(state, placed) == 3.0
    ended = fill(state, "sell", 5.0)
    assert (ended.status, ended.filled_quantity) == (OrderStatus.EXPIRED, 3.0)
    assert state.orders == {}
    # A later position is none of its business.
    execute(state, 2.0)
    assert held(state) == 2.0


def test_several_reduce_only_orders_over_one_position_close_it_once() -> None:
    state = holding(3.0)
    for name in ("a", "b", "c"):
        place(state, order(name, -2.0, kind=LIMIT, level=110.0, reduce_only=True))
    fill(state, "a", 2.0, 110.0)
    fill(state, "b", 2.0, 110.0)
    assert held(state) == 0.0
    assert [state.used_ids[name].status for name in "abc"] == [
        OrderStatus.FILLED,
        OrderStatus.EXPIRED,
        OrderStatus.EXPIRED,
    ]


def test_a_reduce_only_order_whose_position_turned_in_between_expires() -> None:
    state = holding(3.0)
    place(state, order("stop", -3.0, kind=LIMIT, level=110.0, reduce_only=True))
    execute(state, -5.0)
    assert fill(state, "stop", 3.0).status is OrderStatus.EXPIRED
    assert held(state) == -2.0


def test_a_flip_by_an_ordinary_order_expires_the_stops_of_the_old_position() -> None:
    state = holding(3.0)
    stop = OrderType.STOP_MARKET
    place(state, order("stop", -3.0, kind=stop, level=90.0, reduce_only=True))
    place(state, order("flip", -5.0))
    fill(state, "flip", 5.0)
    assert held(state) == -2.0
    assert state.used_ids["stop"].status is OrderStatus.EXPIRED


def test_no_order_of_an_isolated_position_loses_more_than_its_margin() -> None:
    state = holding(10.0, MarginMode.ISOLATED)
    place(state, order("sell", -10.0, reduce_only=True))
    ended = fill(state, "sell", 10.0, 70.0)
    assert ended.average_price == pytest.approx(90.0)
    assert state.wallet == pytest.approx(900.0 - 0.9)


def test_an_entry_is_cut_to_the_lots_that_margin_backs_and_its_rest_expires() -> None:
    state = make_state()
    place(state, order("buy", 90.0))
    ended = fill(state, "buy", 90.0, 125.0)
    # 1,000 / (12.50 + 0.125) = 79.2079...
    assert (ended.status, ended.filled_quantity) == (OrderStatus.EXPIRED, 79.207)
    assert state.orders == {}


def test_an_entry_that_nothing_backs_expires() -> None:
    state = make_state()
    place(state, order("buy", 90.0))
    state.wallet = 0.0
    assert fill(state, "buy", 90.0).status is OrderStatus.EXPIRED
    assert state.recent_fills == []


@pytest.mark.parametrize(
    ("client_order_id", "kind", "level", "reason"),
    [
        ("et-desk-breaker-1", OrderType.MARKET, None, "breaker"),
        ("et-desk-trend-1", OrderType.MARKET, None, "signal"),
        ("et-desk-breaker-2", OrderType.STOP_MARKET, 90.0, "stop_loss"),
    ],
)
def test_a_fill_says_why_it_happened(
    client_order_id: str, kind: OrderType, level: float | None, reason: str
) -> None:
    state = holding(1.0)
    place(state, order(client_order_id, -1.0, kind=kind, level=level, reduce_only=True))
    fill(state, client_order_id, 1.0)
    assert state.recent_fills[-1].reason == reason


@given(
    start=st.floats(-5.0, 5.0).filter(lambda quantity: abs(quantity) > 0.01),
    quantities=st.lists(st.floats(0.01, 8.0), min_size=1, max_size=5),
    trades=st.lists(st.floats(-6.0, 6.0), max_size=5),
    parts=st.lists(st.floats(0.01, 5.0), min_size=1, max_size=12),
)
def test_a_reduce_only_order_never_flips_a_position(
    start: float, quantities: list[float], trades: list[float], parts: list[float]
) -> None:
    state = holding(start)
    side = -1.0 if start > 0.0 else 1.0
    names = [str(number) for number in range(len(quantities))]
    for name, quantity in zip(names, quantities, strict=True):
        place(state, order(name, side * quantity, reduce_only=True))
    for number, part in enumerate(parts):
        if number < len(trades) and abs(trades[number]) > 0.01:
            execute(state, trades[number])
        before = held(state)
        name = names[number % len(names)]
        if name in state.orders:
            fill(state, name, part)
            after = held(state)
            assert abs(after) <= abs(before)
            assert before * after >= 0.0
    assert all(
        each.filled_quantity <= each.request.quantity * (1.0 + 1e-12)
        for each in state.used_ids.values()
    )
