"""Longer bars out of shorter ones."""

from dataclasses import dataclass

import pandas as pd

from etrms_core.backtest.timeframe import timeframe_name, timeframe_seconds
from etrms_core.errors import DomainError

RULES = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
# Where resampled bars begin: a Monday, so that weeks do too.
ORIGIN = pd.Timestamp("1970-01-05", tz="UTC")


@dataclass(frozen=True, slots=True, eq=False)
class Resampled:
    """Longer bars, and how many were left out because shorter ones are missing in them."""

    bars: pd.DataFrame
    incomplete: int


def resample_bars(bars: pd.DataFrame, *, source: str, timeframe: str) -> Resampled:
    """Put bars together into longer ones; one with a missing part is left out, never guessed.

    Parameters
    ----------
    bars : DataFrame
        Columns open, high, low, close, volume by open time, UTC, rising.
    source, timeframe : str
        Lengths of the bars given and wanted; the second is a multiple of the first. Days begin at
        midnight UTC, weeks on Monday.

    Raises
    ------
    DomainError
        If the lengths do not fit.
    """
    seconds, shorter = timeframe_seconds(timeframe), timeframe_seconds(source)
    parts, rest = divmod(seconds, shorter)
    if rest or parts < 2:
        raise DomainError(
            f"bars of {timeframe_name(seconds)} are not made of whole bars of {source}"
        )
    groups = bars.resample(pd.Timedelta(seconds=seconds), origin=ORIGIN)
    counts = groups["close"].count()
    longer = groups.agg(RULES)
    is_whole = (counts == parts).to_numpy()
    has_some = (counts > 0).to_numpy()
    whole: pd.DataFrame = longer.loc[is_whole]
    return Resampled(whole, incomplete=int((has_some & ~is_whole).sum()))
