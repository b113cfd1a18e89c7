"""The three paper venues keep the contract of every venue."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from etrms_core.adapters.exchanges.paper.bar_driven_exchange import BarDrivenExchange
from etrms_core.adapters.exchanges.paper.exchange import PaperExchange
from etrms_core.adapters.exchanges.paper.order_entry import opened_account
from etrms_core.adapters.exchanges.paper.remote import RemotePaperExchange, serve_paper_exchange
from etrms_core.adapters.exchanges.paper.simulated_market import SimulatedMarket
from etrms_core.adapters.exchanges.paper.terms import PaperTerms
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.market_data import Bar, BarStep
from etrms_core.engine.ports import ExchangePort
from tests.adapters.exchanges.paper.accounts import HOUR, START, SYMBOL
from tests.contracts.exchange_contract import ExchangeContract
from tests.fakes import ManualClock

MARKET = SimulatedMarket(seed=7, start=START)


def simulated(clock: ManualClock) -> PaperExchange:
    return PaperExchange("main", market=MARKET, clock=clock, capital=10_000.0)


class TestPaperExchange(ExchangeContract):
    @pytest.fixture
    def exchange(self) -> ExchangePort:
        return simulated(ManualClock(START + timedelta(days=3)))


class TestRemotePaperExchange(ExchangeContract):
    @pytest.fixture
    def exchange(self) -> Iterator[ExchangePort]:
        served = simulated(ManualClock(START + timedelta(days=3)))
        with serve_paper_exchange(served, ("127.0.0.1", 0)) as server:
            yield RemotePaperExchange(server.address, account="main")


class TestBarDrivenExchange(ExchangeContract):
    has_book = False

    @pytest.fixture
    def exchange(self) -> ExchangePort:
        instruments = {SYMBOL: Instrument(SYMBOL, tick_size=0.1, lot_size=0.001)}
        terms = PaperTerms()
        state = opened_account(instruments, terms)
        state.wallet = 10_000.0
        opened = BarDrivenExchange(
            "main", instruments=instruments, terms=terms, state=state, opened_at=START
        )
        play_flat_hour(opened)
        return opened

    def settle(self, exchange: ExchangePort) -> None:
        assert isinstance(exchange, BarDrivenExchange)
        play_flat_hour(exchange)


def play_flat_hour(exchange: BarDrivenExchange) -> None:
    opens_at = exchange.fetch_account().observed_at or START
    bars = {SYMBOL: Bar(100.0, 100.0, 100.0, 100.0, 1.0)}
    exchange.play(BarStep(opens_at, opens_at + HOUR, bars, bars))
