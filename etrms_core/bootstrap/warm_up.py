"""Compiling every kernel ahead, by doing once what a desk does all day."""

import importlib
import pkgutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from etrms_core import kernels
from etrms_core.adapters.exchanges.paper import PaperExchange
from etrms_core.adapters.exchanges.paper.simulated_market import SimulatedMarket
from etrms_core.adapters.exchanges.paper.terms import PaperTerms
from etrms_core.backtest.configuration import BacktestConfiguration
from etrms_core.backtest.market import FundingSeries, Market
from etrms_core.backtest.market_frames import build_market
from etrms_core.backtest.runner import run_backtest
from etrms_core.backtest.signals import ENTER_LONG, Signals
from etrms_core.backtest.simulation import simulate
from etrms_core.backtest.strategies import BUILT_IN
from etrms_core.backtest.strategy_signals import market_signals
from etrms_core.backtest.terms import AccountTerms, TradingTerms
from etrms_core.bootstrap.replay_venue import open_replay_venue
from etrms_core.breakers.rule_document import parse_rules
from etrms_core.domain.account import MarginMode
from etrms_core.domain.identifiers import client_order_id
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.market_data import FundingSettlement
from etrms_core.domain.order import OrderRequest, OrderSide, OrderType
from etrms_core.engine.breaker_reset import reset_breaker
from etrms_core.kernels import drawdown, fills, liquidation, portfolio, stops, trading_state
from etrms_core.kernels.compile_cache import cache_directory, mark_complete
from etrms_core.services.replay import ReplaySetup, run_replay, start_replay
from etrms_core.services.replay_inputs import GivenPosition, align_bars

START = datetime(2025, 1, 1, tzinfo=UTC)
# More than the longest window of a built-in strategy.
BARS = 100
RULES = (
    {
        "name": "close",
        "metric": "drawdown",
        "threshold": 0.2,
        "latched": True,
        "drawdown_peak": "since_rearm",
        "actions": [{"kind": "close_all"}, {"kind": "pause_trading", "seconds": 60.0}],
    },
    {
        "name": "reduce",
        "metric": "position_loss",
        "threshold": 0.01,
        "scope": {"kind": "symbol"},
        "actions": [
            {"kind": "place_guard_stop", "distance": 0.5},
            {"kind": "reduce_position", "fraction": 0.5},
        ],
    },
    {
        "name": "static",
        "metric": "drawdown",
        "threshold": 0.9,
        "drawdown_basis": "initial",
        "actions": [{"kind": "notify"}],
    },
)


@dataclass(frozen=True, slots=True)
class WarmUp:
    """What warming up did.

    Attributes
    ----------
    kernels, compiled : int
        Functions there are, and how many variants of them had to be compiled now.
    directory : str
        Where machine code is kept.
    """

    kernels: int
    compiled: int
    seconds: float
    directory: str


def warm_up() -> WarmUp:
    """Compile every kernel that is not in the cache."""
    started = time.perf_counter()
    _replay_a_crash()
    _trade_on_paper()
    _backtest()
    _run_strategies()
    _call_what_nobody_called()
    mark_complete()
    compiled = sum(sum(kernel.stats.cache_misses.values()) for _, kernel in dispatchers())
    return WarmUp(
        kernels=sum(1 for _ in dispatchers()),
        compiled=compiled,
        seconds=time.perf_counter() - started,
        directory=str(cache_directory()),
    )


def dispatchers() -> Iterator[tuple[str, Any]]:
    """Yield every compiled function of the kernels package with its name."""
    for info in pkgutil.iter_modules(kernels.__path__):
        module = importlib.import_module(f"{kernels.__name__}.{info.name}")
        for name, value in vars(module).items():
            if hasattr(value, "py_func") and value.__module__ == module.__name__:
                yield f"{info.name}.{name}", value


def _replay_a_crash() -> None:
    index = pd.date_range(START, periods=6, freq="1h", name="time")
    close = np.array([100.0, 99.0, 98.0, 90.0, 70.0, 40.0])
    opened = np.array([100.0, *close[:-1]])
    frame = pd.DataFrame(
        {
            "open": opened,
            "high": np.maximum(close, opened),
            "low": np.minimum(close, opened),
            "close": close,
            "volume": 1.0,
        },
        index=index,
    )
    bars = align_bars({"A": frame, "B": frame}, timeframe=timedelta(hours=1))
    setup = ReplaySetup(
        positions=(
            GivenPosition(symbol="A", quantity=20.0, entry_price=100.0, leverage=5.0),
            GivenPosition(
                symbol="B",
                quantity=-1.0,
                entry_price=100.0,
                leverage=5.0,
                margin_mode=MarginMode.ISOLATED,
            ),
        ),
        rules=parse_rules(RULES),
        capital=1_000.0,
        leverage=5.0,
    )
    paid = FundingSettlement("A", START + timedelta(hours=1), 0.0001)
    setup = replace(setup, funding={"A": (paid,)})
    venue = open_replay_venue(bars, setup, terms=PaperTerms(slippage_bps=1.0))
    ended = run_replay(bars, setup, start_replay(bars, setup, venue), venue)
    reset_breaker(ended.memory, setup.rules, "close", now=bars.times[-1])


def _trade_on_paper() -> None:
    clock = [START]
    market = SimulatedMarket(seed=1, start=START - timedelta(days=2))
    exchange = PaperExchange("warm-up", market=market, clock=lambda: clock[-1])
    exchange.set_margin_mode("ETHUSDT", MarginMode.ISOLATED)
    tick = market.instruments["BTCUSDT"].tick_size
    below = round(0.5 * exchange.quotes()["BTCUSDT"].mark_price / tick) * tick
    buy, sell = OrderSide.BUY, OrderSide.SELL
    for request in (
        _order("1", "BTCUSDT", OrderType.MARKET, buy),
        _order("2", "ETHUSDT", OrderType.MARKET, buy),
        _order("3", "BTCUSDT", OrderType.LIMIT, buy, level=below),
        _order("4", "BTCUSDT", OrderType.STOP_MARKET, sell, level=below),
        _order("5", "BTCUSDT", OrderType.TRAILING_STOP_MARKET, sell, callback=0.5),
    ):
        exchange.create_order(request)
    for hours in range(1, 4):
        clock.append(START + timedelta(hours=hours))
        exchange.fetch_account()


def _order(
    nonce: str,
    symbol: str,
    kind: OrderType,
    side: OrderSide,
    *,
    level: float | None = None,
    callback: float | None = None,
) -> OrderRequest:
    return OrderRequest(
        client_order_id=client_order_id(desk="warm", strategy="up", nonce=nonce),
        account="warm-up",
        symbol=symbol,
        side=side,
        order_type=kind,
        quantity=0.01 if symbol == "BTCUSDT" else 0.1,
        price=level if kind is OrderType.LIMIT else None,
        trigger_price=level if kind is OrderType.STOP_MARKET else None,
        callback_fraction=callback,
        reduce_only=side is OrderSide.SELL,
    )


def _backtest() -> None:
    """Simulate a gap and a target: without breakers, with some on the NAV alone, with all."""
    table = np.full((5, 4), 100.0)
    gapped = table.copy()
    gapped[:, 1] = np.nan
    never = FundingSeries(np.zeros(0, np.int64), np.zeros(0))
    market = Market(
        symbols=("A", "B"),
        open_ms=np.arange(4) * 3_600_000,
        timeframe_ms=3_600_000,
        bars=(table, gapped),
        marks=(table, gapped.copy()),
        funding=(never, never),
    )
    codes = np.full(4, ENTER_LONG, np.int8)
    signals = (
        Signals(codes=codes, volatility=np.full(4, 0.5)),
        Signals(target=np.full(4, 0.1)),
    )
    for rules in ((), parse_rules(RULES[2:]), parse_rules(RULES)):
        simulate(
            market,
            signals,
            account=AccountTerms(),
            trading=TradingTerms(),
            instruments=(Instrument("A"), Instrument("B")),
            rules=rules,
        )


def _run_strategies() -> None:
    """Ask every built-in strategy about bars as a run gives them, and run one with funding."""
    index = pd.date_range(START, periods=BARS, freq="1h", name="time")
    close = 100.0 + np.sin(np.arange(BARS) / 7.0)
    columns = {"open": close, "high": close + 1.0, "low": close - 1.0, "close": close}
    frame = pd.DataFrame({**columns, "volume": 1.0}, index=index)
    rates = pd.DataFrame({"funding_rate": 0.001}, index=index[::8])
    data = build_market({"A": frame, "B": frame.iloc[2:]}, funding={"A": rates, "B": rates})
    for strategy in BUILT_IN.values():
        market_signals(strategy, data, {})
    document = {"strategy": {"name": "buy_and_hold"}}
    run_backtest({"A": frame}, BacktestConfiguration.from_mapping(document), funding={"A": rates})


def _call_what_nobody_called() -> None:
    stops.take_profit_fill_price(1.0, 110.0, 100.0, 111.0, 99.0)
    stops.stop_fill_price(1.0, 90.0, 100.0, 111.0, 89.0)
    drawdown.period_loss(1.0, 1.0)
    portfolio.margin_ratio(1.0, 2.0)
    liquidation.liquidation_fill(1.0, 1.0, 100.0, 99.0, 0.01)
    trading_state.may_trade(trading_state.strictest(0, 1), False)
    fills.limit_fill_price(1.0, 100.0, 101.0, 102.0, 99.0)
