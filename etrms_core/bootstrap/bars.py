"""Stored bars of a home folder."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from etrms_core.adapters.exchanges.paper.replay_market import ReplayMarket
from etrms_core.adapters.market_data.bar_store import ParquetBarStore
from etrms_core.adapters.market_data.funding_store import ParquetFundingStore
from etrms_core.backtest.ports import BarStore, FundingStore, ImportReport, SeriesName
from etrms_core.backtest.resampling import resample_bars
from etrms_core.backtest.timeframe import timeframe_seconds
from etrms_core.settings import PaperSettings


def open_bar_store(home: Path) -> BarStore:
    """Open the store; its folder is made when the first bars come in."""
    return ParquetBarStore(home / "bars")


def open_funding_store(home: Path) -> FundingStore:
    """Open the funding beside the bars; its folder is made when the first comes in."""
    return ParquetFundingStore(home / "bars")


def resample_stored(
    store: BarStore, source: SeriesName, timeframe: str, *, overwrite: bool = False
) -> tuple[ImportReport, int]:
    """Store longer bars made of stored ones; return the report and the incomplete ones left out.

    Raises
    ------
    DataError
        If the source is not stored, no longer bar is complete, or stored ones differ.
    DomainError
        If the longer timeframe is no multiple of the source's.
    """
    longer = resample_bars(store.load(source), source=source.timeframe, timeframe=timeframe)
    name = replace(source, timeframe=timeframe)
    return store.put(longer.bars, name, overwrite=overwrite), longer.incomplete


def open_replay_market(home: Path, paper: PaperSettings) -> ReplayMarket:
    """Open the stored bars that the settings name as the paper exchange's market.

    Raises
    ------
    DataError
        If a series is not stored.
    ConfigurationError
        If no symbol is named, or bars are longer than an hour.
    """
    store = open_bar_store(home)
    frames = {
        symbol: store.load(SeriesName(paper.replay_venue, symbol, paper.replay_timeframe))
        for symbol in paper.symbols
    }
    length = timedelta(seconds=timeframe_seconds(paper.replay_timeframe))
    return ReplayMarket(frames, timeframe=length)
