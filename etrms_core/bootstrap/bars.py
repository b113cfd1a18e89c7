"""Stored bars of a home folder."""

from datetime import timedelta
from pathlib import Path

from etrms_core.adapters.exchanges.paper.replay_market import ReplayMarket
from etrms_core.adapters.market_data.bar_store import ParquetBarStore
from etrms_core.backtest.ports import BarStore
from etrms_core.backtest.timeframe import timeframe_seconds
from etrms_core.settings import PaperSettings


def open_bar_store(home: Path) -> BarStore:
    """Open the store; its folder is made when the first bars come in."""
    return ParquetBarStore(home / "bars")


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
        symbol: store.load(paper.replay_venue, symbol, paper.replay_timeframe)
        for symbol in paper.symbols
    }
    length = timedelta(seconds=timeframe_seconds(paper.replay_timeframe))
    return ReplayMarket(frames, timeframe=length)
