"""The files that a run leaves in its folder; equal runs leave equal bytes."""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from pathlib import Path

import numpy as np
import tomli_w

from etrms_core.backtest.run_tables import series_text, table_text, time_text
from etrms_core.domain.events import BreakerEvent
from etrms_core.domain.order import Fill, OrderSide
from etrms_core.errors import DataError, StorageError
from etrms_core.kernels.arrays import FloatArray, IntArray
from etrms_core.performance.round_trips import TRADE_COLUMNS, TradeRow

EQUITY_COLUMNS = ("time", "equity", "nav", "drawdown")
ORDER_COLUMNS = ("time", "symbol", "side", "quantity", "price", "fee", "reason")
BREAKER_EVENT_COLUMNS = (
    "time",
    "breaker",
    "scope",
    "kind",
    "value",
    "threshold",
    "action",
    "detail",
)
DECISION_COLUMNS = ("time", "decision_hash", "chain_hash")


@dataclass(frozen=True, slots=True)
class RunFiles:
    """Writer of one run's folder, which is made when first needed.

    Files are replaced whole: a reader sees the old one or the new one.

    Raises
    ------
    StorageError
        From every function, if the file cannot be written.
    """

    directory: Path

    def write_equity(self, points: Iterable[tuple[datetime, float, float, float]]) -> None:
        """Write equity.csv from (time, equity, nav, drawdown)."""
        self._write("equity.csv", table_text(EQUITY_COLUMNS, points))

    def write_equity_path(
        self, times_ms: IntArray, equity: FloatArray, nav: FloatArray, drawdown: FloatArray
    ) -> None:
        """Write equity.csv from arrays of shape (n_points,)."""
        text = series_text(EQUITY_COLUMNS, times_ms, (equity, nav, drawdown))
        self._write("equity.csv", text)

    def write_trades(self, rows: Iterable[TradeRow]) -> None:
        """Write trades.csv."""
        names = [name + "_" if name == "return" else name for name in TRADE_COLUMNS]
        cells = ([getattr(row, name) for name in names] for row in rows)
        self._write("trades.csv", table_text(TRADE_COLUMNS, cells))

    def write_orders(self, fills: Iterable[Fill]) -> None:
        """Write orders.csv, one row a fill; the quantity is unsigned."""
        cells = (
            (
                fill.filled_at,
                fill.symbol,
                OrderSide.BUY if fill.quantity > 0.0 else OrderSide.SELL,
                abs(fill.quantity),
                fill.price,
                fill.fee,
                fill.reason,
            )
            for fill in fills
        )
        self._write("orders.csv", table_text(ORDER_COLUMNS, cells))

    def write_breaker_events(self, events: Iterable[BreakerEvent]) -> None:
        """Write breaker_events.csv."""
        cells = (
            (
                event.occurred_at,
                event.breaker,
                str(event.scope),
                event.kind,
                event.value,
                event.threshold,
                event.action,
                event.detail,
            )
            for event in events
        )
        self._write("breaker_events.csv", table_text(BREAKER_EVENT_COLUMNS, cells))

    def write_decisions(self, rows: Iterable[tuple[datetime, str, str]]) -> None:
        """Write decisions.csv from (time, decision hash, chain hash)."""
        self._write("decisions.csv", table_text(DECISION_COLUMNS, rows))

    def write_result(
        self,
        *,
        metrics: Mapping[str, float],
        bounds: object = None,
        verdict: object = None,
        data_quality: object = None,
        counts: Mapping[str, int] | None = None,
    ) -> None:
        """Write result.json with sorted keys; NaN and infinity become null."""
        document = {
            "metrics": metrics,
            "bounds": bounds,
            "verdict": verdict,
            "data_quality": data_quality,
            "counts": counts or {},
        }
        text = json.dumps(_json_value(document), sort_keys=True, indent=2, allow_nan=False)
        self._write("result.json", text + "\n")

    def write_bundle(
        self,
        configuration: Mapping[str, object],
        *,
        data_sha256: Mapping[str, str],
        versions: Mapping[str, str],
        seed: int,
    ) -> None:
        """Write bundle.toml: the configuration and what it takes to run it again.

        Keys whose value is None are left out, since TOML has no null.
        """
        document = {
            **configuration,
            "seed": seed,
            "data_sha256": dict(sorted(data_sha256.items())),
            "versions": dict(sorted(versions.items())),
        }
        self._write("bundle.toml", tomli_w.dumps(_toml_table(document)))

    def _write(self, name: str, text: str) -> None:
        path = self.directory / name
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            _replace(path, text.encode("utf-8", errors="backslashreplace"))
        except OSError as error:
            raise StorageError(f"{path} cannot be written: {error}") from error


def file_sha256(path: Path) -> str:
    """Hash a file's bytes, as bundle.toml records its data.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error}") from error


def _json_value(value: object) -> object:
    match value:
        case Mapping():
            return {str(key): _json_value(each) for key, each in value.items()}
        case list() | tuple():
            return [_json_value(each) for each in value]
        case datetime():
            return time_text(value)
        case np.generic():
            return _json_value(value.item())
        case float():
            return value if isfinite(value) else None
        case _:
            return value


def _toml_table(table: Mapping[str, object]) -> dict[str, object]:
    return {key: _toml_value(value) for key, value in table.items() if value is not None}


def _toml_value(value: object) -> object:
    match value:
        case Mapping():
            return _toml_table(value)
        case list() | tuple():
            return [_toml_value(each) for each in value]
        case np.generic():
            return value.item()
        case _:
            return value


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
