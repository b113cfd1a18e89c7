"""A strategy's signals for every symbol of a market, on the market's time axis."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import pandas as pd

from etrms_core.backtest.market import FundingSeries
from etrms_core.backtest.market_frames import MarketData
from etrms_core.backtest.signals import CodeArray, Signals
from etrms_core.errors import DataError, InsufficientDataError
from etrms_core.kernels.arrays import FloatArray, IntArray

YEAR_MS = 365 * 86_400_000


class SignalSource(Protocol):
    """What a strategy is for a run: it answers for one symbol's bars."""

    def signals(
        self,
        bars: pd.DataFrame,
        *,
        funding: FundingSeries,
        periods_per_year: float,
        params: Mapping[str, float],
    ) -> Signals:
        """Return what is wanted at the close of each bar."""


def periods_per_year(timeframe_ms: int) -> float:
    """Return the bars in 365 days."""
    return YEAR_MS / timeframe_ms


def market_signals(
    strategy: SignalSource, data: MarketData, params: Mapping[str, float]
) -> tuple[Signals, ...]:
    """Ask a strategy about each symbol's own bars; where a symbol has no bar it wants nothing.

    Raises
    ------
    DataError
        If a symbol has fewer bars than the strategy needs for its first signal, or it answers for
        another number of bars than it was given.
    """
    market = data.market
    placed = []
    for (symbol, frame), funding in zip(data.frames.items(), market.funding, strict=True):
        try:
            signals = strategy.signals(
                frame,
                funding=funding,
                periods_per_year=periods_per_year(market.timeframe_ms),
                params=params,
            )
        except InsufficientDataError as error:
            raise DataError(f"{symbol}: {error}") from error
        _require_length(signals, len(frame), symbol=symbol)
        rows = data.axis.rows[symbol]
        placed.append(signals if rows is None else _placed(signals, rows, market.open_ms.size))
    return tuple(placed)


def placed_values(values: FloatArray, rows: IntArray, size: int) -> FloatArray:
    """Put the values of a symbol's own bars at their rows of the market's axis, NaN elsewhere."""
    placed = np.full(size, np.nan)
    placed[rows] = values
    return placed


def _require_length(signals: Signals, bars: int, *, symbol: str) -> None:
    for values in (signals.codes, signals.target, signals.volatility):
        if values is not None and values.shape != (bars,):
            raise DataError(f"{symbol}: the strategy answers for {bars} bars, was {values.shape}")


def _placed(signals: Signals, rows: IntArray, size: int) -> Signals:
    return Signals(
        codes=None if signals.codes is None else _placed_codes(signals.codes, rows, size),
        target=None if signals.target is None else placed_values(signals.target, rows, size),
        volatility=None
        if signals.volatility is None
        else placed_values(signals.volatility, rows, size),
    )


def _placed_codes(codes: CodeArray, rows: IntArray, size: int) -> CodeArray:
    placed = np.zeros(size, np.int8)
    placed[rows] = codes
    return placed
