"""Fingerprints of series: equal times and values have equal hashes, whatever the file."""

import hashlib
from collections.abc import Mapping, Sequence

import pandas as pd

from etrms_core.backtest.bar_quality import BAR_COLUMNS, PRICE_COLUMNS


def series_sha256(frame: pd.DataFrame, columns: Sequence[str]) -> str:
    """Hash times (microseconds, int64) and some columns (float64), all little-endian."""
    digest = hashlib.sha256(frame.index.to_numpy("datetime64[us]").astype("<i8").tobytes())
    for column in columns:
        digest.update(frame[column].to_numpy("<f8").tobytes())
    return digest.hexdigest()


def data_hashes(
    bars: Mapping[str, pd.DataFrame],
    mark: Mapping[str, pd.DataFrame],
    funding: "Mapping[str, pd.DataFrame | pd.Series[float]]",
) -> dict[str, str]:
    """Hash the series that a run reads: keys are ``BTCUSDT``, ``BTCUSDT mark`` and the like."""
    hashes = {symbol: series_sha256(frame, BAR_COLUMNS) for symbol, frame in bars.items()}
    for symbol, frame in mark.items():
        hashes[f"{symbol} mark"] = series_sha256(frame, PRICE_COLUMNS)
    for symbol, given in funding.items():
        frame = given if isinstance(given, pd.DataFrame) else given.to_frame("funding_rate")
        hashes[f"{symbol} funding"] = series_sha256(frame, ["funding_rate"])
    return {name: hashes[name] for name in sorted(hashes)}


def changed_data(recorded: Mapping[str, object], found: Mapping[str, str]) -> list[str]:
    """Name the series and files whose hash is another one than a bundle recorded."""
    return sorted(name for name in {*recorded, *found} if recorded.get(name) != found.get(name))
