"""Small markets for the simulation, written bar by bar, and random ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from etrms_core.backtest.market import FundingSeries, Market
from etrms_core.backtest.signals import Signals
from etrms_core.backtest.simulation import simulate
from etrms_core.backtest.simulation_run import FillReason, SimulationRun
from etrms_core.backtest.terms import (
    AccountTerms,
    Bounds,
    Direction,
    FillTime,
    SizeKind,
    SizeRule,
    TradingTerms,
)
from etrms_core.breakers.rule_document import parse_rules
from etrms_core.domain.account import MarginMode
from etrms_core.domain.instrument import Instrument, MarginTiers
from etrms_core.kernels.arrays import FloatArray

HOUR_MS = 3_600_000
START_MS = 1_704_067_200_000
ONE_UNIT = SizeRule(SizeKind.QUANTITY, 1.0)
NO_FUNDING = FundingSeries(np.zeros(0, np.int64), np.zeros(0))
NO_FEES = AccountTerms(taker_fee=0.0, leverage=10.0)
Prices = tuple[float, ...]


def bar_table(*rows: Prices) -> FloatArray:
    """Lay bars out: each open, high, low, close and, where given, volume."""
    return np.ascontiguousarray(np.array([(*row, 1e9)[:5] for row in rows]).T)


def market_of(
    *tables: FloatArray,
    marks: Sequence[FloatArray] | None = None,
    funding: Sequence[FundingSeries] | None = None,
) -> Market:
    """Put tables side by side as hourly bars of S0, S1 ..."""
    count, bars = len(tables), tables[0].shape[1]
    return Market(
        symbols=tuple(f"S{number}" for number in range(count)),
        open_ms=START_MS + HOUR_MS * np.arange(bars),
        timeframe_ms=HOUR_MS,
        bars=tables,
        marks=tables if marks is None else tuple(marks),
        funding=(NO_FUNDING,) * count if funding is None else tuple(funding),
    )


def paid(*settlements: tuple[float, float]) -> FundingSeries:
    """Funding by hours after the start and rate."""
    return FundingSeries(
        np.array([START_MS + round(hours * HOUR_MS) for hours, _ in settlements], np.int64),
        np.array([rate for _, rate in settlements]),
    )


def coded(bars: int, **codes: int) -> Signals:
    """Signals with a code at some bars: ``coded(4, at_1=ENTER_LONG)``."""
    given = np.zeros(bars, np.int8)
    for name, code in codes.items():
        given[int(name.removeprefix("at_"))] = code
    return Signals(codes=given)


def targeted(bars: int, **targets: float) -> Signals:
    """Signals with a target at some bars."""
    given = np.full(bars, np.nan)
    for name, target in targets.items():
        given[int(name.removeprefix("at_"))] = target
    return Signals(target=given)


def run(
    market: Market,
    *signals: Signals,
    account: AccountTerms = NO_FEES,
    trading: TradingTerms | None = None,
    instruments: Sequence[Instrument] | None = None,
    rules: Sequence[Mapping[str, object]] = (),
) -> SimulationRun:
    """Simulate; one unit per entry and free of fees unless terms are given."""
    if trading is None:
        trading = TradingTerms(size=ONE_UNIT)
    if instruments is None:
        instruments = [Instrument(symbol) for symbol in market.symbols]
    return simulate(
        market,
        signals,
        account=account,
        trading=trading,
        instruments=instruments,
        rules=parse_rules(rules),
    )


def orders(result: SimulationRun) -> list[tuple[int, float, float, str]]:
    """Bar, signed quantity, price and reason of every fill, rounded to read."""
    return [
        (
            int(fill.bar),
            round(float(fill.quantity), 9),
            round(float(fill.price), 9),
            FillReason(fill.reason).name.lower(),
        )
        for fill in result.fills
    ]


@dataclass(frozen=True, slots=True)
class RandomCase:
    """A random market with signals and terms under which much happens."""

    market: Market
    signals: tuple[Signals, ...]
    account: AccountTerms
    trading: TradingTerms
    instruments: tuple[Instrument, ...] = field(default=())

    def run(self, **changes: object) -> SimulationRun:
        """Simulate the case with changed parts."""
        case = replace(self, **changes)  # type: ignore[arg-type]
        return simulate(
            case.market,
            case.signals,
            account=case.account,
            trading=case.trading,
            instruments=case.instruments,
        )


def random_case(seed: int) -> RandomCase:
    """Draw a case: one to four symbols, marks, funding, gaps, every kind of size and exit."""
    generator = np.random.default_rng(seed)
    symbols, bars = int(generator.integers(1, 5)), int(generator.integers(20, 400))
    tables = [random_table(generator, bars) for _ in range(symbols)]
    for table in tables:
        if generator.random() < 0.3:
            table[:, generator.random(bars) < 0.1] = np.nan
    has_marks = generator.random() < 0.4
    marks = [_near(generator, table) for table in tables] if has_marks else tables
    market = market_of(*tables, marks=marks, funding=[_funding(generator, bars)] * symbols)
    return RandomCase(
        market=market,
        signals=tuple(_signals(generator, table) for table in tables),
        account=_account(generator),
        trading=_trading(generator),
        instruments=tuple(_instrument(generator, name) for name in market.symbols),
    )


def random_table(generator: np.random.Generator, bars: int, sigma: float = 0.02) -> FloatArray:
    """Draw a walk of bars around 100 whose opens may gap."""
    returns = generator.normal(0.0, sigma, bars)
    close = 100.0 * np.exp(np.cumsum(returns))
    opened = np.concatenate([[100.0], close[:-1]]) * np.exp(
        generator.normal(0.0, sigma, bars) * (generator.random(bars) < 0.2)
    )
    up, down = np.abs(generator.normal(0.0, 0.5 * sigma, (2, bars)))
    high = np.maximum(opened, close) * np.exp(up)
    low = np.minimum(opened, close) * np.exp(-down)
    return np.array([opened, high, low, close, generator.uniform(0.0, 200.0, bars)])


def _near(generator: np.random.Generator, table: FloatArray) -> FloatArray:
    opened, high, low, close = table[:4] * np.exp(generator.normal(0.0, 0.002, table[:4].shape))
    high = np.maximum(np.maximum(opened, close), high)
    low = np.minimum(np.minimum(opened, close), low)
    return np.array([opened, high, low, close, table[4]])


def _funding(generator: np.random.Generator, bars: int) -> FundingSeries:
    if generator.random() < 0.4:
        return NO_FUNDING
    step = float(generator.choice([1.0, 4.0, 2.5, 0.4]))
    hours = np.arange(0.0, bars, step)
    return paid(*zip(hours, generator.normal(0.0, 0.001, hours.size), strict=True))


def _signals(generator: np.random.Generator, table: FloatArray) -> Signals:
    bars = table.shape[1]
    is_traded = ~np.isnan(table[0])
    chosen = (generator.random(bars) < generator.choice([0.05, 0.3])) & is_traded
    volatility = generator.uniform(0.2, 2.0, bars)
    if generator.random() < 0.25:
        return Signals(target=np.where(chosen, generator.uniform(-1.5, 1.5, bars), np.nan))
    codes = np.where(chosen, generator.integers(1, 16, bars), 0).astype(np.int8)
    return Signals(codes=codes, volatility=volatility)


def _account(generator: np.random.Generator) -> AccountTerms:
    return AccountTerms(
        initial_capital=10_000.0,
        leverage=float(generator.choice([1.0, 3.0, 20.0])),
        margin_mode=MarginMode(generator.choice(["cross", "isolated"])),
        slippage_bps=float(generator.choice([0.0, 5.0])),
        fill=FillTime(generator.choice(["close", "next_open"])),
        liquidation=bool(generator.random() < 0.8),
        bounds=Bounds(generator.choice(["pessimistic", "optimistic"])),
        volume_share=None if generator.random() < 0.7 else 0.5,
    )


def _trading(generator: np.random.Generator) -> TradingTerms:
    def maybe(value: float) -> float | None:
        return value if generator.random() < 0.5 else None

    kind = SizeKind(generator.choice([kind.value for kind in SizeKind]))
    values = {
        SizeKind.EQUITY_FRACTION: 0.4,
        SizeKind.NOTIONAL: 5_000.0,
        SizeKind.QUANTITY: 30.0,
        SizeKind.RISK_FRACTION: 0.02,
        SizeKind.VOLATILITY_TARGET: 0.6,
    }
    stop = 0.04 if kind is SizeKind.RISK_FRACTION else maybe(0.03)
    return TradingTerms(
        direction=Direction(generator.choice([each.value for each in Direction])),
        size=SizeRule(kind, values[kind]),
        stop_loss=stop,
        take_profit=maybe(0.05),
        trailing_stop=maybe(0.04),
    )


def _instrument(generator: np.random.Generator, name: str) -> Instrument:
    stepped = generator.random() < 0.5
    return Instrument(
        name,
        tick_size=0.1 if stepped else 0.0,
        lot_size=0.01 if stepped else 0.0,
        minimum_notional=20.0 if stepped else 0.0,
        tiers=MarginTiers((0.0, 4_000.0), (0.01, 0.03), (0.0, 80.0)),
    )
