"""Bars for strategies."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from etrms_core.backtest.market import FundingSeries
from etrms_core.backtest.signals import Signals
from etrms_core.backtest.strategies import BUILT_IN
from etrms_core.kernels.arrays import FloatArray

HOURS_PER_YEAR = 8_760.0
HOUR_MS = 3_600_000


def bars_of(closes: Sequence[float], *, spread: float = 0.0) -> pd.DataFrame:
    """Make hourly bars that open at the close before; high and low are `spread` further out."""
    close = np.array(closes, np.float64)
    opened = np.concatenate([close[:1], close[:-1]])
    return pd.DataFrame(
        {
            "open": opened,
            "high": np.maximum(opened, close) + spread,
            "low": np.minimum(opened, close) - spread,
            "close": close,
            "volume": 1.0,
        },
        index=pd.date_range("2024-01-01", periods=len(close), freq="h", tz="UTC", name="time"),
    )


def random_bars(seed: int, count: int = 1_500, *, volatility: float = 0.01) -> pd.DataFrame:
    """Draw a geometric random walk, with funding times in mind: hourly from midnight."""
    rng = np.random.default_rng(seed)
    closes = 100.0 * np.exp(np.cumsum(rng.normal(0.0, volatility, count)))
    bars = bars_of(closes.tolist())
    reach = 1.0 + rng.random(count) * volatility
    return bars.assign(
        high=bars["high"] * reach, low=bars["low"] / reach, volume=rng.lognormal(3.0, 0.5, count)
    )


def random_funding(bars: pd.DataFrame, seed: int = 5) -> FundingSeries:
    """Draw a settlement every eight hours, about half of them beyond the usual threshold."""
    settled = bars.index.as_unit("ms").asi8[::8].copy()
    rate = np.random.default_rng(seed).normal(0.0, 0.00015, settled.size)
    return FundingSeries(settled, rate)


def signals_of(
    name: str,
    bars: pd.DataFrame,
    funding: FundingSeries | None = None,
    **params: float,
) -> Signals:
    """Ask a built-in strategy about hourly bars."""
    return BUILT_IN[name].signals(
        bars, funding=funding, periods_per_year=HOURS_PER_YEAR, params=params
    )


def codes_of(name: str, bars: pd.DataFrame, **params: float) -> list[int]:
    """Ask a built-in strategy for its codes."""
    codes = signals_of(name, bars, **params).codes
    assert codes is not None
    assert codes.dtype == np.int8
    return [int(code) for code in codes]


def target_of(
    name: str, bars: pd.DataFrame, funding: FundingSeries | None = None, **params: float
) -> FloatArray:
    """Ask a built-in strategy for its target."""
    target = signals_of(name, bars, funding, **params).target
    assert target is not None
    return target
