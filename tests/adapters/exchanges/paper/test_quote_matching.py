"""What a tick does: fills against the book, triggers, resting limits, funding."""

from dataclasses import replace

import pytest

from etrms_core.adapters.exchanges.paper.order_entry import place_order
from etrms_core.adapters.exchanges.paper.quote_matching import (
    apply_funding,
    apply_quotes,
    take_market,
    touch_of,
)
from etrms_core.adapters.exchanges.paper.state import PaperState
from etrms_core.adapters.exchanges.paper.terms import PaperTerms, Venue
from etrms_core.domain.market_data import FundingSettlement
from etrms_core.domain.order import Order, OrderRequest, OrderStatus, OrderType
from tests.adapters.exchanges.paper.accounts import (
    FREE,
    NET,
    START,
    SYMBOL,
    TERMS,
    make_state,
    order,
)
from tests.fakes import ScriptedMarket

STOP, LIMIT = OrderType.STOP_MARKET, OrderType.LIMIT


def market_at(mark: float, *sizes: float) -> ScriptedMarket:
    return ScriptedMarket(START, {SYMBOL: mark}, sizes=sizes or (1_000.0,))


def place(state: PaperState, request: OrderRequest) -> Order:
    instruments = market_at(100.0).instruments
    return place_order(state, request, instruments, TERMS, touch=100.0, at=START)


def take(
    state: PaperState, placed: Order, market: ScriptedMarket, terms: PaperTerms = TERMS
) -> Order:
    return take_market(
        state,
        placed,
        venue=Venue(market.instruments, terms),
        book=lambda symbol: market.order_book(symbol, START),
        at=START,
    )


def tick(state: PaperState, market: ScriptedMarket, terms: PaperTerms = TERMS) -> None:
    apply_quotes(
        state,
        market.quotes(START),
        venue=Venue(market.instruments, terms),
        book=lambda symbol: market.order_book(symbol, START),
        at=START,
    )


def holding(quantity: float, price: float = 100.0, **choices: float) -> PaperState:
    """Hold a position that was opened free of fees at `price`."""
    state = make_state(choices.get("wallet", 1_000.0))
    state.marks[SYMBOL] = price
    take(state, place(state, order("held", quantity)), market_at(price), FREE)
    state.positions[NET].entry_price = price
    return state


def test_a_market_order_walks_the_book_level_by_level() -> None:
    state = make_state()
    taken = take(state, place(state, order("buy", 3.0)), market_at(100.0, 1.0, 2.0))
    # One at 100.05 and two at 100.15.
    assert taken.status is OrderStatus.FILLED
    assert taken.average_price == pytest.approx(300.35 / 3.0)
    assert state.wallet == pytest.approx(1_000.0 - 0.30035)


def test_what_the_book_cannot_fill_of_a_market_order_expires() -> None:
    state = make_state()
    taken = take(state, place(state, order("buy", 3.0)), market_at(100.0, 1.0, 1.0))
    assert (taken.status, taken.filled_quantity) == (OrderStatus.EXPIRED, 2.0)
    assert state.orders == {}


def test_what_the_book_cannot_fill_of_a_limit_order_rests_and_fills_as_maker() -> None:
    state = make_state()
    placed = place(state, order("buy", 3.0, kind=LIMIT, level=100.1))
    taken = take(state, placed, market_at(100.0, 2.0, 5.0))
    assert (taken.status, taken.filled_quantity) == (OrderStatus.PARTIALLY_FILLED, 2.0)
    tick(state, market_at(100.0, 0.4))
    tick(state, market_at(99.0, 5.0))
    done = state.used_ids["buy"]
    assert done.status is OrderStatus.FILLED
    assert [fill.is_maker for fill in state.recent_fills] == [False, True, True]
    assert [fill.price for fill in state.recent_fills] == pytest.approx([100.05, 100.1, 100.1])
    assert state.recent_fills[1].fee == pytest.approx(0.4 * 100.1 * 0.0005)


def test_slippage_never_carries_a_limit_order_beyond_its_limit() -> None:
    state = make_state()
    placed = place(state, order("buy", 1.0, kind=LIMIT, level=100.06))
    taken = take(state, placed, market_at(100.0), replace(TERMS, slippage_bps=50.0))
    assert taken.average_price == 100.06


def test_a_price_on_a_market_order_is_no_limit() -> None:
    state = make_state()
    placed = place(state, replace(order("buy", 1.0), price=50.0))
    assert take(state, placed, market_at(100.0)).status is OrderStatus.FILLED


def test_a_reduce_only_order_takes_from_the_book_no_more_than_the_position() -> None:
    state = holding(1.0)
    taken = take(
        state, place(state, order("sell", -3.0, reduce_only=True)), market_at(100.0, 1.0, 9.0)
    )
    assert (taken.status, taken.filled_quantity) == (OrderStatus.EXPIRED, 1.0)
    # Only the first level was needed.
    assert taken.average_price == pytest.approx(99.95)
    assert state.positions == {}


def test_a_triggered_protective_stop_fills_whole_in_a_thin_book() -> None:
    state = holding(3.0)
    place(state, order("stop", -3.0, kind=STOP, level=95.0, reduce_only=True))
    tick(state, market_at(95.0, 1.0, 1.0), FREE)
    # 94.95, 94.85, and the rest as far below the last level as that is below the best.
    beyond = 94.85**2 / 94.95
    assert state.positions == {}
    assert state.recent_fills[-1].price == pytest.approx((94.95 + 94.85 + beyond) / 3.0)
    assert state.used_ids["stop"].status is OrderStatus.FILLED


def test_a_protective_stop_fills_at_the_mark_when_the_book_is_empty() -> None:
    state = holding(3.0)
    place(state, order("stop", -3.0, kind=STOP, level=95.0, reduce_only=True))
    market = market_at(95.0)
    market.sizes = ()
    tick(state, market, FREE)
    assert state.recent_fills[-1].price == 95.0
    assert state.positions == {}


def test_a_triggered_entry_takes_what_the_book_has_and_expires() -> None:
    state = make_state()
    place(state, order("break", 3.0, kind=STOP, level=105.0))
    tick(state, market_at(105.0, 1.0))
    assert state.positions[NET].quantity == 1.0
    assert state.used_ids["break"].status is OrderStatus.EXPIRED


def test_a_triggered_entry_that_the_margin_does_not_back_expires() -> None:
    state = holding(90.0)
    place(state, order("break", 9.0, kind=STOP, level=100.5))
    state.wallet -= 150.0
    tick(state, market_at(100.5))
    assert state.positions[NET].quantity == 90.0
    assert state.used_ids["break"].status is OrderStatus.EXPIRED


def test_a_stop_triggers_by_the_mark_and_says_why_it_filled() -> None:
    state = holding(1.0)
    place(state, order("stop", -1.0, kind=STOP, level=95.0, reduce_only=True))
    tick(state, market_at(95.1))
    assert NET in state.positions
    tick(state, market_at(94.9))
    assert state.recent_fills[-1].reason == "stop_loss"


def test_a_take_profit_triggers_on_the_other_side() -> None:
    state = holding(1.0)
    profit = OrderType.TAKE_PROFIT_MARKET
    place(state, order("profit", -1.0, kind=profit, level=110.0, reduce_only=True))
    tick(state, market_at(109.0))
    assert NET in state.positions
    tick(state, market_at(110.0))
    assert state.recent_fills[-1].reason == "take_profit"


def test_a_trailing_stop_follows_the_best_mark() -> None:
    state = holding(-1.0)
    trailing = OrderType.TRAILING_STOP_MARKET
    place(state, order("trail", 1.0, kind=trailing, level=0.1, reduce_only=True))
    for mark in (90.0, 98.9):
        tick(state, market_at(mark))
    assert NET in state.positions
    tick(state, market_at(99.1))
    assert state.recent_fills[-1].reason == "trailing_stop"


def test_a_liquidation_comes_before_the_stop_of_the_same_tick() -> None:
    state = holding(90.0)
    place(state, order("stop", -90.0, kind=STOP, level=95.0, reduce_only=True))
    tick(state, market_at(85.0))
    assert [fill.reason for fill in state.recent_fills] == ["signal", "liquidation"]
    assert state.wallet == pytest.approx(0.0, abs=1e-9)


def test_funding_uses_its_own_mark_or_the_last_one_and_skips_the_unknown() -> None:
    state = holding(2.0)
    apply_funding(
        state,
        [
            FundingSettlement(SYMBOL, START, 0.001, 110.0),
            FundingSettlement(SYMBOL, START, 0.001),
            FundingSettlement("XRPUSDT", START, 0.001),
        ],
    )
    assert [payment.amount for payment in state.news_funding] == pytest.approx([-0.22, -0.2])
    assert state.wallet == pytest.approx(1_000.0 - 0.42)


def test_the_touch_is_the_price_of_the_other_side() -> None:
    quote = market_at(100.0).quotes(START)[SYMBOL]
    assert touch_of(quote, order("buy", 1.0)) == 100.05
    assert touch_of(quote, order("sell", -1.0)) == 99.95
