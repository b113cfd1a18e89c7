"""The same strategy through the paper exchange and through the simulation, bar by bar.

Orders are sent to the exchange as a desk would: at each close exits, then entries, then the stops
of what was opened.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from etrms_core.adapters.exchanges.paper.bar_driven_exchange import BarDrivenExchange
from etrms_core.adapters.exchanges.paper.order_entry import opened_account
from etrms_core.adapters.exchanges.paper.terms import BarFill, PaperTerms
from etrms_core.backtest.market import Market
from etrms_core.backtest.signals import ENTER_LONG, ENTER_SHORT, EXIT_LONG, EXIT_SHORT, Signals
from etrms_core.backtest.simulation_run import FillReason
from etrms_core.backtest.terms import (
    AccountTerms,
    Direction,
    FillTime,
    SizeKind,
    SizeRule,
    TradingTerms,
)
from etrms_core.domain.account import MarginMode
from etrms_core.domain.identifiers import client_order_id
from etrms_core.domain.instrument import Instrument, MarginTiers
from etrms_core.domain.market_data import Bar, BarStep, FundingSettlement
from etrms_core.domain.order import Fill, OrderRequest, OrderSide, OrderType
from etrms_core.kernels.arrays import FloatArray
from etrms_core.kernels.rounding import round_to_step
from tests.backtest.simulated_markets import market_of, paid, random_table, run

QUANTITY, TICK, LEVERAGE = 40.0, 0.01, 20.0
SCALE = MarginTiers((0.0, 6_000.0), (0.01, 0.03), (0.0, 120.0))
ACCOUNT = AccountTerms(
    initial_capital=4_000.0, leverage=LEVERAGE, slippage_bps=2.0, fill=FillTime.CLOSE
)
PROFIT = 0.06


@dataclass(slots=True)
class PaperDesk:
    """Sends the orders of a strategy with protective stops to the paper exchange."""

    market: Market
    exchange: BarDrivenExchange
    stop_loss: float
    sent: int = 0

    def play(self, bar: int) -> None:
        """Let the exchange play a bar and its funding."""
        market = self.market
        opened = _time(int(market.open_ms[bar]))
        closed = opened + timedelta(milliseconds=market.timeframe_ms)
        bars = {
            symbol: Bar(*(float(value) for value in table[:, bar]))
            for symbol, table in zip(market.symbols, market.bars, strict=True)
        }
        due = [
            FundingSettlement(symbol, _time(int(at)), float(rate))
            for symbol, series in zip(market.symbols, market.funding, strict=True)
            for at, rate in zip(series.settled_ms, series.rate, strict=True)
            if opened <= _time(int(at)) < closed
        ]
        self.exchange.play(BarStep(opened, closed, bars, bars), due)

    def held(self, symbol: str) -> float:
        """Signed quantity of a symbol."""
        rows = self.exchange.fetch_account().positions
        return sum(row.quantity for row in rows if row.symbol == symbol)

    def leave(self, symbol: str) -> None:
        """Close a position."""
        held = self.held(symbol)
        self._send(symbol, OrderType.MARKET, -held, reduce_only=True)

    def enter(self, symbol: str, side: float) -> None:
        """Open a position or turn it, and protect it."""
        held = self.held(symbol)
        self._send(symbol, OrderType.MARKET, side * QUANTITY - held)
        entry = next(
            row.entry_price
            for row in self.exchange.fetch_account().positions
            if row.symbol == symbol
        )
        for kind, distance in (
            (OrderType.STOP_MARKET, -self.stop_loss),
            (OrderType.TAKE_PROFIT_MARKET, PROFIT),
        ):
            level = float(round_to_step(entry * (1.0 + side * distance), TICK))
            self._send(symbol, kind, -side * QUANTITY, reduce_only=True, level=level)

    def _send(
        self,
        symbol: str,
        kind: OrderType,
        quantity: float,
        *,
        reduce_only: bool = False,
        level: float | None = None,
    ) -> None:
        self.sent += 1
        self.exchange.create_order(
            OrderRequest(
                client_order_id=client_order_id(
                    desk="test", strategy="cross", nonce=str(self.sent)
                ),
                account="paper",
                symbol=symbol,
                side=OrderSide.BUY if quantity > 0.0 else OrderSide.SELL,
                order_type=kind,
                quantity=abs(quantity),
                trigger_price=level,
                reduce_only=reduce_only,
            )
        )


def _time(milliseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


def opened_desk(market: Market, mode: MarginMode, stop_loss: float) -> PaperDesk:
    instruments = {
        symbol: Instrument(symbol, tick_size=TICK, tiers=SCALE) for symbol in market.symbols
    }
    terms = PaperTerms(slippage_bps=2.0, bar_fill=BarFill.CLOSE, default_leverage=LEVERAGE)
    state = opened_account(instruments, terms)
    state.wallet = ACCOUNT.initial_capital
    state.margin_mode.update(dict.fromkeys(instruments, mode))
    exchange = BarDrivenExchange(
        "paper",
        instruments=instruments,
        terms=terms,
        state=state,
        opened_at=_time(int(market.open_ms[0])),
    )
    return PaperDesk(market, exchange, stop_loss)


def drawn_codes(generator: np.random.Generator, bars: int) -> Signals:
    chosen = generator.random(bars) < 0.15
    codes = generator.choice(
        [ENTER_LONG, ENTER_SHORT, EXIT_LONG | EXIT_SHORT, ENTER_LONG | EXIT_SHORT], bars
    )
    return Signals(codes=np.where(chosen, codes, 0).astype(np.int8))


def play_on_paper(
    desk: PaperDesk, signals: list[Signals], hit: set[tuple[int, str]]
) -> tuple[FloatArray, list[Fill]]:
    """Play the strategy; `hit` are the bars in which a symbol's signals are lost to a stop."""
    equity, fills = [ACCOUNT.initial_capital], []
    for bar in range(desk.market.open_ms.size):
        desk.play(bar)
        news = list(desk.exchange.take_news().fills)
        fills += news
        hit |= {(bar, fill.symbol) for fill in news}
        codes = {
            symbol: int(signal.codes[bar])
            for symbol, signal in zip(desk.market.symbols, signals, strict=True)
            if signal.codes is not None
        }
        sides = {symbol: _side(code) for symbol, code in codes.items() if (bar, symbol) not in hit}
        for symbol, code in codes.items():
            held = desk.held(symbol)
            leaves = (held > 0.0 and code & EXIT_LONG) or (held < 0.0 and code & EXIT_SHORT)
            if leaves and sides.get(symbol, 0.0) * held >= 0.0:
                desk.leave(symbol)
        for symbol, side in sides.items():
            if side and desk.held(symbol) * side <= 0.0:
                desk.enter(symbol, side)
        fills += desk.exchange.take_news().fills
        equity.append(desk.exchange.equity())
    return np.array(equity), fills


def _side(code: int) -> float:
    return float(bool(code & ENTER_LONG)) - float(bool(code & ENTER_SHORT))


@pytest.mark.parametrize("mode", list(MarginMode))
@pytest.mark.parametrize("seed", range(12))
def test_paper_exchange_and_simulation_agree(seed: int, mode: MarginMode) -> None:
    generator = np.random.default_rng(seed)
    tables = [random_table(generator, 60, sigma=0.02) for _ in range(3)]
    funding = paid(*((hour * 2.5, 0.0005) for hour in range(24)))
    market = market_of(*tables, funding=[funding] * 3)
    signals = [drawn_codes(generator, 60) for _ in tables]
    # A stop near enough to come before the liquidation, or one that comes after it.
    stop_loss = 0.03 if seed % 2 else 0.15
    equity, fills = play_on_paper(opened_desk(market, mode, stop_loss), signals, set())
    result = run(
        market,
        *signals,
        account=replace(ACCOUNT, margin_mode=mode),
        trading=TradingTerms(
            direction=Direction.LONG_SHORT,
            size=SizeRule(SizeKind.QUANTITY, QUANTITY),
            stop_loss=stop_loss,
            take_profit=PROFIT,
        ),
        instruments=[Instrument(name, tick_size=TICK, tiers=SCALE) for name in market.symbols],
    )
    np.testing.assert_allclose(result.equity, equity, rtol=1e-9, atol=1e-9)
    ours = sorted(
        (int(fill.time_ms), market.symbols[fill.symbol], FillReason(fill.reason).name.lower())
        for fill in result.fills
    )
    theirs = sorted(
        (round(fill.filled_at.timestamp() * 1000), fill.symbol, fill.reason) for fill in fills
    )
    assert ours == theirs
