"""What backtests need from the outside world: stored bars."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import pandas as pd

from etrms_core.backtest.bar_quality import BarQuality
from etrms_core.backtest.timeframe import timeframe_name, timeframe_seconds
from etrms_core.errors import DomainError

_VENUE = re.compile(r"[a-z][a-z0-9_]{0,31}")
_SYMBOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,47}")


@dataclass(frozen=True, slots=True, order=True)
class SeriesName:
    """Which bars: names that are safe as parts of a path; a timeframe has one spelling only."""

    venue: str
    symbol: str
    timeframe: str

    def __post_init__(self) -> None:
        if not _VENUE.fullmatch(self.venue):
            raise DomainError(
                f"venue is a small letter, then at most 31 of a-z 0-9 _, was {self.venue!r}"
            )
        if not _SYMBOL.fullmatch(self.symbol):
            raise DomainError(
                f"symbol is a letter or digit, then at most 47 of A-Z a-z 0-9 _ -"
                f", was {self.symbol!r}"
            )
        written = timeframe_name(timeframe_seconds(self.timeframe))
        if written != self.timeframe:
            raise DomainError(f"timeframe {self.timeframe} is written {written}")

    def __str__(self) -> str:
        return f"{self.venue} {self.symbol} {self.timeframe}"


@dataclass(frozen=True, slots=True)
class StoredSeries:
    """What the store holds of one series.

    `sha256` is over open times and values, so that equal bars have equal hashes whatever the file.
    """

    venue: str
    symbol: str
    timeframe: str
    rows: int
    first: datetime
    last: datetime
    sha256: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did.

    `added`, `duplicates` (equal to what was stored) and `replaced` (only when asked to overwrite)
    sum up to the bars in the file, of which `quality` speaks.
    """

    added: int
    duplicates: int
    replaced: int
    quality: BarQuality
    stored: StoredSeries


def is_series_name(venue: str, symbol: str, timeframe: str) -> bool:
    """Whether these parts of a path name a series."""
    try:
        SeriesName(venue, symbol, timeframe)
    except DomainError:
        return False
    return True


class BarStore(Protocol):
    """Bars by venue, symbol and timeframe; only usable ones get in.

    Every method raises `DomainError` for a name that is not allowed, and `DataError` for bars that
    do not exist or cannot be used.
    """

    def import_file(
        self, path: Path | str, *, venue: str, symbol: str, timeframe: str, overwrite: bool = False
    ) -> ImportReport:
        """Add the bars of a file, all or none; bars that differ need `overwrite`."""

    def load(
        self,
        venue: str,
        symbol: str,
        timeframe: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> pd.DataFrame:
        """Return the bars that open at `start` or later and before `end`, oldest first."""

    def names(self) -> tuple[SeriesName, ...]:
        """Name what is stored, without reading it."""

    def list(self) -> tuple[StoredSeries, ...]:
        """Describe what is stored."""

    def check(self, venue: str, symbol: str, timeframe: str) -> BarQuality:
        """Check stored bars."""

    def check_file(
        self, path: Path | str, *, symbol: str | None = None, timeframe: str | None = None
    ) -> BarQuality:
        """Check a file without storing it."""
