"""The exchange of replays beside the order of events inside a bar."""

from dataclasses import replace

import pytest

from etrms_core.adapters.exchanges.paper.bar_driven_exchange import BarDrivenExchange
from etrms_core.adapters.exchanges.paper.state_document import state_from_document
from etrms_core.domain.account import MarginMode
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.market_data import FundingSettlement
from etrms_core.domain.order import OrderStatus, OrderType, Rejection
from etrms_core.errors import OrderRejectedError
from tests.adapters.exchanges.paper.accounts import (
    FREE,
    HOUR,
    START,
    SYMBOL,
    TERMS,
    BarAccount,
    at_close,
    equity_of,
    only_position,
    order,
    wallet_of,
)

LIMIT = OrderType.LIMIT


def test_open_and_close_at_one_price_loses_only_the_fees() -> None:
    account = BarAccount(terms=at_close(TERMS))
    account.play(100.0, 100.0, 100.0, 100.0)
    account.exchange.create_order(order("open", 50.0))
    account.exchange.create_order(order("close", -50.0, reduce_only=True))
    assert wallet_of(account.exchange.fetch_account()) == pytest.approx(1_000.0 - 2 * 5.0)
    assert account.exchange.fetch_account().positions == ()


def test_the_account_is_seen_at_the_close() -> None:
    account = BarAccount()
    account.exchange.create_order(order("buy", 1.0))
    account.play(100.0, 110.0, 95.0, 108.0)
    seen = account.exchange.fetch_account()
    assert seen.observed_at == START + HOUR
    assert only_position(seen).mark_price == 108.0
    assert equity_of(seen) == pytest.approx(account.exchange.equity()) == pytest.approx(1_008.0)
    assert account.exchange.quotes()[SYMBOL].bid == 108.0


def test_bars_hold_no_book() -> None:
    with pytest.raises(OrderRejectedError) as refused:
        BarAccount().exchange.order_book(SYMBOL)
    assert refused.value.code == Rejection.NO_MARKET


def test_a_post_only_limit_beyond_the_last_price_is_refused() -> None:
    account = BarAccount()
    account.play(100.0, 100.0, 100.0, 100.0)
    with pytest.raises(OrderRejectedError) as refused:
        account.exchange.create_order(
            replace(order("bid", 1.0, kind=LIMIT, level=100.0), post_only=True)
        )
    assert refused.value.code == Rejection.POST_ONLY


def test_an_order_is_looked_up_and_cancelled_by_our_id() -> None:
    exchange = BarAccount().exchange
    placed = exchange.create_order(order("bid", 1.0, kind=LIMIT, level=90.0))
    assert exchange.fetch_order("bid") == placed
    assert exchange.cancel_order("bid").status is OrderStatus.CANCELED
    assert exchange.fetch_order("never") is None


def test_leverage_and_margin_mode_are_settings_of_the_symbol() -> None:
    account = BarAccount(terms=at_close())
    account.exchange.set_leverage(SYMBOL, 4.0)
    account.exchange.set_margin_mode(SYMBOL, MarginMode.ISOLATED)
    account.exchange.create_order(order("buy", 8.0))
    position = only_position(account.exchange.fetch_account())
    assert (position.leverage, position.isolated_margin) == (4.0, pytest.approx(200.0))


def test_news_are_taken_once() -> None:
    account = BarAccount()
    account.exchange.create_order(order("buy", 1.0))
    account.play(100.0, 100.0, 100.0, 100.0)
    account.play(
        100.0, 100.0, 100.0, 100.0, funding=(FundingSettlement(SYMBOL, account.now, 0.01),)
    )
    news = account.exchange.take_news()
    assert [fill.client_order_id for fill in news.fills] == ["buy"]
    assert [payment.amount for payment in news.funding] == [pytest.approx(-1.0)]
    assert account.exchange.take_news().fills == ()


def test_an_account_opened_from_its_document_goes_on_as_if_nothing_had_been() -> None:
    bars = [(100.0, 104.0, 97.0, 103.0), (103.0, 106.0, 99.0, 101.0), (101.0, 102.0, 92.0, 94.0)]
    whole, cut = BarAccount(terms=TERMS), BarAccount(terms=TERMS)
    for account in (whole, cut):
        account.exchange.create_order(order("buy", 20.0))
        stop = order(
            "trail", -20.0, kind=OrderType.TRAILING_STOP_MARKET, level=0.08, reduce_only=True
        )
        account.play(*bars[0])
        account.exchange.create_order(stop)
        account.exchange.take_news()
    cut.exchange = BarDrivenExchange(
        "main",
        instruments={SYMBOL: Instrument(SYMBOL)},
        terms=TERMS,
        state=state_from_document(cut.exchange.document()),
        opened_at=START,
    )
    for account in (whole, cut):
        account.play(*bars[1])
        account.play(*bars[2])
    assert cut.exchange.fetch_account() == whole.exchange.fetch_account()
    assert cut.exchange.fetch_account().positions == ()


def test_funding_of_a_symbol_without_a_bar_takes_the_last_mark() -> None:
    account = BarAccount(symbols=(SYMBOL, "ETHUSDT"), terms=at_close(FREE))
    account.exchange.create_order(order("buy", 1.0))
    funding = (FundingSettlement(SYMBOL, START, 0.01),)
    account.play(ETHUSDT=(50.0, 50.0, 50.0, 50.0), funding=funding)
    assert account.state.wallet == pytest.approx(999.0)
