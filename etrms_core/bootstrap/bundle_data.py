"""What a bundle's `[data]` names, read from files or from the store of a home folder."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pandas as pd

from etrms_core.adapters.market_data.bar_files import read_bars, read_funding, read_mark_prices
from etrms_core.backtest.data_section import DataSection
from etrms_core.backtest.ports import ContractName, PriceKind
from etrms_core.bootstrap.bars import open_bar_store, open_funding_store
from etrms_core.errors import ConfigurationError, DataError

Frames = dict[str, pd.DataFrame]
Reader = Callable[..., pd.DataFrame]


@dataclass(frozen=True, slots=True, eq=False)
class BundleData:
    """Frames by symbol, and the section with which anybody reads the same ones again."""

    bars: Frames
    mark: Frames
    funding: Frames
    section: DataSection


def read_bundle_data(section: DataSection, *, home: Path, base: Path, now: datetime) -> BundleData:
    """Read bars, mark prices and funding.

    Parameters
    ----------
    home : path
        Whose store is meant where the section names stored series.
    base : path
        Where relative paths of files begin.
    now : datetime
        Bars that open later are refused.

    Raises
    ------
    DataError
        If a file or a series cannot be read; it names it.
    ConfigurationError
        If mark prices or funding are switched on or off where only files can say what they are.
    """
    read = _from_store if section.series else _from_files
    data = read(section, home if section.series else base)
    for symbol, frame in data.bars.items():
        if len(frame) and frame.index.max() > now:
            raise DataError(f"{symbol}: a bar of {frame.index.max()} lies in the future")
    return data


def _from_files(section: DataSection, base: Path) -> BundleData:
    places = {"files": section.files, "mark": section.mark, "funding": section.funding}
    paths = {name: _paths(given, base) for name, given in places.items()}
    readers: dict[str, Reader] = {
        "files": read_bars,
        "mark": read_mark_prices,
        "funding": read_funding,
    }
    frames = {
        name: {
            symbol: _between(readers[name](path, symbol=symbol), section, what=str(path))
            for symbol, path in each.items()
        }
        for name, each in paths.items()
    }
    known = {
        name: {symbol: str(path) for symbol, path in each.items()} for name, each in paths.items()
    }
    resolved = replace(
        section, files=known["files"], mark=known["mark"] or True, funding=known["funding"] or True
    )
    return BundleData(frames["files"], frames["mark"], frames["funding"], resolved)


def _paths(given: bool | Mapping[str, str], base: Path) -> dict[str, Path]:
    if isinstance(given, bool):
        return {}
    return {symbol: (base / name).resolve() for symbol, name in given.items()}


def _between(frame: pd.DataFrame, section: DataSection, *, what: str) -> pd.DataFrame:
    if section.start is None and section.end is None:
        return frame
    is_wanted = pd.Series(True, index=frame.index)
    if section.start is not None:
        is_wanted &= frame.index >= section.start
    if section.end is not None:
        is_wanted &= frame.index < section.end
    chosen: pd.DataFrame = frame.loc[is_wanted.to_numpy()]
    if chosen.empty:
        raise DataError(f"{what}: nothing lies from {section.start} to before {section.end}")
    return chosen


def _from_store(section: DataSection, home: Path) -> BundleData:
    for name, given in (("mark", section.mark), ("funding", section.funding)):
        if not isinstance(given, bool):
            raise ConfigurationError(
                "is true or false for stored series, which have it beside them",
                field=f"data.{name}",
            )
    bounds = {"start": section.start, "end": section.end}
    store = open_bar_store(home)
    bars = {symbol: store.load(name, **bounds) for symbol, name in section.series.items()}
    mark = _stored_marks(section, home) if section.mark else {}
    funding = _stored_funding(section, home) if section.funding else {}
    return BundleData(bars, mark, funding, replace(section, mark=bool(mark), funding=bool(funding)))


def _stored_marks(section: DataSection, home: Path) -> Frames:
    store = open_bar_store(home)
    stored = set(store.names())
    names = {symbol: replace(name, kind=PriceKind.MARK) for symbol, name in section.series.items()}
    try:
        return {
            symbol: store.load(name, start=section.start, end=section.end)
            for symbol, name in names.items()
            if name in stored
        }
    except DataError as error:
        raise DataError(f"{error}; mark = false in [data] does without") from error


def _stored_funding(section: DataSection, home: Path) -> Frames:
    store = open_funding_store(home)
    stored = set(store.names())
    names = {symbol: ContractName(name.venue, symbol) for symbol, name in section.series.items()}
    frames = {
        symbol: store.load(name, start=section.start, end=section.end)
        for symbol, name in names.items()
        if name in stored
    }
    return {symbol: frame for symbol, frame in frames.items() if len(frame)}
