"""The bars that come with the program, so that a first backtest needs no file of one's own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from etrms_core.backtest.ports import SeriesName
from etrms_core.bootstrap.bars import open_bar_store
from etrms_core.errors import DataError

SAMPLE_VENUE, SAMPLE_SYMBOL, SAMPLE_TIMEFRAME = "sample", "BTCUSDT", "1h"
SAMPLE_FILE = Path(__file__).resolve().parents[2] / "data" / "samples" / "BTCUSDT_1h_sample.csv"
SAMPLE_DATA: Mapping[str, Any] = {
    "venue": SAMPLE_VENUE,
    "symbols": [SAMPLE_SYMBOL],
    "timeframe": SAMPLE_TIMEFRAME,
}


def has_sample() -> bool:
    """Whether the program came with its sample."""
    return SAMPLE_FILE.is_file()


def store_sample(home: Path) -> None:
    """Put the sample into the bar store, unless it is there.

    Raises
    ------
    DataError
        If the program came without it.
    StorageError
        If the store cannot be written.
    """
    store = open_bar_store(home)
    wanted = SeriesName(SAMPLE_VENUE, SAMPLE_SYMBOL, SAMPLE_TIMEFRAME)
    if wanted in store.names():
        return
    if not has_sample():
        raise DataError("the sample bars are missing; install the program with data/samples")
    store.import_file(SAMPLE_FILE, wanted)


def asks_for_sample(data: object) -> bool:
    """Whether the data of a bundle are the sample."""
    return isinstance(data, Mapping) and data.get("venue") == SAMPLE_VENUE
