"""The gate before every backtest: bars come through as arrays, or are refused with the place."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import numpy as np
import pandas as pd

from etrms_core.backtest.bar_flaws import most_common_step
from etrms_core.backtest.bar_quality import BAR_COLUMNS, PRICE_COLUMNS, check_bars, require_usable
from etrms_core.backtest.timeframe import timeframe_name
from etrms_core.errors import DataError, DomainError
from etrms_core.kernels.arrays import FloatArray, IntArray
from etrms_core.kernels.bar_checks import step_statistics, unsound_bars

AnyArray = TypeVar("AnyArray", FloatArray, IntArray)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEAR_10000_MS = 253_402_300_800_000
_PER_MS = {"us": 1_000, "ns": 1_000_000}


@dataclass(frozen=True, slots=True, eq=False)
class SoundTimes:
    """Rising open times of bars, none of which overlap.

    Attributes
    ----------
    index : DatetimeIndex
        Where they came from.
    open_ms : ndarray of int64 of shape (n_bars,)
        Milliseconds since 1970, UTC.
    timeframe_ms : int
        The most common distance, a whole timeframe.
    """

    index: pd.DatetimeIndex
    open_ms: IntArray
    timeframe_ms: int


@dataclass(frozen=True, slots=True, eq=False)
class SoundBars:
    """Bars that any calculation may see; `table` of shape (5, n_bars) is a view where it can."""

    times: SoundTimes
    table: FloatArray


def sound_bars(
    frame: pd.DataFrame,
    *,
    name: str,
    known: SoundTimes | None = None,
    volume_needed: bool = True,
) -> SoundBars:
    """Let a frame of bars through.

    Parameters
    ----------
    frame : DataFrame
        Columns open, high, low, close, volume; aware index of open times, oldest first. It must
        not be changed in place afterwards, since its numbers are not copied.
    name : str
        What the user calls the bars.
    known : SoundTimes, optional
        Times that were checked before; bars with the same ones are not checked again.
    volume_needed : bool
        Whether a frame without volume is refused; it has a volume of 0 otherwise.

    Raises
    ------
    DataError
        Naming the bars, the first flaw and its time.
    """
    if not isinstance(frame, pd.DataFrame):
        raise DataError(f"{name}: bars are a DataFrame, was {type(frame).__name__}")
    if frame.empty:
        raise DataError(f"{name}: there are no bars")
    table = read_only(_table(frame, name=name, volume_needed=volume_needed))
    times = sound_times(frame, name=name, known=known)
    if unsound_bars(table):
        _refuse(_complete(frame), name=name)
    return SoundBars(times, table)


def sound_times(frame: pd.DataFrame, *, name: str, known: SoundTimes | None = None) -> SoundTimes:
    """Check the open times of bars; raises like `sound_bars`."""
    index = frame.index
    if known is not None and index.equals(known.index):
        return known
    if not isinstance(index, pd.DatetimeIndex) or index.tz is None:
        raise DataError(f"{name}: bars are indexed by aware UTC times, was {index.dtype}")
    if len(index) < 2:
        raise DataError(f"{name}: one bar alone has no timeframe")
    open_ms = read_only(milliseconds(index))
    step = int(open_ms[1] - open_ms[0])
    same, smallest = step_statistics(open_ms, step)
    if smallest <= 0 or open_ms[0] < 0 or open_ms[-1] >= _YEAR_10000_MS:
        _refuse(_complete(frame), name=name)
    if 2 * same <= len(open_ms) - 1:
        step = most_common_step(open_ms) or step
    _require_timeframe(step, name=name)
    if smallest < step:
        row = int((np.diff(open_ms) < step).argmax()) + 1
        raise DataError(
            f"{name}: the bar of {moment_text(open_ms[row])} opens before the one above closes"
            f", {timeframe_name(step // 1000)} after its open"
        )
    return SoundTimes(index, open_ms, step)


def read_only(values: AnyArray) -> AnyArray:
    """Return a view that nobody can write to: kernels are compiled for one kind of array only."""
    view = values.view()
    view.flags.writeable = False
    return view


def milliseconds(index: pd.DatetimeIndex) -> IntArray:
    """Return times as milliseconds since 1970, UTC; a missing one is far below 0."""
    stamps = index.asi8
    if index.unit == "ms":
        return stamps
    return stamps * 1_000 if index.unit == "s" else stamps // _PER_MS[index.unit]


def moment_text(milliseconds_since_1970: int) -> str:
    """Write a time for people."""
    moment = _EPOCH + timedelta(milliseconds=int(milliseconds_since_1970))
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _table(frame: pd.DataFrame, *, name: str, volume_needed: bool) -> FloatArray:
    if tuple(frame.columns) == BAR_COLUMNS:
        values = frame.to_numpy()
        if values.dtype == np.float64 and values.flags.f_contiguous:
            return values.T
    table = np.zeros((len(BAR_COLUMNS), len(frame)))
    for row, column in enumerate(BAR_COLUMNS):
        if volume_needed or column in PRICE_COLUMNS or column in frame:
            table[row] = _numbers(frame, column, name=name)
    return table


def _numbers(frame: pd.DataFrame, column: str, *, name: str) -> FloatArray:
    if column not in frame:
        there = ", ".join(map(str, frame.columns))
        raise DataError(f"{name}: there is no column {column}, only {there}")
    if list(frame.columns).count(column) > 1:
        raise DataError(f"{name}: column {column} occurs more than once")
    series = frame[column]
    if series.dtype == np.bool_ or not pd.api.types.is_numeric_dtype(series.dtype):
        raise DataError(f"{name}: column {column} holds {series.dtype} values, no numbers")
    return series.to_numpy(dtype=np.float64, na_value=np.nan)


def _complete(frame: pd.DataFrame) -> pd.DataFrame:
    return frame if "volume" in frame else frame.assign(volume=0.0)


def _refuse(frame: pd.DataFrame, *, name: str) -> None:
    try:
        quality = check_bars(frame)
    except DataError as error:
        raise DataError(f"{name}: {error}") from error
    require_usable(frame, quality, name=name)


def _require_timeframe(step_ms: int, *, name: str) -> None:
    if step_ms % 1_000:
        raise DataError(f"{name}: no timeframe is {step_ms} milliseconds long")
    try:
        timeframe_name(step_ms // 1_000)
    except DomainError as error:
        raise DataError(f"{name}: {error}") from error
