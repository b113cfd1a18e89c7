"""Recorded bars and funding through the paper exchange and through the simulation."""

import numpy as np
import pandas as pd
import pytest

from etrms_core.backtest.market import FundingSeries, Market
from etrms_core.backtest.terms import (
    AccountTerms,
    Direction,
    FillTime,
    SizeKind,
    SizeRule,
    TradingTerms,
)
from tests.backtest.simulated_markets import HOUR_MS
from tests.golden.shared_data import shared_file
from tests.parity.test_paper_equals_backtest import both, require_parity, rules_of, signals_for

FIRST, BARS = 12_000, 1_500
SYMBOLS = ("BTCUSDT", "ETHUSDT")


def recorded_market() -> Market:
    frames = [
        pd.read_parquet(shared_file(f"ohlcv/binance_usdm_{symbol}_1h.parquet"))
        for symbol in SYMBOLS
    ]
    chosen = [frame.iloc[FIRST : FIRST + BARS] for frame in frames]
    times = [frame["ts"].to_numpy("datetime64[ms]").astype(np.int64) for frame in chosen]
    np.testing.assert_array_equal(times[0], times[1])
    tables = tuple(
        np.ascontiguousarray(frame[["open", "high", "low", "close", "volume"]].to_numpy().T)
        for frame in chosen
    )
    settled = times[0][(times[0] // HOUR_MS) % 8 == 0]
    rates = np.random.default_rng(1).normal(0.0001, 0.0002, settled.size)
    funding = FundingSeries(settled, rates)
    return Market(SYMBOLS, times[0], HOUR_MS, tables, tables, (funding, funding))


@pytest.mark.parametrize("fill", list(FillTime))
@pytest.mark.parametrize("name", ["closes", "reduces", "counts", "margins"])
def test_recorded_bars_end_alike(name: str, fill: FillTime) -> None:
    market = recorded_market()
    trading = TradingTerms(
        direction=Direction.LONG_SHORT,
        size=SizeRule(SizeKind.QUANTITY, 0.5),
        stop_loss=0.03,
        trailing_stop=0.04,
    )
    account = AccountTerms(
        initial_capital=30_000.0, leverage=10.0, fill=fill, time_zone="Europe/Berlin"
    )
    signals = signals_for(np.random.default_rng(2), market)
    paper, run = both(market, signals, account=account, trading=trading, rules=rules_of(name))
    require_parity(paper, run, market)
    assert len(run.fills) > 100
