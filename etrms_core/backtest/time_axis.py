"""One time axis for several symbols: the union of their bars, nothing filled."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from etrms_core.backtest.bar_gate import SoundBars, SoundTimes, moment_text, read_only
from etrms_core.backtest.timeframe import timeframe_name
from etrms_core.errors import DataError
from etrms_core.kernels.arrays import FloatArray, IntArray
from etrms_core.kernels.bar_checks import step_statistics


@dataclass(frozen=True, slots=True, eq=False)
class TimeAxis:
    """Open times of all symbols together.

    Attributes
    ----------
    open_ms : ndarray of int64 of shape (n_bars,)
        Milliseconds since 1970, UTC, rising.
    rows : mapping of str to ndarray of int64, or None
        By symbol, the rows at which it has bars; None where it has all of them.
    """

    open_ms: IntArray
    timeframe_ms: int
    rows: Mapping[str, IntArray | None]

    @property
    def start_ms(self) -> int:
        """Open of the first bar."""
        return int(self.open_ms[0])

    @property
    def end_ms(self) -> int:
        """Close of the last bar."""
        return int(self.open_ms[-1]) + self.timeframe_ms

    def place(self, symbol: str, table: FloatArray) -> FloatArray:
        """Put a symbol's columns, shape (k, its bars), on the axis; NaN where it has no bar."""
        rows = self.rows[symbol]
        if rows is None:
            return table
        placed = np.full((len(table), self.open_ms.size), np.nan)
        placed[:, rows] = table
        return read_only(placed)


def common_axis(sound: Mapping[str, SoundBars]) -> TimeAxis:
    """Find the axis of symbols.

    Raises
    ------
    DataError
        If timeframes differ, bars open between those of other symbols, or a symbol has no time in
        common with any other one.
    """
    times = {symbol: each.times for symbol, each in sound.items()}
    first = next(iter(times.values()))
    if any(each.timeframe_ms != first.timeframe_ms for each in times.values()):
        told = ", ".join(f"{symbol} {_timeframe(each)}" for symbol, each in times.items())
        raise DataError(f"all bars need one timeframe, were {told}")
    if all(_is_same(each, first) for each in times.values()):
        return TimeAxis(first.open_ms, first.timeframe_ms, dict.fromkeys(times))
    merged: IntArray = np.unique(np.concatenate([each.open_ms for each in times.values()]))
    union = read_only(merged)
    rows = {symbol: np.searchsorted(union, each.open_ms) for symbol, each in times.items()}
    _require_company(union, rows)
    _, smallest = step_statistics(union, first.timeframe_ms)
    if smallest < first.timeframe_ms:
        raise DataError(
            f"bars of {', '.join(times)} open {smallest // 1000} seconds apart from each other "
            f"with a timeframe of {_timeframe(first)}"
        )
    partial = {symbol: None if at.size == union.size else at for symbol, at in rows.items()}
    return TimeAxis(union, first.timeframe_ms, partial)


def _is_same(times: SoundTimes, other: SoundTimes) -> bool:
    return times is other or np.array_equal(times.open_ms, other.open_ms)


def _require_company(union: IntArray, rows: Mapping[str, IntArray]) -> None:
    count = np.zeros(union.size, np.int64)
    for at in rows.values():
        count[at] += 1
    for symbol, at in rows.items():
        if (count[at] == 1).all():
            raise DataError(
                f"{symbol}: none of its bars, {moment_text(union[at[0]])} to "
                f"{moment_text(union[at[-1]])}, has the time of a bar of another symbol"
            )


def _timeframe(times: SoundTimes) -> str:
    return timeframe_name(times.timeframe_ms // 1000)
