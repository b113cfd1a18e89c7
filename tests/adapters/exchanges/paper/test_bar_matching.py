"""What happens inside one bar, in which order, and at which price."""

from dataclasses import replace

import pytest

from etrms_core.adapters.exchanges.paper.bar_matching import mark_at_open
from etrms_core.adapters.exchanges.paper.terms import PaperTerms
from etrms_core.domain.account import MarginMode
from etrms_core.domain.identifiers import PositionSide
from etrms_core.domain.market_data import BarStep, FundingSettlement
from etrms_core.domain.order import OrderStatus, OrderType
from tests.adapters.exchanges.paper.accounts import (
    FREE,
    HOUR,
    NET,
    OTHER,
    START,
    SYMBOL,
    TERMS,
    BarAccount,
    at_close,
    make_bar,
    order,
)

FLAT = (100.0, 100.0, 100.0, 100.0)
STOP, PROFIT = OrderType.STOP_MARKET, OrderType.TAKE_PROFIT_MARKET
TRAILING, LIMIT = OrderType.TRAILING_STOP_MARKET, OrderType.LIMIT


def long_account(quantity: float = 1.0, **choices: float) -> BarAccount:
    """Hold a long from 100 that no liquidation threatens, unless `choices` say otherwise."""
    account = BarAccount(wallet=choices.get("wallet", 1_000.0), terms=at_close())
    account.exchange.create_order(order("entry", quantity))
    return account


def test_a_waiting_market_order_fills_at_the_next_open_with_slippage() -> None:
    account = BarAccount(terms=replace(FREE, slippage_bps=10.0))
    waiting = account.exchange.create_order(order("entry", 2.0))
    assert waiting.status is OrderStatus.NEW
    account.play(110.0, 120.0, 105.0, 115.0)
    assert account.fills() == [(2.0, 110.11, "signal")]
    assert account.state.recent_fills[0].filled_at == START


def test_an_order_under_fill_at_the_close_fills_at_the_trade_close_not_at_the_mark() -> None:
    account = BarAccount(terms=at_close())
    trades, marks = make_bar(100.0, 105.0, 95.0, 103.0), make_bar(100.0, 105.0, 95.0, 102.0)
    step = BarStep(START, START + HOUR, {SYMBOL: trades}, {SYMBOL: marks})
    account.exchange.play(step)
    account.exchange.create_order(order("entry", 1.0))
    assert account.fills() == [(1.0, 103.0, "signal")]
    assert account.exchange.equity() == pytest.approx(999.0)


def test_exits_fill_before_entries_and_symbols_in_the_order_of_the_instruments() -> None:
    account = BarAccount(symbols=(SYMBOL, OTHER), wallet=100.0)
    eth = (OTHER, PositionSide.NET)
    account.exchange.create_order(order("held", 9.0, leg=eth))
    account.play(BTCUSDT=FLAT, ETHUSDT=FLAT)
    account.exchange.create_order(order("grow", 0.5, leg=eth))
    account.exchange.create_order(order("exit", -9.0, reduce_only=True, leg=eth))
    account.exchange.create_order(order("btc", 9.0))
    account.play(BTCUSDT=FLAT, ETHUSDT=FLAT)
    filled = [fill.client_order_id for fill in account.state.recent_fills]
    assert filled[-3:] == ["exit", "btc", "grow"]


def test_a_gapped_stop_fills_at_the_open() -> None:
    account = long_account()
    account.exchange.create_order(order("stop", -1.0, kind=STOP, level=95.0, reduce_only=True))
    account.play(90.0, 99.0, 85.0, 98.0)
    assert account.fills()[-1] == (-1.0, 90.0, "stop_loss")
    assert account.state.recent_fills[-1].filled_at == START


def test_a_stop_reached_inside_the_bar_fills_at_its_level() -> None:
    account = long_account()
    account.exchange.create_order(order("stop", -1.0, kind=STOP, level=95.0, reduce_only=True))
    account.play(98.0, 99.0, 94.0, 98.5)
    assert account.fills()[-1] == (-1.0, 95.0, "stop_loss")
    assert account.state.wallet == pytest.approx(995.0)


def test_a_stop_before_the_liquidation_price_saves_the_rest() -> None:
    # 10 from 100 on 110: liquidated where 110 + 10 (p - 100) = 0.05 p, at 89.447.
    account = long_account(10.0, wallet=110.0)
    account.exchange.create_order(order("stop", -10.0, kind=STOP, level=92.0, reduce_only=True))
    account.play(100.0, 100.0, 50.0, 100.0)
    assert account.fills()[-1] == (-10.0, 92.0, "stop_loss")
    assert account.state.wallet == pytest.approx(30.0)


def test_a_stop_beyond_the_liquidation_price_comes_too_late() -> None:
    account = long_account(10.0, wallet=110.0)
    account.exchange.create_order(order("stop", -10.0, kind=STOP, level=89.0, reduce_only=True))
    account.play(100.0, 100.0, 50.0, 100.0)
    quantity, price, reason = account.fills()[-1]
    assert (quantity, reason) == (-10.0, "liquidation")
    assert price == pytest.approx(890.0 / 9.95)
    assert account.exchange.fetch_order("stop").status is OrderStatus.EXPIRED  # type: ignore[union-attr]


@pytest.mark.parametrize("mode", [MarginMode.CROSS, MarginMode.ISOLATED])
def test_a_leveraged_long_does_not_survive_a_fall_by_half(mode: MarginMode) -> None:
    account = BarAccount(wallet=100.0, terms=at_close(), leverage=10.0, mode=mode)
    account.exchange.create_order(order("entry", 10.0))
    account.play(100.0, 100.0, 50.0, 100.0)
    assert account.held() == 0.0
    assert account.fills()[-1][2] == "liquidation"
    assert 0.0 <= account.state.wallet < 5.1


def test_a_leveraged_long_bought_by_a_limit_inside_the_bar_does_not_survive_it_either() -> None:
    account = BarAccount(wallet=100.0)
    account.exchange.create_order(order("entry", 10.0, kind=LIMIT, level=95.0))
    account.play(100.0, 100.0, 47.5, 100.0)
    assert [reason for _, _, reason in account.fills()] == ["signal", "liquidation"]


def test_a_stop_meets_a_position_that_a_limit_opened_in_the_same_bar() -> None:
    account = BarAccount()
    account.exchange.create_order(order("entry", 1.0, kind=LIMIT, level=95.0))
    account.exchange.create_order(order("stop", -1.0, kind=STOP, level=90.0))
    account.play(100.0, 100.0, 80.0, 97.0)
    assert account.fills() == [(1.0, 95.0, "signal"), (-1.0, 90.0, "stop_loss")]


def test_what_is_reached_first_along_the_adverse_path_is_first() -> None:
    account = BarAccount(symbols=(SYMBOL, OTHER), terms=at_close())
    eth = (OTHER, PositionSide.NET)
    account.exchange.create_order(order("btc", 1.0))
    account.exchange.create_order(order("eth", -1.0, leg=eth))
    account.exchange.create_order(order("far", -1.0, kind=STOP, level=92.0, reduce_only=True))
    account.exchange.create_order(
        order("near", 1.0, kind=STOP, level=104.0, reduce_only=True, leg=eth)
    )
    account.play(BTCUSDT=(100.0, 100.0, 90.0, 95.0), ETHUSDT=(100.0, 110.0, 100.0, 105.0))
    assert [fill.client_order_id for fill in account.state.recent_fills][2:] == ["near", "far"]


def test_the_stop_is_taken_before_the_profit_when_one_bar_holds_both() -> None:
    account = long_account()
    account.exchange.create_order(order("profit", -1.0, kind=PROFIT, level=110.0, reduce_only=True))
    account.exchange.create_order(order("stop", -1.0, kind=STOP, level=95.0, reduce_only=True))
    account.play(100.0, 120.0, 90.0, 115.0)
    assert account.fills()[-1] == (-1.0, 95.0, "stop_loss")
    assert account.held() == 0.0


def test_a_profit_that_the_open_is_beyond_fills_at_the_open_before_the_bar_falls() -> None:
    account = long_account()
    account.exchange.create_order(order("profit", -1.0, kind=PROFIT, level=110.0, reduce_only=True))
    account.exchange.create_order(order("stop", -1.0, kind=STOP, level=95.0, reduce_only=True))
    account.play(112.0, 112.0, 90.0, 91.0)
    assert account.fills()[-1] == (-1.0, 112.0, "take_profit")


def test_of_two_profits_the_nearer_fills_first() -> None:
    account = long_account()
    account.exchange.create_order(order("far", -1.0, kind=PROFIT, level=120.0, reduce_only=True))
    account.exchange.create_order(order("near", -1.0, kind=PROFIT, level=110.0, reduce_only=True))
    account.play(100.0, 130.0, 100.0, 125.0)
    assert account.fills()[-1] == (-1.0, 110.0, "take_profit")
    assert account.held() == 0.0


def test_a_trailing_stop_follows_the_extremes_of_previous_bars_only() -> None:
    account = long_account()
    account.exchange.create_order(order("trail", -1.0, kind=TRAILING, level=0.1, reduce_only=True))
    account.play(100.0, 200.0, 95.0, 190.0)
    assert account.held() == 1.0
    account.play(190.0, 195.0, 170.0, 175.0)
    assert account.fills()[-1] == (-1.0, 180.0, "trailing_stop")


def test_a_limit_fills_as_maker_at_its_limit() -> None:
    account = BarAccount(terms=TERMS)
    account.exchange.create_order(order("bid", 1.0, kind=LIMIT, level=98.0))
    account.play(100.0, 101.0, 97.0, 99.0)
    (fill,) = account.state.recent_fills
    assert (fill.price, fill.is_maker) == (pytest.approx(98.0), True)
    assert fill.fee == pytest.approx(98.0 * 0.0005)


def test_a_limit_that_the_open_is_beyond_fills_at_the_better_open() -> None:
    account = BarAccount(terms=TERMS)
    account.exchange.create_order(order("bid", 1.0, kind=LIMIT, level=98.0))
    account.play(96.0, 101.0, 95.0, 99.0)
    (fill,) = account.state.recent_fills
    assert (fill.price, fill.is_maker, fill.filled_at) == (96.0, True, START)


def test_a_reduce_only_limit_fills_on_the_favourable_side_of_the_bar() -> None:
    account = long_account()
    account.exchange.create_order(order("ask", -1.0, kind=LIMIT, level=105.0, reduce_only=True))
    account.play(100.0, 106.0, 99.0, 104.0)
    assert account.fills()[-1] == (-1.0, 105.0, "signal")


def test_funding_at_the_open_settles_on_the_position_carried_in_at_the_open() -> None:
    account = long_account(2.0)
    account.exchange.create_order(order("stop", -2.0, kind=STOP, level=95.0, reduce_only=True))
    # The stop is gapped through at the same open: funding comes first.
    account.play(90.0, 91.0, 89.0, 90.0, funding=(FundingSettlement(SYMBOL, START, 0.01),))
    assert account.state.ledger[SYMBOL].funding == pytest.approx(-2.0 * 90.0 * 0.01)
    assert account.state.wallet == pytest.approx(1_000.0 - 20.0 - 1.8)


def test_funding_inside_the_bar_settles_after_the_exits_of_the_bar() -> None:
    account = long_account(2.0)
    account.exchange.create_order(order("stop", -2.0, kind=STOP, level=95.0, reduce_only=True))
    settlement = FundingSettlement(SYMBOL, START + HOUR / 2, 0.01)
    account.play(98.0, 99.0, 94.0, 98.0, funding=(settlement,))
    assert account.held() == 0.0
    assert account.state.news_funding == []


def test_a_triggered_entry_fills_as_far_as_margin_backs_it_and_expires() -> None:
    account = BarAccount(wallet=100.0, terms=at_close())
    account.exchange.create_order(order("break", 9.0, kind=STOP, level=105.0))
    account.exchange.create_order(order("entry", 9.0))
    account.play(100.0, 106.0, 100.0, 106.0)
    # 10 of 100 are free and a unit at 105 binds 10.50.
    assert account.held() == pytest.approx(9.0 + 10.0 / 10.5)
    assert account.exchange.fetch_order("break").status is OrderStatus.EXPIRED  # type: ignore[union-attr]


def test_a_waiting_entry_is_cut_to_what_margin_backs_at_a_gapped_open() -> None:
    account = BarAccount(wallet=100.0, mode=MarginMode.ISOLATED)
    account.exchange.create_order(order("entry", 9.0))
    account.play(120.0, 125.0, 119.0, 121.0)
    assert account.held() == pytest.approx(100.0 / 12.0)
    assert account.state.positions[NET].isolated_margin == pytest.approx(100.0)


def test_a_symbol_without_a_bar_keeps_its_orders_and_its_mark() -> None:
    account = BarAccount(symbols=(SYMBOL, OTHER))
    account.exchange.create_order(order("entry", 1.0))
    account.play(ETHUSDT=(100.0, 110.0, 90.0, 105.0))
    assert account.fills() == []
    assert account.state.marks == {SYMBOL: 100.0, OTHER: 105.0}
    account.play(101.0, 101.0, 101.0, 101.0)
    assert account.fills() == [(1.0, 101.0, "signal")]


def test_hedge_legs_of_one_symbol_run_to_opposite_extremes() -> None:
    account = BarAccount(wallet=100.0, terms=at_close())
    account.state.hedge_mode = True
    for name, quantity, side in (("l", 5.0, PositionSide.LONG), ("s", -5.0, PositionSide.SHORT)):
        account.exchange.create_order(order(name, quantity, leg=(SYMBOL, side)))
    account.play(100.0, 115.0, 85.0, 100.0)
    assert account.state.positions == {}
    assert account.state.wallet >= 0.0


def test_marking_at_the_open_touches_nothing_else() -> None:
    account = long_account()
    mark_at_open(account.state, {SYMBOL: make_bar(*FLAT)})
    assert account.state.marks[SYMBOL] == 100.0
    assert account.state.positions[NET].quantity == 1.0


def test_liquidations_pay_slippage_and_both_fees() -> None:
    terms = PaperTerms(maker_fee=0.0, taker_fee=0.001, liquidation_fee=0.001, slippage_bps=10.0)
    account = BarAccount(wallet=111.0, terms=at_close(terms), leverage=10.0)
    account.exchange.create_order(order("entry", 10.0))
    # Bought at 100.1 for a fee of 1.001: 109.999 back 10 units.
    assert account.state.wallet == pytest.approx(109.999)
    account.play(100.0, 100.0, 50.0, 100.0)
    # Broken where 109.999 + 10 (p - 100.1) = 0.05 p.
    mark = (1_001.0 - 109.999) / 9.95
    sold = mark * 0.999
    left = 109.999 + 10.0 * (sold - 100.1) - 10.0 * sold * 0.002
    assert account.fills()[-1] == (-10.0, round(sold, 9), "liquidation")
    assert account.state.wallet == pytest.approx(left)
