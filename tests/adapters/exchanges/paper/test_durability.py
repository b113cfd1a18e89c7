"""What a paper account keeps when its store fails, or when another process has it too."""

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etrms_core.adapters.exchanges.paper.exchange import PaperExchange
from etrms_core.adapters.exchanges.paper.sql_store import SqlPaperStore
from etrms_core.domain.order import OrderType
from etrms_core.errors import ExchangeUnavailableError, OrderRejectedError, StorageError
from tests.adapters.exchanges.paper.accounts import (
    MINUTE,
    START,
    SYMBOL,
    only_position,
    order,
    paper_exchange,
    wallet_of,
)
from tests.fakes import InMemoryPaperStore, ManualClock, ScriptedMarket

STOP, LIMIT = OrderType.STOP_MARKET, OrderType.LIMIT
DISK_FULL = StorageError("disk full")
CALLS: list[Callable[[PaperExchange, int], object]] = [
    lambda exchange, number: exchange.create_order(order(f"buy-{number}", 1.0)),
    lambda exchange, number: exchange.create_order(order(f"sell-{number}", -1.0)),
    lambda exchange, _: exchange.create_order(order("again", 0.5)),
    lambda exchange, number: exchange.create_order(
        order(f"bid-{number}", 1.0, kind=LIMIT, level=95.0)
    ),
    lambda exchange, number: exchange.create_order(
        order(f"stop-{number}", -1.0, kind=STOP, level=97.0, reduce_only=True)
    ),
    lambda exchange, number: exchange.cancel_order(f"bid-{number - 1}"),
    lambda exchange, number: exchange.set_leverage(SYMBOL, 2.0 + number),
    lambda exchange, _: exchange.deposit(10.0),
    lambda exchange, _: exchange.withdraw(10.0),
    lambda exchange, _: exchange.fetch_account(),
]


def market_at(mark: float = 100.0) -> ScriptedMarket:
    return ScriptedMarket(START, {SYMBOL: mark})


def test_what_could_not_be_stored_did_not_happen() -> None:
    market, clock, store = market_at(), ManualClock(START), InMemoryPaperStore()
    exchange = paper_exchange(market, clock, store=store)
    exchange.fetch_account()
    store.trouble = DISK_FULL
    with pytest.raises(ExchangeUnavailableError, match="disk full"):
        exchange.create_order(order("buy", 1.0))
    with pytest.raises(ExchangeUnavailableError):
        exchange.set_leverage(SYMBOL, 3.0)
    with pytest.raises(ExchangeUnavailableError):
        exchange.fetch_order("buy")
    store.trouble = None
    for opened in (exchange, paper_exchange(market, clock, store=store)):
        assert opened.fetch_order("buy") is None
        assert opened.fetch_account().positions == ()
    exchange.create_order(order("buy", 1.0))
    assert only_position(exchange.fetch_account()).leverage == 10.0


def test_an_account_that_cannot_be_loaded_again_is_unavailable_until_it_can() -> None:
    clock, store = ManualClock(START), InMemoryPaperStore()
    exchange = paper_exchange(market_at(), clock, store=store)
    exchange.deposit(5.0)
    store.trouble, store.load_trouble = DISK_FULL, StorageError("disk gone")
    with pytest.raises(ExchangeUnavailableError, match="stored: disk full"):
        exchange.deposit(7.0)
    store.trouble = None
    for _ in range(2):
        with pytest.raises(ExchangeUnavailableError, match="loaded: disk gone"):
            exchange.fetch_account()
    store.load_trouble = None
    assert wallet_of(exchange.fetch_account()) == 1_005.0


def test_an_account_that_was_never_stored_opens_anew() -> None:
    clock, store = ManualClock(START), InMemoryPaperStore()
    exchange = paper_exchange(market_at(), clock, store=store)
    store.trouble = DISK_FULL
    with pytest.raises(ExchangeUnavailableError):
        exchange.deposit(7.0)
    store.trouble = None
    account = exchange.fetch_account()
    assert wallet_of(account) == 1_000.0
    assert [flow.amount for flow in account.flows] == [1_000.0]


def test_a_stop_that_could_not_be_stored_triggers_again() -> None:
    market, clock, store = market_at(), ManualClock(START), InMemoryPaperStore()
    market.move(START + MINUTE, BTCUSDT=94.0)
    exchange = paper_exchange(market, clock, store=store)
    exchange.create_order(order("buy", 1.0))
    exchange.create_order(order("stop", -1.0, kind=STOP, level=95.0, reduce_only=True))
    clock.advance(minutes=2)
    store.trouble = DISK_FULL
    with pytest.raises(ExchangeUnavailableError):
        exchange.fetch_account()
    store.trouble = None
    account = exchange.fetch_account()
    assert [fill.reason for fill in account.fills or ()] == ["signal", "stop_loss"]
    assert account.positions == ()


@given(
    st.lists(
        st.tuples(st.integers(0, len(CALLS) - 1), st.booleans(), st.floats(0.0, 40.0)),
        max_size=12,
    )
)
@settings(max_examples=100)
def test_after_a_failure_the_account_is_what_a_fresh_load_shows(
    steps: list[tuple[int, bool, float]],
) -> None:
    market, clock, store = market_at(), ManualClock(START), InMemoryPaperStore()
    for minute, mark in enumerate((98.0, 96.0, 94.0, 101.0, 99.0), start=1):
        market.move(START + minute * MINUTE, BTCUSDT=mark)
    exchange = paper_exchange(market, clock, store=store)
    for number, (chosen, fails, seconds) in enumerate(steps):
        clock.advance(seconds=seconds)
        store.trouble = DISK_FULL if fails else None
        try:
            CALLS[chosen](exchange, number)
        except OrderRejectedError:
            continue
        except ExchangeUnavailableError:
            store.trouble = None
            fresh = paper_exchange(market, clock, store=store.opened_again())
            shown = fresh.fetch_account()
            seen = [fresh.fetch_order(name) for name in (f"buy-{number}", "again")]
            assert exchange.fetch_account() == shown
            assert [exchange.fetch_order(n) for n in (f"buy-{number}", "again")] == seen


def test_of_two_processes_with_one_account_the_second_is_refused_and_then_sees_the_first() -> None:
    market, clock, store = market_at(), ManualClock(START), InMemoryPaperStore()
    stopped = paper_exchange(market, clock, store=store)
    stopped.create_order(order("before", 1.0))
    successor = paper_exchange(market, clock, store=store.opened_again())
    successor.create_order(order("close", -1.0, reduce_only=True))
    with pytest.raises(ExchangeUnavailableError, match="another process has changed the account"):
        stopped.create_order(order("late", -1.0))
    assert stopped.fetch_order("late") is None
    assert stopped.fetch_order("close") is not None
    assert stopped.fetch_account().positions == ()
    assert successor.fetch_order("late") is None


def test_two_processes_on_one_database_lose_nothing_that_was_acknowledged() -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "paper.db"
        with closing(SqlPaperStore(path)) as one, closing(SqlPaperStore(path)) as other:
            market, clock = market_at(), ManualClock(START)
            desks = [
                PaperExchange("main", market=market, clock=clock, store=store)
                for store in (one, other)
            ]
            taken = []
            for number in range(20):
                clock.now += timedelta(seconds=1)
                for desk, name in zip(desks, "ab", strict=True):
                    try:
                        taken.append(desk.create_order(order(f"{name}{number}", 0.1)))
                    except ExchangeUnavailableError:
                        continue
            assert len(taken) >= 20
            for desk in desks:
                desk.fetch_account()
            held = only_position(desks[-1].fetch_account()).quantity
            assert held == pytest.approx(0.1 * len(taken))
            assert [desks[-1].fetch_order(each.request.client_order_id) for each in taken] == taken
