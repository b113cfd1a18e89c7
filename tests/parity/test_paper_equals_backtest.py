"""One truth at two speeds: the paper exchange with the live cycle, and the compiled simulation."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etrms_core.backtest.market import FundingSeries, Market
from etrms_core.backtest.signals import Signals
from etrms_core.backtest.simulation import simulate
from etrms_core.backtest.simulation_run import SimulationRun
from etrms_core.backtest.terms import (
    AccountTerms,
    Direction,
    FillTime,
    SizeKind,
    SizeRule,
    TradingTerms,
)
from etrms_core.breakers.rule_document import parse_rule
from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.account import MarginMode
from etrms_core.domain.events import BreakerEvent
from etrms_core.domain.instrument import Instrument
from tests.backtest.breaker_rules import random_rules
from tests.backtest.simulated_markets import HOUR_MS, NO_FUNDING, START_MS, random_table
from tests.parity.paper_run import PaperResult, PaperRun

BARS = 400
SETS: dict[str, list[dict[str, Any]]] = {
    "none": [],
    "closes": [
        {
            "metric": "drawdown",
            "threshold": 0.03,
            "drawdown_peak": "since_rearm",
            "cooldown_seconds": 36_000,
            "actions": [{"kind": "close_all"}],
        }
    ],
    "pauses": [
        {
            "metric": "daily_loss",
            "threshold": 0.01,
            "cooldown_seconds": 3_600,
            "actions": [{"kind": "pause_trading", "seconds": 20_000}],
        }
    ],
    "reduces": [
        {
            "metric": "position_loss",
            "threshold": 0.02,
            "scope": {"kind": "symbol"},
            "cooldown_seconds": 7_200,
            "actions": [{"kind": "reduce_position", "fraction": 0.5}, {"kind": "notify"}],
        }
    ],
    "guards": [
        {
            "metric": "unguarded_notional",
            "threshold": 100.0,
            "actions": [{"kind": "place_guard_stop", "distance": 0.03}],
        }
    ],
    "counts": [
        {
            "metric": "trades_per_day",
            "threshold": 3,
            "scope": {"kind": "strategy", "name": "backtest"},
            "actions": [{"kind": "cancel_orders"}, {"kind": "pause_trading", "seconds": 9_000}],
        },
        {
            "metric": "consecutive_losses",
            "threshold": 4,
            "actions": [{"kind": "notify"}],
        },
        {
            "metric": "drawdown",
            "threshold": 0.05,
            "shadow": True,
            "scope": {"kind": "exchange"},
            "actions": [{"kind": "close_all"}, {"kind": "cancel_orders"}],
        },
    ],
    "margins": [
        {
            "metric": "liquidation_distance",
            "threshold": 0.12,
            "comparison": "<=",
            "actions": [{"kind": "close_position"}],
        },
        {
            "metric": "time_in_position_seconds",
            "threshold": 90_000,
            "scope": {"kind": "symbol"},
            "actions": [{"kind": "close_position"}],
        },
    ],
}


def market_from(
    generator: np.random.Generator, symbols: int, *, sigma: float = 0.012, bars: int = BARS
) -> Market:
    tables = tuple(random_table(generator, bars, sigma) for _ in range(symbols))
    hours = np.arange(0, bars, 8)
    funding = FundingSeries(START_MS + HOUR_MS * hours, generator.normal(0.0, 0.0005, hours.size))
    return Market(
        ("BTC", "ETH")[:symbols],
        START_MS + HOUR_MS * np.arange(bars),
        HOUR_MS,
        tables,
        tables,
        (funding, NO_FUNDING)[:symbols],
    )


def signals_for(generator: np.random.Generator, market: Market) -> list[Signals]:
    found = []
    for _ in market.symbols:
        bars = market.open_ms.size
        chosen = generator.random(bars) < 0.15
        codes = np.where(chosen, generator.choice([1, 2, 4, 8, 6, 9], bars), 0)
        found.append(Signals(codes=codes.astype(np.int8)))
    return found


def rules_of(name: str) -> tuple[BreakerRule, ...]:
    return tuple(
        parse_rule({"name": f"{name} {number}", **rule}) for number, rule in enumerate(SETS[name])
    )


def both(
    market: Market,
    signals: Sequence[Signals],
    *,
    account: AccountTerms,
    trading: TradingTerms,
    rules: Sequence[BreakerRule],
) -> tuple[PaperResult, SimulationRun]:
    paper = PaperRun(market, signals, account=account, trading=trading, rules=rules).run()
    run = simulate(
        market,
        signals,
        account=account,
        trading=trading,
        instruments=[Instrument(symbol, maximum_leverage=1_000.0) for symbol in market.symbols],
        rules=rules,
    )
    return paper, run


def require_parity(paper: PaperResult, run: SimulationRun, market: Market) -> None:
    ours = together(
        (int(fill.time_ms), market.symbols[fill.symbol], float(fill.quantity), float(fill.price))
        for fill in run.fills
    )
    theirs = together(
        (round(fill.filled_at.timestamp() * 1000), fill.symbol, fill.quantity, fill.price)
        for fill in paper.fills
    )
    for one, other in zip(ours, theirs, strict=False):
        assert one[:2] == other[:2]
        assert one[2:] == pytest.approx(other[2:], rel=1e-9)
    assert len(ours) == len(theirs)
    np.testing.assert_allclose(run.equity, paper.equity, rtol=1e-9)
    assert [told(each) for each in run.events] == [told(each) for each in paper.events]


def together(fills: Iterable[tuple[int, str, float, float]]) -> list[tuple[Any, ...]]:
    """Add up the fills of one moment: a breaker's order and an exit signal may be one or two."""
    found: dict[tuple[int, str], list[float]] = {}
    for time, symbol, quantity, price in fills:
        total = found.setdefault((time, symbol), [0.0, 0.0])
        total[0] += quantity
        total[1] += quantity * price
    return [(*key, *totals) for key, totals in sorted(found.items())]


def told(event: BreakerEvent) -> BreakerEvent:
    value = None if event.value is None else float(f"{event.value:.9g}")
    return replace(event, value=value)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("fill", list(FillTime))
@pytest.mark.parametrize("mode", list(MarginMode))
def test_generated_bars_end_alike(name: str, fill: FillTime, mode: MarginMode) -> None:
    for seed in range(3):
        generator = np.random.default_rng(seed)
        market = market_from(generator, symbols=1 + seed % 2)
        trading = TradingTerms(
            direction=Direction.LONG_SHORT,
            size=SizeRule(SizeKind.QUANTITY, 25.0),
            stop_loss=(None, 0.03, 0.05)[seed],
            take_profit=(0.04, None, 0.06)[seed],
            trailing_stop=(0.05, None, 0.03)[seed],
        )
        account = AccountTerms(leverage=5.0, margin_mode=mode, fill=fill)
        paper, run = both(
            market,
            signals_for(generator, market),
            account=account,
            trading=trading,
            rules=rules_of(name),
        )
        require_parity(paper, run, market)


@pytest.mark.parametrize("fill", list(FillTime))
@pytest.mark.parametrize("mode", list(MarginMode))
def test_liquidations_end_alike(fill: FillTime, mode: MarginMode) -> None:
    liquidated = 0
    for seed in range(8):
        generator = np.random.default_rng(100 + seed)
        market = market_from(generator, symbols=1, sigma=0.03)
        codes = np.zeros(BARS, np.int8)
        codes[5] = (1, 4)[seed % 2]
        trading = TradingTerms(
            direction=Direction.LONG_SHORT, size=SizeRule(SizeKind.QUANTITY, 300.0)
        )
        account = AccountTerms(initial_capital=2_500.0, leverage=20.0, margin_mode=mode, fill=fill)
        paper, run = both(
            market,
            [Signals(codes=codes)],
            account=account,
            trading=trading,
            rules=rules_of("pauses"),
        )
        liquidated += sum(fill.reason == "liquidation" for fill in paper.fills)
        require_parity(paper, run, market)
    assert liquidated


@settings(max_examples=30, deadline=None)
@given(
    rules=random_rules(),
    seed=st.integers(0, 10**6),
    fill=st.sampled_from(FillTime),
    mode=st.sampled_from(MarginMode),
    zone=st.sampled_from(["UTC", "America/New_York"]),
)
def test_any_rules_end_alike(
    rules: tuple[BreakerRule, ...], seed: int, fill: FillTime, mode: MarginMode, zone: str
) -> None:
    generator = np.random.default_rng(seed)
    market = market_from(generator, symbols=int(generator.integers(1, 3)), bars=120)
    trading = TradingTerms(
        direction=Direction.LONG_SHORT,
        size=SizeRule(SizeKind.QUANTITY, 25.0),
        stop_loss=(None, 0.03)[int(generator.integers(0, 2))],
        take_profit=(None, 0.04)[int(generator.integers(0, 2))],
        trailing_stop=(None, 0.04)[int(generator.integers(0, 2))],
    )
    account = AccountTerms(leverage=10.0, margin_mode=mode, fill=fill, time_zone=zone)
    signals = signals_for(generator, market)
    paper, run = both(market, signals, account=account, trading=trading, rules=rules)
    require_parity(paper, run, market)
