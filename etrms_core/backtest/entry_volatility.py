"""The volatility that entries are sized by, where a strategy tells none of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from etrms_core.backtest.bar_gate import moment_text
from etrms_core.backtest.market_frames import MarketData
from etrms_core.backtest.signals import ENTER_LONG, ENTER_SHORT, Signals
from etrms_core.backtest.strategies import known_volatility
from etrms_core.backtest.strategies.history import History
from etrms_core.backtest.strategy_signals import periods_per_year, placed_values
from etrms_core.backtest.terms import Direction
from etrms_core.errors import DataError
from etrms_core.kernels.arrays import FloatArray

WINDOW = 48
_ENTRIES = {
    Direction.LONG_ONLY: ENTER_LONG,
    Direction.SHORT_ONLY: ENTER_SHORT,
    Direction.LONG_SHORT: ENTER_LONG | ENTER_SHORT,
}


def add_volatility(signals: Sequence[Signals], data: MarketData) -> tuple[Signals, ...]:
    """Add the volatility of a symbol's last `WINDOW` returns to codes that have none."""
    return tuple(
        replace(each, volatility=_volatility(symbol, data))
        if each.codes is not None and each.volatility is None
        else each
        for symbol, each in zip(data.frames, signals, strict=True)
    )


def unsized_entries(
    signals: Sequence[Signals], data: MarketData, direction: Direction
) -> Mapping[str, list[str]]:
    """Note by symbol the entries without a volatility above 0, which are not made.

    Targets say their size themselves.

    Raises
    ------
    DataError
        If a symbol has entries, and none of them can be sized.
    """
    notes: dict[str, list[str]] = {}
    for symbol, each in zip(data.frames, signals, strict=True):
        if each.codes is None or each.volatility is None:
            continue
        entries = np.flatnonzero(each.codes & _ENTRIES[direction])
        unsized = entries[~(each.volatility[entries] > 0.0)]
        if unsized.size == 0:
            continue
        reason = (
            "volatility_target sizes by the volatility at the entry, which is unknown or 0 there, "
            f"the last time at {moment_text(data.market.open_ms[unsized[-1]])}"
        )
        if unsized.size == entries.size:
            raise DataError(f"{symbol}: none of {_counted(entries)} can be sized: {reason}")
        lost = f"{unsized.size:,} of {_counted(entries)} cannot be sized and are not made"
        notes[symbol] = [f"{lost}: {reason}"]
    return notes


def _counted(entries: np.ndarray[tuple[int], np.dtype[np.int64]]) -> str:
    return f"{entries.size:,} {'entry' if entries.size == 1 else 'entries'}"


def _volatility(symbol: str, data: MarketData) -> FloatArray:
    volatility = _own_volatility(data.frames[symbol], periods_per_year(data.market.timeframe_ms))
    rows = data.axis.rows[symbol]
    return volatility if rows is None else placed_values(volatility, rows, data.market.open_ms.size)


def _own_volatility(bars: pd.DataFrame, yearly: float) -> FloatArray:
    if len(bars) <= WINDOW:
        return np.full(len(bars), np.nan)
    close = History(bars, None, yearly).column("close")
    return known_volatility(close, window=WINDOW, periods_per_year=yearly)
