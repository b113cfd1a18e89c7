"""The rules of the peers' benchmark tasks, once more as plain loops over closes."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from etrms_core.backtest.market import Market
from etrms_core.backtest.signals import (
    ENTER_LONG,
    ENTER_SHORT,
    EXIT_LONG,
    EXIT_SHORT,
    Signals,
)
from etrms_core.backtest.simulation import simulate
from etrms_core.backtest.simulation_run import FillReason, SimulationRun
from etrms_core.backtest.terms import (
    AccountTerms,
    Direction,
    FillTime,
    SizeKind,
    SizeRule,
    TradingTerms,
)
from etrms_core.breakers.rule_document import parse_rules
from etrms_core.domain.instrument import Instrument
from etrms_core.kernels.arrays import FloatArray
from tests.backtest.simulated_markets import NO_FUNDING

FEE, CASH, NOTIONAL, STOP = 0.0004, 100_000.0, 3_500.0, 0.05
MINUTE_MS = 60_000
PAUSE = 100
ACCOUNT = AccountTerms(initial_capital=CASH, taker_fee=FEE, fill=FillTime.CLOSE)
UP, DOWN = ENTER_LONG | EXIT_SHORT, ENTER_SHORT | EXIT_LONG


@dataclass(slots=True)
class Outcome:
    final_equity: float
    orders: int
    stops: int


def walking_market(symbols: int, bars: int, sigma: float, seed: int) -> Market:
    """Bars that open at the close before and have four steps inside."""
    generator = np.random.default_rng(seed)
    steps = generator.normal(0.0, sigma / 2, (symbols, bars, 4))
    path = 100.0 * np.exp(np.cumsum(steps.reshape(symbols, -1), axis=1)).reshape(steps.shape)
    close = path[:, :, -1]
    opened = np.concatenate([np.full((symbols, 1), 100.0), close[:, :-1]], axis=1)
    high, low = np.maximum(path.max(axis=2), opened), np.minimum(path.min(axis=2), opened)
    columns = zip(opened, high, low, close, np.ones_like(close), strict=True)
    tables = tuple(np.array(rows) for rows in columns)
    return Market(
        symbols=tuple(f"S{row}" for row in range(symbols)),
        open_ms=MINUTE_MS * np.arange(bars),
        timeframe_ms=MINUTE_MS,
        bars=tables,
        marks=tables,
        funding=(NO_FUNDING,) * symbols,
    )


def crossings(close: FloatArray, fast: int, slow: int) -> FloatArray:
    """Return +1 where the fast average rises above the slow one, -1 where it falls below."""
    total = np.concatenate([[0.0], np.cumsum(close)])
    ends = np.arange(slow, total.size)
    difference = (total[ends] - total[ends - fast]) / fast
    difference -= (total[ends] - total[ends - slow]) / slow
    before, now = difference[:-1], difference[1:]
    sign = np.zeros(close.size)
    sign[slow:][(now > 0.0) & (before <= 0.0)] = 1.0
    sign[slow:][(now < 0.0) & (before >= 0.0)] = -1.0
    return sign


def coded(sign: FloatArray) -> Signals:
    return Signals(codes=np.where(sign > 0.0, UP, np.where(sign < 0.0, DOWN, 0)).astype(np.int8))


def run(market: Market, signs: list[FloatArray], trading: TradingTerms) -> SimulationRun:
    return simulate(
        market,
        [coded(sign) for sign in signs],
        account=ACCOUNT,
        trading=trading,
        instruments=[Instrument(symbol) for symbol in market.symbols],
    )


def one_unit_long(close: FloatArray, sign: FloatArray) -> Outcome:
    cash, held, orders = CASH, 0.0, 0
    for price, side in zip(close, sign, strict=True):
        if side > 0.0 and held == 0.0:
            cash, held, orders = cash - price * (1.0 + FEE), 1.0, orders + 1
        elif side < 0.0 and held > 0.0:
            cash, held, orders = cash + price * (1.0 - FEE), 0.0, orders + 1
    return Outcome(cash + held * close[-1], orders, 0)


def flips_with_stops(market: Market, signs: list[FloatArray]) -> Outcome:
    cash, worth, orders, stops = CASH, 0.0, 0, 0
    for table, sign in zip(market.bars, signs, strict=True):
        held, entry = 0.0, 0.0
        for opened, high, low, close, side in zip(*table[:4], sign, strict=True):
            level = entry * (1.0 - STOP) if held > 0.0 else entry * (1.0 + STOP)
            price = 0.0
            if held > 0.0 and low <= level:
                price = min(opened, level)
            elif held < 0.0 and high >= level:
                price = max(opened, level)
            if price:
                cash += held * price - abs(held) * price * FEE
                held, orders, stops = 0.0, orders + 1, stops + 1
            elif side * held <= 0.0 and side != 0.0:
                target = side * NOTIONAL / close
                cash -= (target - held) * close + abs(target - held) * close * FEE
                held, entry, orders = target, close, orders + 1
        worth += held * table[3][-1]
    return Outcome(cash + worth, orders, stops)


@pytest.mark.parametrize("seed", range(3))
def test_one_symbol_ends_where_a_plain_loop_ends(seed: int) -> None:
    market = walking_market(1, 20_000, 0.001, seed)
    sign = crossings(market.bars[0][3], 10, 50)
    result = run(market, [sign], TradingTerms(size=SizeRule(SizeKind.QUANTITY, 1.0)))
    expected = one_unit_long(market.bars[0][3], sign)
    assert result.equity[-1] == pytest.approx(expected.final_equity, rel=1e-12)
    assert len(result.fills) == expected.orders


@pytest.mark.parametrize("seed", range(3))
def test_many_symbols_with_stops_end_where_a_plain_loop_ends(seed: int) -> None:
    market = walking_market(20, 3_000, 0.004, seed)
    signs = [crossings(table[3], 48, 192) for table in market.bars]
    trading = TradingTerms(
        direction=Direction.LONG_SHORT,
        size=SizeRule(SizeKind.NOTIONAL, NOTIONAL),
        stop_loss=STOP,
    )
    result = run(market, signs, trading)
    expected = flips_with_stops(market, signs)
    assert result.equity[-1] == pytest.approx(expected.final_equity, rel=1e-12)
    assert len(result.fills) == expected.orders
    assert np.sum(result.fills.reason == FillReason.STOP_LOSS) == expected.stops > 0


def flips_with_breaker(market: Market, signs: list[FloatArray], limit: float) -> Outcome:
    """Flatten at the close of a drawdown, then trade nothing for `PAUSE` bars and start anew."""
    closes = np.array([table[3] for table in market.bars])
    held, cash, peak, paused, orders, trips = np.zeros(len(closes)), CASH, CASH, 0, 0, 0
    has_new_peak = False
    for prices, sides in zip(closes.T, np.array(signs).T, strict=True):
        equity = cash + float(held @ prices)
        if paused:
            paused -= 1
            has_new_peak = paused == 0
            continue
        peak = equity if has_new_peak else max(peak, equity)
        has_new_peak = False
        targets = np.where(sides * held <= 0.0, sides * NOTIONAL / prices, 0.0)
        moves = (sides != 0.0) & (sides * held <= 0.0)
        if equity < peak * (1.0 - limit):
            trips, paused = trips + 1, PAUSE
            targets, moves = np.zeros_like(held), held != 0.0
        change = np.where(moves, targets - held, 0.0)
        cash -= float(change @ prices) + FEE * float(np.abs(change) @ prices)
        held = held + change
        orders += int(np.count_nonzero(moves))
    return Outcome(cash + float(held @ closes[:, -1]), orders, trips)


@pytest.mark.parametrize("seed", range(2))
def test_many_symbols_under_a_breaker_end_where_a_plain_loop_ends(seed: int) -> None:
    market = walking_market(20, 3_000, 0.004, seed)
    signs = [crossings(table[3], 48, 192) for table in market.bars]
    trading = TradingTerms(
        direction=Direction.LONG_SHORT, size=SizeRule(SizeKind.NOTIONAL, NOTIONAL)
    )
    seconds = (PAUSE + 1) * MINUTE_MS / 1_000
    rule = {
        "name": "drawdown",
        "metric": "drawdown",
        "comparison": ">",
        "threshold": 0.03,
        "reset_threshold": 0.03,
        "drawdown_peak": "since_rearm",
        "cooldown_seconds": seconds,
        "actions": [{"kind": "close_all"}, {"kind": "pause_trading", "seconds": seconds}],
    }
    result = simulate(
        market,
        [coded(sign) for sign in signs],
        account=ACCOUNT,
        trading=trading,
        instruments=[Instrument(symbol) for symbol in market.symbols],
        rules=parse_rules([rule]),
    )
    expected = flips_with_breaker(market, signs, 0.03)
    assert expected.stops > 0
    assert result.equity[-1] == pytest.approx(expected.final_equity, rel=1e-9)
    assert len(result.fills) == expected.orders


def test_capital_caps_what_many_signals_buy() -> None:
    market = walking_market(20, 3_000, 0.0015, 1)
    signs = [crossings(table[3], 48, 192) for table in market.bars]
    trading = TradingTerms(
        direction=Direction.LONG_SHORT, size=SizeRule(SizeKind.NOTIONAL, 10.0 * NOTIONAL)
    )
    result = run(market, signs, trading)
    gross = np.zeros(20)
    for fill in result.fills:
        gross[fill.symbol] += fill.quantity
    closes = np.array([table[3][-1] for table in market.bars])
    assert np.abs(gross * closes).sum() < 1.2 * result.equity[-1]


def test_breakerless_runs_have_no_events() -> None:
    market = walking_market(1, 300, 0.001, 0)
    sign = crossings(market.bars[0][3], 10, 50)
    trading = replace(TradingTerms(), size=SizeRule(SizeKind.QUANTITY, 1.0))
    assert run(market, [sign], trading).events == ()
