"""Bars on disk: one Parquet file per venue, symbol and timeframe; only sound bars get in."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from etrms_core.adapters.market_data.bar_files import read_bars
from etrms_core.adapters.market_data.table_file import replace_table
from etrms_core.backtest.bar_quality import BAR_COLUMNS, BarQuality, check_bars, require_usable
from etrms_core.backtest.data_hash import series_sha256
from etrms_core.backtest.ports import (
    ImportReport,
    PriceKind,
    SeriesName,
    StoredSeries,
    series_name,
)
from etrms_core.backtest.timeframe import timeframe_seconds
from etrms_core.errors import DataError, DomainError, StorageError
from etrms_core.kernels.arrays import BoolArray

# With fewer bars a gap cannot be told from a longer timeframe.
BARS_THAT_TELL_A_TIMEFRAME = 3


def system_clock() -> datetime:
    """Read the machine's clock."""
    return datetime.now(UTC)


class ParquetBarStore:
    """Bars in `folder`/venue/symbol/timeframe.parquet, those of the mark in timeframe_mark.parquet.

    A series is replaced as a whole, so that a reader never sees half of an import. Two imports of
    the same series at one time are not kept apart: the later one wins.

    Parameters
    ----------
    folder : path
        Created by the first import.
    clock : callable, optional
        Tells the aware time after which bars are in the future.
    """

    def __init__(self, folder: Path | str, *, clock: Callable[[], datetime] = system_clock) -> None:
        self._folder = Path(folder)
        self._clock = clock

    def import_file(
        self, path: Path | str, name: SeriesName, *, overwrite: bool = False
    ) -> ImportReport:
        """Add the bars of a file; nothing is written unless all of them are sound.

        Gaps are accepted and reported. Bars that are stored already and equal are counted.

        Raises
        ------
        DataError
            If the file cannot be read, its bars are not usable, not of the timeframe, or differ
            from stored ones of the same time and `overwrite` is False.
        StorageError
            If the store cannot be written.
        """
        bars = read_bars(path, symbol=name.symbol)
        return self._merge(bars, name, shown=str(path), overwrite=overwrite)

    def put(self, bars: pd.DataFrame, name: SeriesName, *, overwrite: bool = False) -> ImportReport:
        """Add bars that were made here; raises like `import_file`."""
        return self._merge(bars, name, shown=f"the new {name}", overwrite=overwrite)

    def _merge(
        self, bars: pd.DataFrame, name: SeriesName, *, shown: str, overwrite: bool
    ) -> ImportReport:
        quality = self._require_importable(bars, name, shown=shown)
        known = self._read_sound(name) if self._file(name).exists() else bars.iloc[:0]
        is_known = np.asarray(bars.index.isin(known.index))
        is_same = is_known & _is_same(bars, known)
        if not overwrite and (is_known & ~is_same).any():
            raise DataError(_difference(bars, known, is_known & ~is_same, name=name, shown=shown))
        if not is_same.all():
            kept = known.loc[~known.index.isin(bars.index)]
            merged = pd.concat([kept, bars]).sort_index()
            self._require_importable(merged, name, shown=f"{shown} with the stored {name}")
            self._write(name, merged)
        return ImportReport(
            added=int((~is_known).sum()),
            duplicates=int(is_same.sum()),
            replaced=int((is_known & ~is_same).sum()),
            quality=quality,
            stored=self._describe(name),
        )

    def load(
        self, name: SeriesName, *, start: datetime | None = None, end: datetime | None = None
    ) -> pd.DataFrame:
        """Return stored bars that open at `start` or later and before `end`, oldest first.

        Raises
        ------
        DataError
            If there is no such series (the message names those that exist), or no bar in between.
        DomainError
            If a bound is naive.
        """
        if not self._file(name).exists():
            there = ", ".join(str(each) for each in self.names()) or "none"
            raise DataError(f"no bars of {name} are stored; there are: {there}")
        bars = self._read(name)
        is_wanted = np.ones(len(bars), dtype=np.bool_)
        if start is not None:
            is_wanted &= _is_reached(bars, start)
        if end is not None:
            is_wanted &= ~_is_reached(bars, end)
        chosen: pd.DataFrame = bars.loc[is_wanted]
        if chosen.empty:
            raise DataError(
                f"the stored bars of {name} reach from {bars.index[0]} to {bars.index[-1]}"
                f", none opens from {start} to before {end}"
            )
        return chosen

    def names(self) -> tuple[SeriesName, ...]:
        """Name what is stored, in alphabetical order; files with other names are not ours."""
        files = self._folder.glob("*/*/*.parquet")
        names = (
            series_name(file.parent.parent.name, file.parent.name, file.stem) for file in files
        )
        return tuple(sorted(name for name in names if name is not None))

    def check(self, name: SeriesName) -> BarQuality:
        """Check stored bars; raises like `load`."""
        return check_bars(self.load(name), timeframe=name.timeframe, now=self._clock())

    def remove(self, name: SeriesName) -> None:
        """Set stored bars aside, where `restore` finds them until the next removal.

        Raises
        ------
        DataError
            If there is no such series.
        StorageError
            If the file cannot be moved.
        """
        _move(self._file(name), self._aside(name), what=f"bars of {name}")

    def restore(self, name: SeriesName) -> None:
        """Bring back what `remove` set aside; bars that came in meanwhile are not overwritten."""
        if self._file(name).exists():
            raise DataError(f"bars of {name} are stored again: remove them first")
        _move(self._aside(name), self._file(name), what=f"removed bars of {name}")

    def check_file(
        self, path: Path | str, *, symbol: str | None = None, timeframe: str | None = None
    ) -> BarQuality:
        """Check a file without storing it; raises like `read_bars` and `check_bars`."""
        return check_bars(read_bars(path, symbol=symbol), timeframe=timeframe, now=self._clock())

    # Last of all, since the name hides the built-in in the class.
    def list(self) -> tuple[StoredSeries, ...]:
        """Describe what is stored; every file is read, so that the hashes are those of today."""
        return tuple(self._describe(name) for name in self.names())

    def _file(self, name: SeriesName) -> Path:
        is_trade = name.kind is PriceKind.TRADE
        stem = name.timeframe if is_trade else f"{name.timeframe}_{name.kind}"
        return self._folder / name.venue / name.symbol / f"{stem}.parquet"

    def _aside(self, name: SeriesName) -> Path:
        file = self._file(name)
        return file.with_name(f".{file.name}.removed")

    def _read(self, name: SeriesName) -> pd.DataFrame:
        return read_bars(self._file(name))

    def _read_sound(self, name: SeriesName) -> pd.DataFrame:
        bars = self._read(name)
        require_usable(bars, check_bars(bars), name=str(self._file(name)))
        return bars

    def _describe(self, name: SeriesName) -> StoredSeries:
        bars = self._read(name)
        return StoredSeries(
            venue=name.venue,
            symbol=name.symbol,
            timeframe=name.timeframe,
            rows=len(bars),
            first=bars.index[0].to_pydatetime(),
            last=bars.index[-1].to_pydatetime(),
            sha256=series_sha256(bars, BAR_COLUMNS),
            kind=name.kind,
        )

    def _require_importable(
        self, bars: pd.DataFrame, name: SeriesName, *, shown: str
    ) -> BarQuality:
        quality = check_bars(bars, timeframe=name.timeframe, now=self._clock())
        require_usable(bars, quality, name=shown)
        closest = bars.index.to_series().diff().min()
        is_told = quality.rows >= BARS_THAT_TELL_A_TIMEFRAME
        if is_told and closest.total_seconds() != timeframe_seconds(name.timeframe):
            step = closest.to_pytimedelta()
            raise DataError(f"{shown}: the closest bars are {step} apart, not {name.timeframe}")
        if quality.off_grid:
            where = quality.first_at["off_grid"]
            raise DataError(f"{shown}: the bar of {where} is not on the {name.timeframe} grid")
        return quality

    def _write(self, name: SeriesName, bars: pd.DataFrame) -> None:
        replace_table(self._file(name), _table(bars))


def _table(bars: pd.DataFrame) -> pa.Table:
    times = bars.index.to_numpy("datetime64[us]").astype(np.int64)
    columns = {"time": pa.array(times, pa.timestamp("us", tz="UTC"))}
    return pa.table(columns | {name: pa.array(bars[name].to_numpy()) for name in BAR_COLUMNS})


def _move(source: Path, target: Path, *, what: str) -> None:
    try:
        source.replace(target)
    except FileNotFoundError as error:
        raise DataError(f"there are no {what}") from error
    except OSError as error:
        raise StorageError(f"{source}: cannot be moved: {error.strerror}") from error


def _is_same(bars: pd.DataFrame, known: pd.DataFrame) -> BoolArray:
    stored = known.reindex(bars.index)
    return np.asarray((stored == bars).all(axis="columns"), dtype=np.bool_)


def _is_reached(bars: pd.DataFrame, moment: datetime) -> BoolArray:
    if moment.tzinfo is None:
        raise DomainError(f"start and end are aware times, was {moment}")
    return np.asarray(bars.index >= moment, dtype=np.bool_)


def _difference(
    bars: pd.DataFrame, known: pd.DataFrame, differs: BoolArray, *, name: SeriesName, shown: str
) -> str:
    moment = bars.index[differs][0]
    given, stored = bars.loc[moment], known.loc[moment]
    column = next(each for each in BAR_COLUMNS if given[each] != stored[each])
    return (
        f"{shown}: the bar of {moment} has {column} {given[column]}, but {stored[column]} is stored"
        f" for {name}; {int(differs.sum())} bars differ, overwrite replaces them"
    )
