"""Signals of every strategy: a change of one of them is seen, and then meant."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from etrms_core.adapters.market_data.bar_files import read_bars, read_funding
from etrms_core.backtest.market import FundingSeries
from etrms_core.backtest.strategies import BUILT_IN
from tests.backtest.strategies.price_paths import random_funding
from tests.golden.shared_data import shared_file

SAMPLE = Path(__file__).parents[2] / "data" / "samples" / "BTCUSDT_1h_sample.csv"
# Signals that there are, and a hash over their bars and values.
ON_THE_SAMPLE = {
    "sma_cross": (10, "1400142a3f670ede"),
    "ema_cross": (6, "96d595948b865bf6"),
    "macd": (13, "9259953996b2bbc9"),
    "rsi_reversion": (2, "72ae311895eafaff"),
    "bollinger_reversion": (32, "93f9aa95d4a3d7af"),
    "bollinger_breakout": (32, "69d30f3f2aea26b2"),
    "donchian": (33, "4d3cc7da978887d7"),
    "supertrend": (8, "fede8082ec7b9575"),
    "momentum": (29, "daf0e917016273c2"),
    "funding_carry": (16, "a309012528fb4e14"),
    "volatility_target": (5, "9ddcbb9cb7ba26e4"),
    "buy_and_hold": (1, "83b97b859aa5f81b"),
}
ON_REAL_BARS = {
    "sma_cross": (117, "13fba80e3e63b18a"),
    "ema_cross": (105, "cf3291b7b764b9cc"),
    "macd": (332, "d0981d37342160cb"),
    "rsi_reversion": (141, "de1d9cc818de7288"),
    "bollinger_reversion": (786, "64cbb4a14b0ab0cf"),
    "bollinger_breakout": (786, "ab7d11ea6d9e9557"),
    "donchian": (476, "8ae581a0607bce0e"),
    "supertrend": (86, "cbd99d6054b9c1f2"),
    "momentum": (480, "e661b97450910572"),
    "funding_carry": (73, "5e5a3e73701ffb00"),
    "volatility_target": (236, "dc80b9a4905d15e6"),
    "buy_and_hold": (1, "83b97b859aa5f81b"),
}
START, END = "2021-01-01", "2021-07-01"


def fingerprint(name: str, bars: pd.DataFrame, funding: FundingSeries) -> tuple[int, str]:
    """Count what a strategy says with its defaults, and hash when it says what."""
    signals = BUILT_IN[name].signals(bars, funding=funding, periods_per_year=8_760.0, params={})
    values = signals.target if signals.codes is None else signals.codes
    assert values is not None
    said = np.flatnonzero(~np.isnan(values) if signals.codes is None else values)
    # Eight digits: machines may differ in the last bits of a target.
    text = "\n".join(f"{bar},{values[bar]:.8g}" for bar in said)
    return len(said), hashlib.sha256(text.encode()).hexdigest()[:16]


@pytest.mark.parametrize("name", BUILT_IN)
def test_signals_on_the_sample_are_those_that_were_checked(name: str) -> None:
    bars = read_bars(SAMPLE)
    assert fingerprint(name, bars, random_funding(bars)) == ON_THE_SAMPLE[name]


@pytest.mark.parametrize("name", BUILT_IN)
def test_signals_on_real_bars_are_those_that_were_checked(name: str) -> None:
    bars = read_bars(shared_file("ohlcv/binance_usdm_BTCUSDT_1h.parquet")).loc[START:END]
    paid = read_funding(
        shared_file("funding/binance_usdm_BTCUSDT_funding_8h.parquet"), symbol="BTCUSDT"
    ).loc[START:END]
    funding = FundingSeries(
        paid.index.as_unit("ms").asi8.copy(), paid["funding_rate"].to_numpy().copy()
    )
    assert fingerprint(name, bars, funding) == ON_REAL_BARS[name]
