"""What backtests need from the outside world: stored bars."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import pandas as pd

from etrms_core.backtest.bar_quality import BarQuality
from etrms_core.backtest.timeframe import timeframe_name, timeframe_seconds
from etrms_core.errors import DomainError

_VENUE = re.compile(r"[a-z][a-z0-9_]{0,31}")
_SYMBOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,47}")


class PriceKind(StrEnum):
    """Which price bars are made of."""

    TRADE = "trade"
    MARK = "mark"


@dataclass(frozen=True, slots=True, order=True)
class ContractName:
    """Which contract: names that are safe as parts of a path."""

    venue: str
    symbol: str

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

    def __str__(self) -> str:
        return f"{self.venue} {self.symbol}"


@dataclass(frozen=True, slots=True, order=True)
class SeriesName:
    """Which bars: of a contract, in a timeframe of one spelling only, of trades or of the mark."""

    venue: str
    symbol: str
    timeframe: str
    kind: PriceKind = PriceKind.TRADE

    def __post_init__(self) -> None:
        ContractName(self.venue, self.symbol)
        written = timeframe_name(timeframe_seconds(self.timeframe))
        if written != self.timeframe:
            raise DomainError(f"timeframe {self.timeframe} is written {written}")

    def __str__(self) -> str:
        text = f"{self.venue} {self.symbol} {self.timeframe}"
        return text if self.kind is PriceKind.TRADE else f"{text} {self.kind}"


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
    kind: PriceKind = PriceKind.TRADE


@dataclass(frozen=True, slots=True)
class StoredFunding:
    """What the store holds of a contract's funding; `sha256` is over times and rates."""

    venue: str
    symbol: str
    rows: int
    first: datetime
    last: datetime
    sha256: str


@dataclass(frozen=True, slots=True)
class FundingReport:
    """What an import of funding did; the counts sum up to the settlements in the file."""

    added: int
    duplicates: int
    replaced: int
    stored: StoredFunding


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


def series_name(venue: str, symbol: str, stem: str) -> SeriesName | None:
    """Name the series of a file by its folders and its stem, None for a file that is not ours."""
    timeframe, _, kind = stem.partition("_")
    if kind not in ("", PriceKind.MARK):
        return None
    try:
        return SeriesName(venue, symbol, timeframe, PriceKind(kind or PriceKind.TRADE))
    except DomainError:
        return None


class BarStore(Protocol):
    """Bars by venue, symbol and timeframe; only usable ones get in.

    Every method raises `DomainError` for a name that is not allowed, and `DataError` for bars that
    do not exist or cannot be used.
    """

    def import_file(
        self, path: Path | str, name: SeriesName, *, overwrite: bool = False
    ) -> ImportReport:
        """Add the bars of a file, all or none; bars that differ need `overwrite`."""

    def put(self, bars: pd.DataFrame, name: SeriesName, *, overwrite: bool = False) -> ImportReport:
        """Add bars like those of a file."""

    def load(
        self, name: SeriesName, *, start: datetime | None = None, end: datetime | None = None
    ) -> pd.DataFrame:
        """Return the bars that open at `start` or later and before `end`, oldest first."""

    def names(self) -> tuple[SeriesName, ...]:
        """Name what is stored, without reading it."""

    def list(self) -> tuple[StoredSeries, ...]:
        """Describe what is stored."""

    def check(self, name: SeriesName) -> BarQuality:
        """Check stored bars."""

    def remove(self, name: SeriesName) -> None:
        """Set stored bars aside; `restore` brings the last removal of a name back."""

    def restore(self, name: SeriesName) -> None:
        """Bring back what `remove` set aside."""

    def check_file(
        self, path: Path | str, *, symbol: str | None = None, timeframe: str | None = None
    ) -> BarQuality:
        """Check a file without storing it."""


class FundingStore(Protocol):
    """Funding settlements by contract; errors like those of `BarStore`."""

    def import_file(
        self, path: Path | str, name: ContractName, *, overwrite: bool = False
    ) -> FundingReport:
        """Add the settlements of a file, all or none; rates that differ need `overwrite`."""

    def load(
        self, name: ContractName, *, start: datetime | None = None, end: datetime | None = None
    ) -> pd.DataFrame:
        """Return the settlements from `start` on and before `end`, oldest first.

        The frame has the column funding_rate; it is empty where none lies in between.
        """

    def names(self) -> tuple[ContractName, ...]:
        """Name the contracts whose funding is stored."""

    def list(self) -> tuple[StoredFunding, ...]:
        """Describe what is stored."""
