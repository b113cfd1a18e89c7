"""Why an order is refused, and how much margin there is for the next one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from etrms_core.adapters.exchanges.paper.order_checks import (
    check_order,
    is_marketable,
    reject,
    require_in_time,
)
from etrms_core.adapters.exchanges.paper.order_entry import place_order
from etrms_core.adapters.exchanges.paper.settlement import Execution, settle_fill
from etrms_core.adapters.exchanges.paper.state import PaperState
from etrms_core.domain.identifiers import PositionSide
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.order import OrderRequest, OrderType, Rejection
from etrms_core.errors import OrderRejectedError
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
PROFIT = OrderType.TAKE_PROFIT_MARKET
INSTRUMENTS = {
    SYMBOL: Instrument(
        SYMBOL, tick_size=0.5, lot_size=0.001, minimum_notional=5.0, maximum_quantity=500.0
    ),
    OTHER: Instrument(OTHER),
}


def account(wallet: float = 1_000.0, quantity: float = 0.0) -> PaperState:
    state = make_state(wallet, symbols=(SYMBOL, OTHER))
    if quantity != 0.0:
        hold(state, quantity)
    return state


def hold(state: PaperState, quantity: float, price: float = 100.0) -> None:
    opened = Execution(quantity=quantity, price=price, fee=0.0, at=START, reason="signal")
    settle_fill(state, NET, opened)


def refusal(
    state: PaperState, request: OrderRequest, touch: float | None = 100.0
) -> Rejection | None:
    try:
        check_order(state, request, INSTRUMENTS, touch=touch, taker_fee=0.001)
    except OrderRejectedError as error:
        return Rejection(error.code)
    return None


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (order("a", 1.0), None),
        (order("a", 1.0, leg=("XRPUSDT", PositionSide.NET)), Rejection.UNKNOWN_SYMBOL),
        (order("a", 0.0005), Rejection.QUANTITY_STEP),
        (order("a", 1.0005), Rejection.QUANTITY_STEP),
        (order("a", 1e-12), Rejection.QUANTITY_STEP),
        (order("a", 501.0), Rejection.QUANTITY_LIMIT),
        (order("a", 0.049), Rejection.MINIMUM_NOTIONAL),
        (order("a", 0.05), None),
        (order("a", 1.0, kind=LIMIT, level=99.3), Rejection.PRICE_STEP),
        (order("a", 1.0, kind=LIMIT, level=99.5), None),
        (order("a", 1.0, kind=STOP, level=101.3), Rejection.PRICE_STEP),
        (order("a", -1.0, reduce_only=True), Rejection.REDUCE_ONLY),
        (order("a", 200.0), Rejection.INSUFFICIENT_MARGIN),
        (order("a", 1.0, leg=(SYMBOL, PositionSide.LONG)), Rejection.POSITION_SIDE),
        (order("a", 1.0, kind=STOP, level=99.5), Rejection.WOULD_TRIGGER),
        (order("a", 1.0, kind=STOP, level=100.0), Rejection.WOULD_TRIGGER),
        (order("a", 1.0, kind=STOP, level=100.5), None),
        (order("a", -1.0, kind=STOP, level=100.5), Rejection.WOULD_TRIGGER),
        (order("a", -1.0, kind=PROFIT, level=100.0), Rejection.WOULD_TRIGGER),
        (order("a", -1.0, kind=PROFIT, level=100.5), None),
    ],
)
def test_an_order_is_refused_for_the_reason_a_venue_gives(
    request_: OrderRequest, code: Rejection | None
) -> None:
    assert refusal(account(), request_) is code


def test_a_refusal_carries_its_code_and_the_venue() -> None:
    error = reject(Rejection.NO_MARKET, "BTCUSDT has no price now")
    assert (error.code, error.venue) == ("no_market", "paper")
    assert str(error) == "paper: BTCUSDT has no price now"


def test_an_order_needs_a_market() -> None:
    assert refusal(account(), order("a", 1.0), touch=None) is Rejection.NO_MARKET
    state = account()
    state.marks.clear()
    assert refusal(state, order("a", 1.0)) is Rejection.NO_MARKET


def test_an_open_order_takes_its_client_order_id() -> None:
    state = account()
    place_order(state, order("a", 1.0), INSTRUMENTS, TERMS, touch=100.0, at=START)
    assert refusal(state, order("a", 1.0)) is Rejection.DUPLICATE_ID


def test_a_request_counts_up_to_its_deadline() -> None:
    require_in_time(None, now=START)
    require_in_time(START, now=START)
    with pytest.raises(OrderRejectedError, match=r"0\.500 s after its deadline") as refused:
        require_in_time(START, now=START + timedelta(seconds=0.5))
    assert refused.value.code == Rejection.EXPIRED


def test_a_post_only_order_that_would_take_is_refused() -> None:
    bid = replace(order("a", 1.0, kind=LIMIT, level=100.0), post_only=True)
    assert refusal(account(), bid, touch=100.0) is Rejection.POST_ONLY
    assert refusal(account(), bid, touch=100.5) is None


def test_hedge_mode_wants_a_leg_and_lets_it_only_shrink_by_reduce_only() -> None:
    state = account()
    state.hedge_mode = True
    long_leg = (SYMBOL, PositionSide.LONG)
    assert refusal(state, order("a", 1.0)) is Rejection.POSITION_SIDE
    assert refusal(state, order("a", 1.0, leg=long_leg)) is None
    assert refusal(state, order("a", -1.0, leg=long_leg)) is Rejection.POSITION_SIDE


def test_a_reduce_only_order_needs_neither_margin_nor_size() -> None:
    state = account(1_000.0, quantity=90.0)
    state.wallet = 100.0
    assert refusal(state, order("a", -0.001, reduce_only=True)) is None
    assert refusal(state, order("b", -90.0, reduce_only=True)) is None


def test_the_margin_of_an_order_is_notional_over_leverage_and_its_fee() -> None:
    # 99 units at 100 and 10x bind 990, the fee is 9.90: together 999.90.
    assert refusal(account(999.91), order("a", 99.0)) is None
    assert refusal(account(999.89), order("a", 99.0)) is Rejection.INSUFFICIENT_MARGIN


def test_a_limit_order_is_marketable_from_its_limit_on() -> None:
    ask = order("a", -1.0, kind=LIMIT, level=100.0)
    assert is_marketable(ask, 100.0)
    assert not is_marketable(ask, 99.5)
    assert not is_marketable(order("a", -1.0), 100.0)
