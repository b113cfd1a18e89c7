"""What holds whatever anybody does: money adds up, and nothing grows that was meant to shrink."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from etrms_core.adapters.exchanges.paper.bar_driven_exchange import BarDrivenExchange
from etrms_core.adapters.exchanges.paper.exchange import PaperExchange
from etrms_core.adapters.exchanges.paper.order_entry import opened_account
from etrms_core.adapters.exchanges.paper.terms import BarFill, PaperTerms
from etrms_core.domain.account import AccountState, MarginMode
from etrms_core.domain.identifiers import PositionSide
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.market_data import BarStep, FundingSettlement
from etrms_core.domain.order import Fill, Order, OrderRequest, OrderType
from etrms_core.engine.ports import ExchangePort
from etrms_core.errors import OrderRejectedError
from etrms_core.kernels.account import apply_fill
from tests.adapters.exchanges.paper.accounts import (
    HOUR,
    OTHER,
    START,
    SYMBOL,
    make_bar,
    order,
    wallet_of,
)
from tests.fakes import InMemoryPaperStore, ManualClock, ScriptedMarket

CAPITAL = 1_000.0
SYMBOLS = (SYMBOL, OTHER)
TERMS = PaperTerms(slippage_bps=5.0)
QUANTITIES = st.sampled_from([0.5, 1.0, 7.0, 40.0, 90.0])
DISTANCES = st.sampled_from([0.001, 0.01, 0.05, 0.2])
KINDS = st.sampled_from(list(OrderType))
SIDES = st.sampled_from([1.0, -1.0])
MOVES = st.tuples(*[st.floats(-0.12, 0.12)] * 2)
JUMPS = st.tuples(*[st.floats(-0.7, 2.5)] * 2)


@dataclass
class Watcher:
    """Follows an account by its fills and compares what it shows with what they add up to."""

    requests: dict[str, OrderRequest] = field(default_factory=dict)
    held: dict[tuple[str, PositionSide], float] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def watch(self, account: AccountState) -> None:
        for fill in account.fills:
            if fill.fill_id not in self.seen:
                self.seen.add(fill.fill_id)
                self._count(fill)
        shown = {(each.symbol, each.side): each.quantity for each in account.positions}
        assert {leg: q for leg, q in self.held.items() if q != 0.0} == pytest.approx(shown)

    def _count(self, fill: Fill) -> None:
        leg = (fill.symbol, fill.position_side)
        before = self.held.get(leg, 0.0)
        after, _, _ = apply_fill(before, 1.0, fill.quantity, 1.0)
        request = self.requests.get(fill.client_order_id)
        if request is None:
            assert fill.reason == "liquidation"
            assert after == 0.0
        elif request.reduce_only:
            assert abs(after) < abs(before)
            assert before * after >= 0.0
        self.held[leg] = after
        assert fill.price > 0.0
        assert fill.fee >= 0.0


def level_of(kind: OrderType, mark: float, side: float, distance: float) -> float | None:
    """Choose a level at which a resting order may wait."""
    match kind:
        case OrderType.MARKET:
            return None
        case OrderType.TRAILING_STOP_MARKET:
            return distance
        case OrderType.STOP_MARKET:
            return mark * (1.0 + side * distance)
        case _:
            return mark * (1.0 - side * distance)


def check_money(account: AccountState, flows: float) -> None:
    """Compare the wallet with the ledger, and equity with both."""
    ledger = account.ledger or ()
    turnover = sum(abs(each.realized_pnl) + each.fees + abs(each.funding) for each in ledger)
    tolerance = 1e-9 * (1.0 + abs(flows) + turnover)
    assert wallet_of(account) == pytest.approx(
        flows + sum(each.net for each in ledger), abs=tolerance
    )
    if not account.positions:
        assert wallet_of(account) >= -tolerance
    for position in account.positions:
        if position.margin_mode is MarginMode.CROSS:
            assert position.isolated_margin == 0.0


def check_entries(exchange: ExchangePort, changed: float) -> None:
    """Compare the sum of the ledger's entries with what the wallet changed since the opening."""
    amounts = [each.amount for each in exchange.ledger(since=START, limit=100_000).entries]
    tolerance = 1e-9 * (1.0 + sum(map(abs, amounts)))
    assert sum(amounts) == pytest.approx(changed, abs=tolerance)


class PaperAccountMachine(RuleBasedStateMachine):
    """A trader, a market, and restarts, on the exchange that quotes drive."""

    @initialize(hedge=st.booleans(), modes=st.tuples(*[st.sampled_from(MarginMode)] * 2))
    def open(self, hedge: bool, modes: tuple[MarginMode, MarginMode]) -> None:
        self.market = ScriptedMarket(
            START, dict.fromkeys(SYMBOLS, 100.0), sizes=(5.0, 20.0, 60.0), gap=0.05
        )
        self.clock = ManualClock(START)
        self.store = InMemoryPaperStore()
        self.exchange = self._start()
        self.exchange.set_hedge_mode(enabled=hedge)
        for symbol, mode in zip(SYMBOLS, modes, strict=True):
            self.exchange.set_margin_mode(symbol, mode)
        self.hedge = hedge
        self.flows = CAPITAL
        self.number = 0
        self.watcher = Watcher()

    def _start(self) -> PaperExchange:
        return PaperExchange(
            "main",
            market=self.market,
            clock=self.clock,
            capital=CAPITAL,
            terms=TERMS,
            store=self.store,
        )

    @rule(
        symbol=st.sampled_from(SYMBOLS),
        side=SIDES,
        quantity=QUANTITIES,
        kind=KINDS,
        distance=DISTANCES,
        reduce_only=st.booleans(),
    )
    def trade(
        self,
        symbol: str,
        side: float,
        quantity: float,
        kind: OrderType,
        distance: float,
        reduce_only: bool,
    ) -> None:
        opens_long = (side > 0.0) != reduce_only
        leg = PositionSide.LONG if opens_long else PositionSide.SHORT
        mark = self.exchange.quotes()[symbol].mark_price
        self.send(
            order(
                self._next_id(),
                side * quantity,
                kind=kind,
                level=level_of(kind, mark, side, distance),
                reduce_only=reduce_only,
                leg=(symbol, leg if self.hedge else PositionSide.NET),
            )
        )

    def send(self, request: OrderRequest) -> Order | None:
        self.watcher.requests[request.client_order_id] = request
        try:
            return self.exchange.create_order(request)
        except OrderRejectedError:
            assert self.exchange.fetch_order(request.client_order_id) is None
            return None

    def _next_id(self) -> str:
        self.number += 1
        return str(self.number)

    @rule(moves=MOVES, seconds=st.sampled_from([1, 60, 600]))
    def drift(self, moves: tuple[float, float], seconds: int) -> None:
        self._move(moves)
        self.clock.advance(seconds=seconds)

    @rule(jumps=JUMPS, hours=st.sampled_from([0, 3, 30]))
    def jump_and_restart(self, jumps: tuple[float, float], hours: int) -> None:
        self._move(jumps)
        self.clock.advance(hours=hours, seconds=2)
        self.exchange = self._start()

    def _move(self, moves: tuple[float, float]) -> None:
        at = self.clock.now + timedelta(seconds=1)
        marks = {
            symbol: min(1e5, max(1.0, self.market.mark(symbol, self.clock.now) * (1.0 + move)))
            for symbol, move in zip(SYMBOLS, moves, strict=True)
        }
        self.market.move(at, **marks)

    @rule(symbol=st.sampled_from(SYMBOLS), rate=st.floats(-0.003, 0.003))
    def pay_funding(self, symbol: str, rate: float) -> None:
        settled_at = self.clock.now + timedelta(seconds=1)
        self.market.settlements.append(FundingSettlement(symbol, settled_at, rate))
        self.clock.advance(seconds=2)

    @rule(amount=st.floats(1.0, 500.0))
    def deposit(self, amount: float) -> None:
        self.exchange.deposit(amount)
        self.flows += amount

    @rule(amount=st.floats(1.0, 2_000.0))
    def withdraw(self, amount: float) -> None:
        try:
            self.exchange.withdraw(amount)
        except OrderRejectedError:
            return
        self.flows -= amount

    @rule(symbol=st.sampled_from(SYMBOLS), leverage=st.sampled_from([1.0, 5.0, 20.0, 100.0]))
    def choose_leverage(self, symbol: str, leverage: float) -> None:
        try:
            self.exchange.set_leverage(symbol, leverage)
        except OrderRejectedError:
            return

    @rule()
    def cancel_something(self) -> None:
        for resting in self.exchange.fetch_account().orders[:1]:
            self.exchange.cancel_order(resting.request.client_order_id)

    @invariant()
    def money_adds_up_and_reduce_only_shrinks(self) -> None:
        account = self.exchange.fetch_account()
        self.watcher.watch(account)
        check_money(account, self.flows)
        check_entries(self.exchange, wallet_of(account))
        assert all(each.is_open for each in account.orders)
        check_reduce_only_orders_have_something_to_reduce(self.exchange, account)


def check_reduce_only_orders_have_something_to_reduce(
    exchange: ExchangePort, account: AccountState
) -> None:
    held = {(each.symbol, each.side): each.quantity for each in account.positions}
    for resting in account.orders:
        request = resting.request
        if request.reduce_only:
            quantity = held.get((request.symbol, request.position_side), 0.0)
            assert quantity * request.side.sign < 0.0
        assert exchange.fetch_order(request.client_order_id) == resting


class BarAccountMachine(RuleBasedStateMachine):
    """A trader on bars of any shape."""

    @initialize(
        modes=st.tuples(*[st.sampled_from(MarginMode)] * 2), bar_fill=st.sampled_from(BarFill)
    )
    def open(self, modes: tuple[MarginMode, MarginMode], bar_fill: BarFill) -> None:
        instruments = {symbol: Instrument(symbol) for symbol in SYMBOLS}
        terms = PaperTerms(slippage_bps=5.0, bar_fill=bar_fill)
        state = opened_account(instruments, terms)
        state.wallet = CAPITAL
        state.marks.update(dict.fromkeys(SYMBOLS, 100.0))
        self.exchange = BarDrivenExchange(
            "main", instruments=instruments, terms=terms, state=state, opened_at=START
        )
        for symbol, mode in zip(SYMBOLS, modes, strict=True):
            self.exchange.set_margin_mode(symbol, mode)
        self.now = START
        self.number = 0
        self.watcher = Watcher()

    @rule(
        symbol=st.sampled_from(SYMBOLS),
        signed=st.tuples(SIDES, QUANTITIES),
        kind=KINDS,
        distance=DISTANCES,
        reduce_only=st.booleans(),
    )
    def trade(
        self,
        symbol: str,
        signed: tuple[float, float],
        kind: OrderType,
        distance: float,
        reduce_only: bool,
    ) -> None:
        side, quantity = signed
        mark = self.exchange.quotes()[symbol].mark_price
        self.number += 1
        request = order(
            str(self.number),
            side * quantity,
            kind=kind,
            level=level_of(kind, mark, side, distance),
            reduce_only=reduce_only,
            leg=(symbol, PositionSide.NET),
        )
        self.watcher.requests[request.client_order_id] = request
        try:
            self.exchange.create_order(request)
        except OrderRejectedError:
            assert self.exchange.fetch_order(request.client_order_id) is None

    @rule(
        shapes=st.tuples(
            *[
                st.tuples(
                    st.floats(-0.3, 0.3),
                    st.floats(0.0, 0.6),
                    st.floats(0.0, 0.6),
                    st.floats(0.0, 1.0),
                )
            ]
            * 2
        ),
        rate=st.floats(-0.003, 0.003),
        funding_hours=st.sampled_from([0.0, 0.5]),
    )
    def play(
        self,
        shapes: tuple[tuple[float, float, float, float], ...],
        rate: float,
        funding_hours: float,
    ) -> None:
        bars = {}
        for symbol, (gap, up, down, place) in zip(SYMBOLS, shapes, strict=True):
            close = self.exchange.quotes()[symbol].mark_price
            open_ = min(1e5, max(1.0, close * (1.0 + gap)))
            high, low = open_ * (1.0 + up), open_ * (1.0 - down)
            bars[symbol] = make_bar(open_, high, low, min(high, low + place * (high - low)))
        settled_at = self.now + funding_hours * HOUR
        self.exchange.play(
            BarStep(self.now, self.now + HOUR, bars, bars),
            [FundingSettlement(symbol, settled_at, rate) for symbol in SYMBOLS],
        )
        self.now += HOUR

    @invariant()
    def money_adds_up_and_reduce_only_shrinks(self) -> None:
        account = self.exchange.fetch_account()
        self.watcher.watch(account)
        self.exchange.take_news()
        check_money(account, CAPITAL)
        check_entries(self.exchange, wallet_of(account) - CAPITAL)
        unrealised = sum(
            each.quantity * ((each.mark_price or 0.0) - each.entry_price)
            for each in account.positions
        )
        assert self.exchange.equity() == pytest.approx(wallet_of(account) + unrealised)
        check_reduce_only_orders_have_something_to_reduce(self.exchange, account)


SIZE = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestPaperAccount = PaperAccountMachine.TestCase
TestPaperAccount.settings = SIZE
TestBarAccount = BarAccountMachine.TestCase
TestBarAccount.settings = SIZE
