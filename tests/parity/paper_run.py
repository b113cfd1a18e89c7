"""The same bars through the paper exchange, the live risk cycle and a small trading driver."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from etrms_core.adapters.exchanges.paper.terms import BarFill, PaperTerms
from etrms_core.backtest.breaker_accounts import moment
from etrms_core.backtest.market import Market
from etrms_core.backtest.signals import ENTER_LONG, ENTER_SHORT, EXIT_LONG, EXIT_SHORT, Signals
from etrms_core.backtest.terms import AccountTerms, FillTime, TradingTerms
from etrms_core.bootstrap.replay_venue import open_replay_venue
from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.account import AccountState
from etrms_core.domain.commands import ClosePosition, Command, ReducePosition
from etrms_core.domain.events import BreakerEvent
from etrms_core.domain.identifiers import client_order_id
from etrms_core.domain.market_data import Bar, BarStep, FundingSettlement
from etrms_core.domain.order import Fill, OrderRequest, OrderSide, OrderType
from etrms_core.engine.restrictions import OrderScope, refusal
from etrms_core.engine.risk_cycle import run_risk_cycle, start_memory
from etrms_core.services.replay import ReplaySetup
from etrms_core.services.replay_inputs import AlignedBars
from etrms_core.services.replay_orders import ReplayOrders

STRATEGY = "backtest"


@dataclass
class PaperResult:
    """What a paper account went through."""

    equity: list[float] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    events: list[BreakerEvent] = field(default_factory=list)
    funding: float = 0.0


class PaperRun:
    """Trades signals at the paper exchange as the simulation does.

    The open of a bar is played before the bar itself: what waited is ordered once it is known what
    is held, and its stops rest when prices move on.
    """

    def __init__(
        self,
        market: Market,
        signals: Sequence[Signals],
        *,
        account: AccountTerms,
        trading: TradingTerms,
        rules: Sequence[BreakerRule],
    ) -> None:
        self._market = market
        self._signals = signals
        self._trading = trading
        self._step = timedelta(milliseconds=market.timeframe_ms)
        self._fills_at_close = account.fill is FillTime.CLOSE
        self._setup = ReplaySetup(
            rules=tuple(rules),
            capital=account.initial_capital,
            leverage=account.leverage,
            time_zone=account.time_zone,
        )
        self._venue = open_replay_venue(self._bars(), self._setup, terms=paper_terms(account))
        for symbol in market.symbols:
            self._venue.set_margin_mode(symbol, account.margin_mode)
        self._orders = ReplayOrders(self._venue)
        self._serial = 0
        self._guarded: dict[str, float] = {}
        self._stopped: set[str] = set()
        self._wanted: dict[str, float] = {}
        self.result = PaperResult([account.initial_capital])

    def run(self) -> PaperResult:
        """Play every bar."""
        start = moment(int(self._market.open_ms[0]))
        policy, rules = self._setup.policy(), self._setup.rules
        memory = start_memory(
            [self._venue.fetch_account()], rules, as_of=start, policy=policy
        ).memory
        for bar, opens_at in enumerate(moment(int(each)) for each in self._market.open_ms):
            self._play(bar, opens_at)
            now = opens_at + self._step
            seen = self._venue.fetch_account()
            cycle = run_risk_cycle(memory, [seen], rules, as_of=now, policy=policy)
            memory = cycle.memory
            # Only now: the exchange forgets what was taken after ten minutes, read or not.
            self._take_news()
            told = [each for each in cycle.events if isinstance(each, BreakerEvent)]
            self.result.events += told
            self.result.events += self._orders.execute(cycle.commands, seen, now=now)
            blocked = {
                symbol
                for symbol in self._market.symbols
                if refusal(memory.blocks, OrderScope("paper", symbol, STRATEGY), adds_risk=True)
            }
            self._trade(bar, blocked, cycle.commands)
            self._protect()
            self.result.equity.append(self._venue.equity())
        self._take_news()
        return self.result

    def _bars(self) -> AlignedBars:
        times = tuple(moment(int(each)) for each in self._market.open_ms)
        tables = {
            symbol: np.ascontiguousarray(bars.T)
            for symbol, bars in zip(self._market.symbols, self._market.bars, strict=True)
        }
        return AlignedBars(times, self._step, tables)

    def _play(self, bar: int, opens_at: datetime) -> None:
        self._stopped.clear()
        bars, marks = self._prices(self._market.bars, bar), self._prices(self._market.marks, bar)
        at_open = list(self._funding(opens_at, opens_at + timedelta(milliseconds=1)))
        if not self._fills_at_close:
            self._play_open(opens_at, bars, marks, at_open)
            self._carry_out(set(bars))
            self._play_open(opens_at, bars, marks, [])
            at_open = []
            self._protect()
        closes_at = opens_at + self._step
        inside = self._funding(opens_at + timedelta(milliseconds=1), closes_at)
        self._venue.play(BarStep(opens_at, closes_at, bars, marks), [*at_open, *inside])

    def _play_open(
        self,
        opens_at: datetime,
        bars: dict[str, Bar],
        marks: dict[str, Bar],
        funding: Sequence[FundingSettlement],
    ) -> None:
        """Play the open as a bar of one price; trailing stops have not seen it yet."""
        resting = self._venue.state.orders
        best = {name: each.best_price for name, each in resting.items()}
        flat = {symbol: only_open(each) for symbol, each in bars.items()}
        flat_marks = {symbol: only_open(each) for symbol, each in marks.items()}
        self._venue.play(BarStep(opens_at, opens_at, flat, flat_marks), funding)
        for name, each in resting.items():
            each.best_price = best[name]

    def _carry_out(self, traded: set[str]) -> None:
        """Order what waited for the open, now that it is known what is held."""
        held = holdings(self._venue.fetch_account())
        for symbol, side in list(self._wanted.items()):
            if symbol in traded:
                self._order(symbol, side, held.get(symbol, 0.0))
                del self._wanted[symbol]

    def _order(self, symbol: str, side: float, held: float) -> None:
        if side == 0.0:
            if held != 0.0:
                self._send(symbol, -held, reduce_only=True)
        elif side * held <= 0.0:
            self._send(symbol, side * self._trading.size.value - held)

    def _prices(self, tables: Sequence[np.ndarray], bar: int) -> dict[str, Bar]:
        return {
            symbol: Bar(*(float(value) for value in table[:, bar]))
            for symbol, table in zip(self._market.symbols, tables, strict=True)
            if not np.isnan(table[0, bar])
        }

    def _funding(self, start: datetime, end: datetime) -> Iterator[FundingSettlement]:
        for symbol, series in zip(self._market.symbols, self._market.funding, strict=True):
            for at, rate in zip(series.settled_ms, series.rate, strict=True):
                if start <= moment(int(at)) < end:
                    yield FundingSettlement(symbol, moment(int(at)), float(rate))

    def _trade(self, bar: int, blocked: set[str], commands: Sequence[Command]) -> None:
        closing: dict[str, float] = {}
        for command in commands:
            if isinstance(command, ReducePosition | ClosePosition):
                closing[command.key.symbol] = command.quantity
        held = holdings(self._venue.fetch_account())
        for row, symbol in enumerate(self._market.symbols):
            codes, table = self._signals[row].codes, self._market.bars[row]
            if codes is None or not codes[bar] or np.isnan(table[0, bar]):
                continue
            may_add = not (symbol in blocked or symbol in closing or symbol in self._stopped)
            self._follow(symbol, int(codes[bar]), held.get(symbol, 0.0), may_add, closing)

    def _follow(
        self, symbol: str, code: int, held: float, may_add: bool, closing: dict[str, float]
    ) -> None:
        side = float(bool(code & ENTER_LONG)) - float(bool(code & ENTER_SHORT))
        leaves = (held > 0.0 and code & EXIT_LONG) or (held < 0.0 and code & EXIT_SHORT)
        if may_add and side and side * held <= 0.0:
            self._want(symbol, side, held)
        elif leaves and (self._fills_at_close or closing.get(symbol, 0.0) < abs(held)):
            self._want(symbol, 0.0, held)

    def _want(self, symbol: str, side: float, held: float) -> None:
        if self._fills_at_close:
            self._order(symbol, side, held)
        else:
            self._wanted[symbol] = side

    def _protect(self) -> None:
        """Rest stops over every position that is new or turned."""
        account = self._venue.fetch_account()
        held = {each.symbol: each for each in account.positions}
        for symbol in list(self._guarded):
            if symbol not in held or held[symbol].quantity * self._guarded[symbol] < 0.0:
                del self._guarded[symbol]
        for symbol, position in held.items():
            if symbol not in self._guarded:
                self._guarded[symbol] = position.quantity
                self._rest(symbol, position.quantity, position.entry_price)

    def _rest(self, symbol: str, quantity: float, entry: float) -> None:
        terms, side = self._trading, 1.0 if quantity > 0.0 else -1.0
        if terms.stop_loss is not None:
            level = entry * (1.0 - side * terms.stop_loss)
            self._send(symbol, -quantity, OrderType.STOP_MARKET, level, reduce_only=True)
        if terms.take_profit is not None:
            level = entry * (1.0 + side * terms.take_profit)
            self._send(symbol, -quantity, OrderType.TAKE_PROFIT_MARKET, level, reduce_only=True)
        if terms.trailing_stop is not None:
            kind = OrderType.TRAILING_STOP_MARKET
            self._send(symbol, -quantity, kind, terms.trailing_stop, reduce_only=True)

    def _send(
        self,
        symbol: str,
        quantity: float,
        kind: OrderType = OrderType.MARKET,
        level: float | None = None,
        *,
        reduce_only: bool = False,
    ) -> None:
        self._serial += 1
        trails = kind is OrderType.TRAILING_STOP_MARKET
        self._venue.create_order(
            OrderRequest(
                client_order_id=client_order_id(
                    desk="rply", strategy=STRATEGY, nonce=f"n{self._serial}"
                ),
                account=self._venue.account,
                symbol=symbol,
                side=OrderSide.BUY if quantity > 0.0 else OrderSide.SELL,
                order_type=kind,
                quantity=abs(quantity),
                trigger_price=None if trails else level,
                callback_fraction=level if trails else None,
                reduce_only=reduce_only,
            )
        )

    def _take_news(self) -> None:
        news = self._venue.take_news()
        self.result.fills += news.fills
        self.result.funding += sum(each.amount for each in news.funding)
        # At a close a breaker's fill belongs to the bar before.
        own = {"signal", "breaker"} if self._fills_at_close else {"signal"}
        self._stopped |= {fill.symbol for fill in news.fills if fill.reason not in own}


def paper_terms(account: AccountTerms) -> PaperTerms:
    """Give the paper exchange the terms of a simulated account."""
    return PaperTerms(
        maker_fee=account.maker_fee,
        taker_fee=account.taker_fee,
        liquidation_fee=account.liquidation_fee,
        slippage_bps=account.slippage_bps,
        bar_fill=BarFill.CLOSE if account.fill is FillTime.CLOSE else BarFill.NEXT_OPEN,
        default_leverage=account.leverage,
    )


def only_open(bar: Bar) -> Bar:
    """Shrink a bar to its open."""
    return Bar(bar.open, bar.open, bar.open, bar.open, bar.volume)


def holdings(account: AccountState) -> dict[str, float]:
    """Signed base units by symbol."""
    return {each.symbol: each.quantity for each in account.positions}
