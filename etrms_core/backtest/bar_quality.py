"""What is wrong with a frame of bars: counted, with the first place of each, never repaired."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd

from etrms_core.backtest.bar_flaws import (
    flat_runs,
    missing_runs,
    most_common_step,
    price_flaws,
    time_flaws,
)
from etrms_core.backtest.timeframe import timeframe_name, timeframe_seconds
from etrms_core.errors import DataError, DomainError
from etrms_core.kernels.arrays import FloatArray, IntArray

__all__ = ["BarQuality", "check_bars", "require_usable", "timeframe_name", "timeframe_seconds"]

PRICE_COLUMNS = ("open", "high", "low", "close")
BAR_COLUMNS = (*PRICE_COLUMNS, "volume")
SHORTEST_FLAT_STRETCH = 3

# In the order in which they are told; any of them makes bars unusable.
_TIME_FLAWS = {
    "out_of_order": "before the bar of the row above",
    "duplicates": "with an open time that occurred before",
    "future_bars": "in the future",
}
_PRICE_FLAWS = {
    "non_finite": "with a price or a volume that is not a finite number",
    "non_positive": "with a price at or below 0 or a volume below 0",
    "high_below_low": "not within low <= open, close <= high",
}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND_US = 1_000_000
_YEAR_10000_US = 253_402_300_800 * _SECOND_US


class Gap(NamedTuple):
    """Bars that are not there: open times of the first and the last of them, and their number."""

    start: datetime
    end: datetime
    missing: int


class FlatStretch(NamedTuple):
    """Successive bars whose high is their low: open times of first and last, and their number."""

    start: datetime
    end: datetime
    bars: int


@dataclass(frozen=True, slots=True)
class BarQuality:
    """Findings about one frame of bars; every count is a number of bars.

    Attributes
    ----------
    timeframe : str or None
        The one asked for, else the most common step between open times; None when there is none.
    first, last : datetime or None
        Earliest and latest open time, whatever the order of rows.
    gaps : tuple of Gap
        Oldest first; only bars on the most common phase of the timeframe count as present.
    duplicates : int
        Bars whose open time occurred in a row above.
    out_of_order : int
        Bars that open before the bar of the row above.
    high_below_low : int
        Bars with finite prices that break ``low <= open, close <= high``.
    non_finite, non_positive : int
        Bars with a NaN or an infinity; bars with a price <= 0 or a volume < 0.
    flat_stretches : tuple of FlatStretch
        Runs of at least three successive bars with ``high == low``.
    future_bars : int
        Bars that open after `now`; 0 when `now` was not given.
    off_grid : int
        Bars that do not open on a multiple of the timeframe since midnight UTC; where the timeframe
        does not divide a day, not on its most common phase.
    first_at : mapping of str to datetime
        Open time of the first bar, by row, of each flaw that occurs; keys are the counts above.
    """

    timeframe: str | None
    rows: int
    first: datetime | None
    last: datetime | None
    gaps: tuple[Gap, ...]
    duplicates: int
    out_of_order: int
    high_below_low: int
    non_finite: int
    non_positive: int
    zero_volume: int
    flat_stretches: tuple[FlatStretch, ...]
    future_bars: int
    off_grid: int
    first_at: Mapping[str, datetime]

    @property
    def missing_bars(self) -> int:
        """Bars that all gaps miss together."""
        return sum(gap.missing for gap in self.gaps)

    @property
    def is_usable(self) -> bool:
        """Whether there are bars, in order, each once, with sound prices and not in the future."""
        return not self.fatal_problems()

    def fatal_problems(self) -> list[str]:
        """Tell what makes the bars unusable, one sentence per kind."""
        if self.rows == 0:
            return ["there are no bars"]
        texts = _TIME_FLAWS | _PRICE_FLAWS
        return [self._sentence(flaw, texts[flaw]) for flaw in texts if flaw in self.first_at]

    def problems(self) -> list[str]:
        """Tell everything that was found, what makes the bars unusable first."""
        told = self.fatal_problems()
        if self.timeframe is None and self.rows > 0:
            told.append("no timeframe can be told from the open times, so gaps are unknown")
        if self.gaps:
            told.append(self._gap_sentence())
        if self.off_grid:
            told.append(self._sentence("off_grid", f"off the {self.timeframe} grid"))
        if self.zero_volume:
            told.append(self._sentence("zero_volume", "without volume"))
        if self.flat_stretches:
            told.append(self._flat_sentence())
        return told

    def _sentence(self, flaw: str, text: str) -> str:
        count: int = getattr(self, flaw)
        return f"{_counted(count, 'bar')} {text}, first at {_written(self.first_at[flaw])}"

    def _gap_sentence(self) -> str:
        longest = max(self.gaps, key=lambda gap: gap.missing)
        return (
            f"{_counted(self.missing_bars, 'missing bar')} in {_counted(len(self.gaps), 'gap')}"
            f", first at {_written(self.gaps[0].start)}"
            f", longest {longest.missing} from {_written(longest.start)}"
        )

    def _flat_sentence(self) -> str:
        bars, first = sum(run.bars for run in self.flat_stretches), self.flat_stretches[0]
        where = f"first at {_written(first.start)} ({_counted(first.bars, 'bar')})"
        return f"{bars} bars in {_counted(len(self.flat_stretches), 'flat stretch', 'es')}, {where}"


def check_bars(
    frame: pd.DataFrame, *, timeframe: str | None = None, now: datetime | None = None
) -> BarQuality:
    """Look for every known flaw of a frame of bars; the frame is not changed.

    Parameters
    ----------
    frame : DataFrame
        Columns open, high, low, close (quote currency) and volume; aware index of open times.
        Rows in any order.
    timeframe : str, optional
        Such as "1m", "4h", "1d"; by default the most common step, the shortest of equals.
    now : datetime, optional
        Aware; bars that open later are counted as future bars.

    Raises
    ------
    DataError
        If this is no frame of bars: a column is absent or holds text, the index holds no aware
        times, or one of them is missing or outside the years 1970 to 9999.
    DomainError
        If `timeframe` is none or `now` is naive.

    Notes
    -----
    NaN counts as non-finite and takes no part in comparisons.
    """
    prices = np.vstack([_numbers(frame, name) for name in PRICE_COLUMNS])
    times = _microseconds(frame.index)
    step = _whole_step(times) if timeframe is None else timeframe_seconds(timeframe) * _SECOND_US
    latest = None if now is None else _microseconds_of(now)
    flaws = price_flaws(prices, _numbers(frame, "volume"))
    flaws |= time_flaws(times, step=step, now=latest)
    count = {flaw: int(rows.sum()) for flaw, rows in flaws.items()}
    first = {flaw: _moment(times[rows.argmax()]) for flaw, rows in flaws.items() if rows.any()}
    runs = flat_runs(times, prices[1], prices[2], shortest=SHORTEST_FLAT_STRETCH)
    missing = () if step is None else missing_runs(times, step=step)
    return BarQuality(
        timeframe=None if step is None else timeframe_name(step // _SECOND_US),
        rows=len(times),
        first=_moment(times.min()) if len(times) else None,
        last=_moment(times.max()) if len(times) else None,
        gaps=tuple(Gap(_moment(run.start), _moment(run.end), run.bars) for run in missing),
        duplicates=count["duplicates"],
        out_of_order=count["out_of_order"],
        high_below_low=count["high_below_low"],
        non_finite=count["non_finite"],
        non_positive=count["non_positive"],
        zero_volume=count["zero_volume"],
        flat_stretches=tuple(
            FlatStretch(_moment(run.start), _moment(run.end), run.bars) for run in runs
        ),
        future_bars=count["future_bars"],
        off_grid=count["off_grid"],
        first_at=MappingProxyType(first),
    )


def require_usable(frame: pd.DataFrame, quality: BarQuality, *, name: str) -> None:
    """Refuse bars that no calculation may see.

    Parameters
    ----------
    frame : DataFrame
        The bars that `quality` speaks of.
    quality : BarQuality
        What `check_bars` said.
    name : str
        What the user calls the bars; the message begins with it.

    Raises
    ------
    DataError
        Naming the first thing that is wrong, its time and, for prices, the values of that bar.
    """
    if quality.is_usable:
        return
    found = [flaw for flaw in _TIME_FLAWS | _PRICE_FLAWS if flaw in quality.first_at]
    values = ""
    if found and found[0] in _PRICE_FLAWS:
        bar = frame.loc[_microseconds(frame.index) == _microseconds_of(quality.first_at[found[0]])]
        shown = (f"{column} {bar[column].iloc[0]:.12g}" for column in BAR_COLUMNS)
        values = f" ({', '.join(shown)})"
    raise DataError(f"{name}: {quality.fatal_problems()[0]}{values}")


def _numbers(frame: pd.DataFrame, name: str) -> FloatArray:
    if name not in frame.columns:
        raise DataError(f"bars have no column {name}")
    try:
        return frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise DataError(f"bars hold more than numbers in column {name}: {error}") from error


def _microseconds(index: pd.Index) -> IntArray:
    if not isinstance(index, pd.DatetimeIndex) or index.tz is None:
        raise DataError(f"bars are indexed by aware UTC times, was {index.dtype}")
    if index.hasnans:
        raise DataError(f"bars have no open time in row {int(index.isna().argmax()) + 1}")
    times = index.as_unit("us").asi8
    outside = (times < 0) | (times >= _YEAR_10000_US)
    if outside.any():
        row = int(outside.argmax()) + 1
        raise DataError(f"bars open in the years 1970 to 9999, was another year in row {row}")
    return times


def _whole_step(times: IntArray) -> int | None:
    step = most_common_step(times)
    if step is None or step % _SECOND_US:
        return None
    try:
        timeframe_name(step // _SECOND_US)
    except DomainError:
        return None
    return step


def _microseconds_of(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise DomainError("now is an aware time, was naive")
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=int(microseconds))


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _counted(count: int, noun: str, ending: str = "s") -> str:
    return f"{count} {noun}{'' if count == 1 else ending}"
