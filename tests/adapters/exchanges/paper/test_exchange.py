"""The paper exchange as a whole: time, durability, restarts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from etrms_core.adapters.exchanges.paper.exchange import PaperExchange, pace_from
from etrms_core.adapters.exchanges.paper.pace import MarketPace
from etrms_core.domain.account import FlowKind, MarginMode
from etrms_core.domain.identifiers import PositionSide
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.market_data import FundingSettlement
from etrms_core.domain.order import OrderStatus, OrderType, Rejection
from etrms_core.errors import (
    DomainError,
    OrderRejectedError,
)
from tests.adapters.exchanges.paper.accounts import (
    FREE,
    HOUR,
    MINUTE,
    OTHER,
    START,
    SYMBOL,
    TERMS,
    equity_of,
    only_position,
    order,
    paper_exchange,
    wallet_of,
)
from tests.fakes import InMemoryPaperStore, ManualClock, ScriptedMarket

STOP, LIMIT = OrderType.STOP_MARKET, OrderType.LIMIT


def market_at(mark: float = 100.0) -> ScriptedMarket:
    return ScriptedMarket(START, {SYMBOL: mark})


def rejection(error: pytest.ExceptionInfo[OrderRejectedError]) -> Rejection:
    return Rejection(error.value.code)


def test_open_and_close_at_one_price_loses_only_the_fees() -> None:
    market, clock = market_at(99.95), ManualClock(START)
    market.move(START + MINUTE, BTCUSDT=100.05)
    exchange = paper_exchange(market, clock)
    assert exchange.create_order(order("open", 50.0)).average_price == pytest.approx(100.0)
    clock.advance(minutes=1)
    assert exchange.create_order(order("close", -50.0)).average_price == pytest.approx(100.0)
    account = exchange.fetch_account()
    assert account.positions == ()
    assert wallet_of(account) == pytest.approx(1_000.0 - 2 * 5.0)
    exchange.withdraw(990.0)


@pytest.mark.parametrize("mode", list(MarginMode))
def test_a_leveraged_long_does_not_survive_a_fall_by_half(mode: MarginMode) -> None:
    market, clock = market_at(), ManualClock(START)
    market.move(START + timedelta(seconds=30), BTCUSDT=50.0)
    exchange = paper_exchange(market, clock)
    exchange.set_margin_mode(SYMBOL, mode)
    exchange.create_order(order("long", 98.0))
    clock.advance(seconds=30)
    account = exchange.fetch_account()
    assert account.positions == ()
    assert account.fills[-1].reason == "liquidation"
    assert 0.0 <= wallet_of(account) < 20.0


def test_a_new_account_opens_with_a_deposit() -> None:
    account = paper_exchange(market_at(), ManualClock(START), capital=2_500.0).fetch_account()
    assert wallet_of(account) == 2_500.0
    assert [(flow.kind, flow.amount) for flow in account.flows] == [(FlowKind.DEPOSIT, 2_500.0)]
    with pytest.raises(DomainError, match="capital above 0"):
        paper_exchange(market_at(), ManualClock(START), capital=float("nan"))


def test_deposits_and_withdrawals_move_the_wallet_and_are_flows() -> None:
    exchange = paper_exchange(market_at(), ManualClock(START))
    exchange.deposit(500.0)
    exchange.withdraw(300.0)
    account = exchange.fetch_account()
    assert wallet_of(account) == 1_200.0
    assert [flow.amount for flow in account.flows] == [1_000.0, 500.0, -300.0]


def test_a_market_order_fills_at_once_and_a_stop_rests() -> None:
    exchange = paper_exchange(market_at(), ManualClock(START))
    assert exchange.create_order(order("buy", 1.0)).status is OrderStatus.FILLED
    stop = exchange.create_order(order("stop", -1.0, kind=STOP, level=90.0, reduce_only=True))
    assert stop.status is OrderStatus.NEW
    assert exchange.fetch_account().orders == (stop,)
    assert exchange.cancel_order("stop").status is OrderStatus.CANCELED
    assert exchange.fetch_order("stop") == replace(stop, status=OrderStatus.CANCELED)


def test_a_refused_post_only_order_leaves_no_trace() -> None:
    exchange = paper_exchange(market_at(), ManualClock(START))
    bid = replace(order("bid", 1.0, kind=LIMIT, level=101.0), post_only=True)
    with pytest.raises(OrderRejectedError) as refused:
        exchange.create_order(bid)
    assert rejection(refused) is Rejection.POST_ONLY
    assert exchange.fetch_order("bid") is None


def test_an_order_for_another_account_is_refused() -> None:
    exchange = paper_exchange(market_at(), ManualClock(START))
    with pytest.raises(DomainError, match="account 'other'"):
        exchange.create_order(replace(order("a", 1.0), account="other"))


def test_looking_an_order_up_tells_what_happened_until_now() -> None:
    market, clock = market_at(), ManualClock(START)
    market.move(START + MINUTE, BTCUSDT=90.0)
    exchange = paper_exchange(market, clock)
    exchange.create_order(order("buy", 1.0))
    exchange.create_order(order("stop", -1.0, kind=STOP, level=95.0, reduce_only=True))
    clock.advance(minutes=2)
    found = exchange.fetch_order("stop")
    assert found is not None
    assert found.status is OrderStatus.FILLED


def test_the_position_mode_changes_only_while_nothing_is_open() -> None:
    exchange = paper_exchange(market_at(), ManualClock(START))
    exchange.set_hedge_mode(enabled=True)
    exchange.create_order(order("buy", 1.0, leg=(SYMBOL, PositionSide.LONG)))
    with pytest.raises(OrderRejectedError) as refused:
        exchange.set_hedge_mode(enabled=False)
    assert rejection(refused) is Rejection.POSITION_OPEN


def test_a_restart_finds_the_account_as_it_was() -> None:
    market, clock, store = market_at(), ManualClock(START), InMemoryPaperStore()
    first = paper_exchange(market, clock, store=store)
    first.create_order(order("buy", 1.0))
    first.create_order(order("bid", 1.0, kind=LIMIT, level=90.0))
    first.set_leverage(SYMBOL, 5.0)
    second = paper_exchange(market, clock, store=store)
    assert second.fetch_account() == first.fetch_account()
    assert second.fetch_order("buy") == first.fetch_order("buy")


def test_a_stop_and_a_liquidation_happen_while_nobody_is_there() -> None:
    market, clock, store = market_at(), ManualClock(START), InMemoryPaperStore()
    market.move(START + 3 * HOUR, BTCUSDT=94.0)
    market.move(START + 5 * HOUR, BTCUSDT=60.0)
    market.move(START + 6 * HOUR, BTCUSDT=100.0)
    first = paper_exchange(market, clock, store=store)
    first.create_order(order("buy", 90.0))
    first.create_order(order("stop", -10.0, kind=STOP, level=95.0, reduce_only=True))
    clock.advance(hours=30)
    account = paper_exchange(market, clock, store=store).fetch_account()
    assert [fill.reason for fill in account.fills] == ["stop_loss", "liquidation"]
    assert [fill.filled_at for fill in account.fills] == [START + 3 * HOUR, START + 5 * HOUR]
    assert account.positions == ()
    assert wallet_of(account) >= -1e-9


def test_a_restart_after_a_short_gap_plays_it_minute_by_minute() -> None:
    market, clock, store = market_at(), ManualClock(START), InMemoryPaperStore()
    market.move(START + 10 * MINUTE, BTCUSDT=94.0)
    market.move(START + 12 * MINUTE, BTCUSDT=100.0)
    first = paper_exchange(market, clock, store=store)
    first.create_order(order("buy", 1.0))
    first.create_order(order("stop", -1.0, kind=STOP, level=95.0, reduce_only=True))
    clock.advance(minutes=40)
    account = paper_exchange(market, clock, store=store).fetch_account()
    assert account.fills[-1].filled_at == START + 10 * MINUTE
    assert account.fills[-1].price == pytest.approx(93.95)


@pytest.mark.parametrize("hours", [0.5, 8.0, 20.0, 30.0])
def test_funding_is_paid_once_whatever_the_restarts(hours: float) -> None:
    market, clock, store = market_at(), ManualClock(START), InMemoryPaperStore()
    market.settlements = [
        FundingSettlement(SYMBOL, START + number * HOUR, 0.001) for number in range(30)
    ]
    exchange = paper_exchange(market, clock, store=store, terms=FREE)
    exchange.create_order(order("buy", 1.0))
    paid_at = START
    while paid_at < START + 29 * HOUR:
        clock.advance(hours=hours)
        paid_at = clock.now
        exchange = paper_exchange(market, clock, store=store, terms=FREE)
        exchange.fetch_account()
        exchange.fetch_account()
    assert exchange.fetch_account().ledger is not None
    (ledger,) = exchange.fetch_account().ledger or ()
    assert ledger.funding == pytest.approx(-29 * 0.1)


def test_a_quiet_account_is_stored_every_ten_seconds() -> None:
    clock, store = ManualClock(START), InMemoryPaperStore()
    exchange = paper_exchange(market_at(), clock, store=store)
    for _ in range(30):
        exchange.quotes()
        clock.advance(seconds=1)
    assert store.saves == 3


def test_a_clock_that_stands_still_or_goes_back_stops_the_market() -> None:
    market, clock = market_at(), ManualClock(START)
    market.move(START - HOUR, BTCUSDT=100.0)
    exchange = paper_exchange(market, clock)
    seen = exchange.fetch_account().observed_at
    assert exchange.fetch_account().observed_at == seen
    clock.advance(hours=-1)
    assert exchange.fetch_account().observed_at == seen
    assert exchange.create_order(order("buy", 1.0)).created_at == seen
    assert exchange.order_book(SYMBOL).observed_at == START


def test_a_restart_with_the_clock_behind_still_has_quotes() -> None:
    market, clock, store = market_at(), ManualClock(START), InMemoryPaperStore()
    paper_exchange(market, clock, store=store).fetch_account()
    clock.advance(hours=-1)
    exchange = paper_exchange(market, clock, store=store)
    assert set(exchange.quotes()) == {SYMBOL}
    resting = exchange.create_order(order("bid", 1.0, kind=LIMIT, level=90.0))
    assert resting.status is OrderStatus.NEW


def test_an_accelerated_market_runs_ahead_and_stamps_desk_time() -> None:
    market, clock = market_at(), ManualClock(START)
    market.move(START + 30 * MINUTE, BTCUSDT=90.0)
    exchange = PaperExchange(
        "main", market=market, clock=clock, pace=MarketPace(START, START, 60.0), terms=TERMS
    )
    exchange.create_order(order("buy", 1.0))
    exchange.create_order(order("stop", -1.0, kind=STOP, level=95.0, reduce_only=True))
    clock.advance(seconds=40)
    account = exchange.fetch_account()
    assert account.fills[-1].filled_at == START + timedelta(seconds=30)
    assert account.observed_at == START + timedelta(seconds=40)


def test_another_speed_counts_from_the_restart_on() -> None:
    market, clock, store = market_at(), ManualClock(START), InMemoryPaperStore()
    market.move(START + 2 * HOUR, BTCUSDT=90.0)
    paper_exchange(market, clock, store=store).fetch_account()
    clock.advance(hours=1)
    fast = PaperExchange(
        "main", market=market, clock=clock, pace=MarketPace(START, START, 3_600.0), store=store
    )
    assert fast.quotes()[SYMBOL].mark_price == 100.0
    clock.advance(seconds=1)
    assert fast.quotes()[SYMBOL].mark_price == 90.0


def test_a_known_pace_goes_on() -> None:
    known, now = MarketPace(START, START - HOUR, 10.0), START + MINUTE
    assert pace_from(None, None, now=now) == MarketPace(now, now)
    assert pace_from(None, known, now=now) is known
    assert pace_from(known, None, now=now) is known
    assert pace_from(known, MarketPace(now, now, 10.0), now=now) is known
    changed = pace_from(known, MarketPace(now, now, 2.0), now=now)
    assert changed == MarketPace(now, START - HOUR + 10 * MINUTE, 2.0)


def test_a_symbol_that_lost_its_market_has_an_unknown_mark_and_takes_no_orders() -> None:
    market, clock = ScriptedMarket(START, {SYMBOL: 100.0, OTHER: 50.0}), ManualClock(START)
    exchange = paper_exchange(market, clock)
    exchange.create_order(order("buy", 1.0))
    exchange.create_order(order("stop", -1.0, kind=STOP, level=90.0, reduce_only=True))
    market.delist(SYMBOL)
    clock.advance(minutes=1)
    account = exchange.fetch_account()
    assert only_position(account).mark_price is None
    with pytest.raises(OrderRejectedError) as refused:
        exchange.create_order(order("sell", -1.0, reduce_only=True))
    assert rejection(refused) is Rejection.UNKNOWN_SYMBOL
    assert exchange.cancel_order("stop").status is OrderStatus.CANCELED
    clock.advance(hours=30)
    assert exchange.fetch_account().orders == ()


def test_a_contract_listed_later_can_be_traded_by_a_known_account() -> None:
    market, clock, store = market_at(), ManualClock(START), InMemoryPaperStore()
    paper_exchange(market, clock, store=store).fetch_account()
    both = ScriptedMarket(
        START,
        {SYMBOL: 100.0, OTHER: 50.0},
        instruments=[Instrument(SYMBOL), Instrument(OTHER, maximum_leverage=5.0)],
    )
    exchange = paper_exchange(both, clock, store=store)
    clock.advance(seconds=1)
    exchange.create_order(order("buy", 1.0, leg=(OTHER, PositionSide.NET)))
    assert only_position(exchange.fetch_account()).leverage == 5.0


def test_equity_is_wallet_plus_unrealised() -> None:
    market, clock = market_at(), ManualClock(START)
    market.move(START + MINUTE, BTCUSDT=107.0)
    exchange = paper_exchange(market, clock, terms=FREE)
    exchange.create_order(order("buy", 2.0))
    clock.advance(minutes=1)
    assert equity_of(exchange.fetch_account()) == pytest.approx(1_000.0 + 2.0 * (107.0 - 100.05))
