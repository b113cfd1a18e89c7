"""What a worker adds to a run's folder for the page: regimes.csv and report.json."""

import csv
import io
import json
import tomllib
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from etrms_core.adapters.storage.disk_trouble import disk_errors
from etrms_core.backtest.regime_label import label_regimes
from etrms_core.backtest.run_report import RunMarket, RunTables, build_report
from etrms_core.errors import DataError
from etrms_core.kernels.arrays import FloatArray

REPORT, REGIMES = "report.json", "regimes.csv"
REGIME_COLUMNS = ("regime", "bars", "share", "return", "trades", "pnl", "win_rate")
TIMES = {
    "equity.csv": ["time"],
    "orders.csv": ["time"],
    "breaker_events.csv": ["time"],
    "trades.csv": ["entry_time", "exit_time"],
}
Frames = Mapping[str, pd.DataFrame]


def write_extras(folder: Path, bars: Frames) -> None:
    """Write both files beside the tables of a run.

    Raises
    ------
    DataError
        If the folder holds no run.
    StorageError
        If a file cannot be written.
    """
    tables, bundle = read_tables(folder), read_bundle(folder)
    report = build_report(tables, run_market(bars, tables.equity), bundle)
    text = io.StringIO()
    writer = csv.DictWriter(text, REGIME_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_finite(report["regimes"]))
    with disk_errors(folder):
        (folder / REGIMES).write_text(text.getvalue(), encoding="utf-8")
        (folder / REPORT).write_text(json.dumps(_finite(report)), encoding="utf-8")


def read_tables(folder: Path) -> RunTables:
    """Read the tables of a run; DataError when one is missing or cannot be read."""
    equity = _table(folder, "equity.csv").set_index("time")
    return RunTables(
        equity,
        _table(folder, "trades.csv"),
        _table(folder, "orders.csv"),
        _table(folder, "breaker_events.csv"),
    )


def read_bundle(folder: Path) -> dict[str, Any]:
    """Read the bundle of a run; DataError when it cannot be read."""
    try:
        return tomllib.loads((folder / "bundle.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{folder.name}: bundle.toml cannot be read: {error}") from error


def run_market(bars: Frames, equity: pd.DataFrame) -> RunMarket | None:
    """Put closes beside the rows of equity; None when the bars are not those of the run."""
    closes = pd.DatetimeIndex(equity.index)[1:]
    if len(closes) < 2:
        return None
    length = closes[1:].to_series().diff().min() if len(closes) > 2 else closes[1] - closes[0]
    opens = closes - length
    found: dict[str, FloatArray] = {
        symbol: frame["close"].reindex(opens).ffill().to_numpy(np.float64)
        for symbol, frame in bars.items()
    }
    return RunMarket(found, label_regimes(_index_of(list(found.values()))))


def _index_of(closes: list[FloatArray]) -> FloatArray:
    """Return the path of an equal share in each symbol, from its first price on."""
    paths = np.vstack(closes)
    first = np.array([path[np.isfinite(path)][:1].sum() for path in paths])
    shares = paths / np.where(first > 0.0, first, np.nan)[:, None]
    known = np.isfinite(shares)
    count = known.sum(axis=0)
    total = np.where(known, shares, 0.0).sum(axis=0)
    mean: FloatArray = np.divide(total, count, out=np.full(total.size, np.nan), where=count > 0)
    return mean


def _table(folder: Path, name: str) -> pd.DataFrame:
    try:
        table = pd.read_csv(folder / name, keep_default_na=False, na_values={})
    except (OSError, ValueError) as error:
        raise DataError(f"{folder.name}: {name} cannot be read: {error}") from error
    for column in TIMES[name]:
        table[column] = pd.to_datetime(table[column], utc=True, format="ISO8601")
    texts = {"symbol", "side", "reason", "exit_reason", "breaker", "scope", "kind", "action"}
    for column in table.columns.difference([*TIMES[name], *texts, "detail"]):
        table[column] = pd.to_numeric(table[column], errors="coerce")
    return table


def _finite(value: Any) -> Any:  # noqa: ANN401  JSON is anything
    match value:
        case dict():
            return {key: _finite(each) for key, each in value.items()}
        case list() | tuple():
            return [_finite(each) for each in value]
        case float():
            return value if isfinite(value) else None
        case _:
            return value
