"""Bars and funding rates from Parquet and CSV files: read as they are, or refused with the place.

Rows are counted from 1, without the header.
"""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from etrms_core.adapters.market_data.open_times import microseconds_of_column
from etrms_core.backtest.bar_quality import BAR_COLUMNS, PRICE_COLUMNS
from etrms_core.errors import DataError
from etrms_core.kernels.arrays import FloatArray

TIME_COLUMNS = ("ts", "time", "timestamp", "date", "datetime", "open_time")
FUNDING_RATE = "funding_rate"
SYMBOL = "symbol"
SHOWN_SYMBOLS = 12

# Stopping the program is the program's own business: Arrow would turn a signal that arrives while
# it reads into a complaint about the file.
pa.enable_signal_handlers(False)


def read_bars(path: Path | str, *, symbol: str | None = None) -> pd.DataFrame:
    """Read a Parquet or CSV file of bars; nothing is sorted, filled or dropped.

    Parameters
    ----------
    path : path
        Ends in .parquet or .csv. Columns open, high, low, close, volume, and one of ts, time,
        timestamp, date, datetime, open_time, in any case; others are ignored.
    symbol : str, optional
        Whose rows to take where the file has a column symbol; it is compared by its letters and
        digits, so that BTC/USDT is BTCUSDT.

    Returns
    -------
    DataFrame
        Columns open, high, low, close, volume (float64); index `time` of open times, UTC, in the
        order of the file.

    Raises
    ------
    DataError
        If the file cannot be read or is empty, a column is missing or occurs twice, a number or a
        time cannot be understood, or the file holds several symbols and none was asked for.

    Notes
    -----
    Times may be timestamps, ISO 8601 text, or whole epoch seconds, milli-, micro- or nanoseconds
    told apart by their size. A time without a zone is taken as UTC; nothing else is assumed. A
    number that is missing becomes NaN, which `check_bars` counts as non-finite.
    """
    return _read_columns(Path(path), BAR_COLUMNS, symbol)


def read_mark_prices(path: Path | str, *, symbol: str | None = None) -> pd.DataFrame:
    """Read a file of mark prices: like `read_bars`, but a volume is not asked for."""
    return _read_columns(Path(path), PRICE_COLUMNS, symbol)


def read_funding(path: Path | str, *, symbol: str | None = None) -> pd.DataFrame:
    """Read a Parquet or CSV file of funding rates.

    Parameters
    ----------
    path : path
        Like that of `read_bars`, with the column funding_rate.
    symbol : str, optional
        As in `read_bars`.

    Returns
    -------
    DataFrame
        Column funding_rate: fraction of notional that longs pay; index `time` of settlement times,
        UTC, ascending.

    Raises
    ------
    DataError
        As in `read_bars`, and if a rate is not a finite number or a settlement is not later than
        the one of the row above.
    """
    path = Path(path)
    frame = _read_columns(path, (FUNDING_RATE,), symbol)
    if not (is_finite := np.isfinite(frame[FUNDING_RATE].to_numpy())).all():
        row = int((~is_finite).argmax()) + 1
        raise DataError(f"{path}: column {FUNDING_RATE} has no finite number in row {row}")
    is_later = np.diff(frame.index.to_numpy("datetime64[us]")) > np.timedelta64(0)
    if not is_later.all():
        row = int((~is_later).argmax()) + 2
        raise DataError(f"{path}: the settlement in row {row} is not later than the one above")
    return frame


def _read_columns(path: Path, names: Sequence[str], symbol: str | None) -> pd.DataFrame:
    table = _read_table(path)
    if table.num_rows == 0:
        raise DataError(f"{path}: there are no rows")
    time_name = _time_column(path, table)
    missing = [name for name in names if name not in table.column_names]
    if missing:
        there = ", ".join(table.column_names)
        raise DataError(f"{path}: there is no column {', '.join(missing)}, only {there}")
    where = f"{path}: column {time_name}"
    times = microseconds_of_column(_plain(_column(path, table, time_name)), where=where)
    frame = pd.DataFrame(
        {name: _numbers(path, table, name) for name in names},
        index=pd.DatetimeIndex(times.view("datetime64[us]"), name="time").tz_localize("UTC"),
    )
    return frame if SYMBOL not in table.column_names else _of_symbol(path, table, frame, symbol)


def _read_table(path: Path) -> pa.Table:
    readers = {".parquet": _read_parquet, ".csv": _read_csv}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise DataError(f"{path}: bars are read from .parquet and .csv, was {path.suffix or path}")
    try:
        content = path.read_bytes()
        if not content.strip():
            raise DataError(f"{path}: the file is empty")
        table = reader(content)
    except (OSError, UnicodeDecodeError, csv.Error, pa.ArrowException) as error:
        reason = getattr(error, "strerror", None) or (str(error).splitlines() or ["damaged"])[0]
        raise DataError(f"{path}: cannot be read: {reason}") from error
    return table.rename_columns([name.strip().lower() for name in table.column_names])


def _read_parquet(content: bytes) -> pa.Table:
    return pq.read_table(pa.BufferReader(content))


def _read_csv(content: bytes) -> pa.Table:
    header = content.lstrip().split(b"\n", 1)[0].decode("utf-8-sig")
    names = next(csv.reader([header]))
    return arrow_csv.read_csv(
        pa.BufferReader(content),
        # A single thread knows the number of a malformed row.
        read_options=arrow_csv.ReadOptions(use_threads=False),
        convert_options=arrow_csv.ConvertOptions(
            column_types={name: pa.string() for name in names},
            null_values=[""],
            strings_can_be_null=True,
        ),
    )


def _time_column(path: Path, table: pa.Table) -> str:
    names: list[str] = [name for name in table.column_names if name in TIME_COLUMNS]
    if not names:
        there = ", ".join(table.column_names)
        known = ", ".join(TIME_COLUMNS)
        raise DataError(f"{path}: there is no column for the time ({known}), only {there}")
    if len(names) > 1:
        raise DataError(f"{path}: several columns may be the time: {', '.join(names)}")
    return names[0]


def _column(path: Path, table: pa.Table, name: str) -> pa.ChunkedArray:
    if table.column_names.count(name) > 1:
        raise DataError(f"{path}: column {name} occurs more than once")
    return table.column(name)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _plain(column.cast(kind.value_type))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pc.utf8_trim_whitespace(column.cast(pa.string()))
    return column


def _numbers(path: Path, table: pa.Table, name: str) -> FloatArray:
    column = _plain(_column(path, table, name))
    kind = column.type
    is_csv_text = pa.types.is_string(kind) and path.suffix.lower() == ".csv"
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    if not (is_csv_text or is_number):
        raise DataError(f"{path}: column {name} holds {kind} values in row 1, which are no numbers")
    try:
        numbers = column.cast(pa.float64(), safe=False)
    except pa.ArrowException as error:
        texts = enumerate(column.to_pylist(), start=1)
        row, text = next((row, text) for row, text in texts if not _is_number(text))
        raise DataError(f"{path}: column {name} is no number in row {row}: {text!r}") from error
    return np.array(numbers.to_numpy(), dtype=np.float64)


def _is_number(text: str | None) -> bool:
    try:
        pa.scalar(text, pa.string()).cast(pa.float64())
    except pa.ArrowException:
        return False
    return True


def _of_symbol(
    path: Path, table: pa.Table, frame: pd.DataFrame, symbol: str | None
) -> pd.DataFrame:
    symbols = pd.Series(_plain(_column(path, table, SYMBOL)).to_pylist()).astype(str)
    there = sorted(symbols.unique())
    shown = ", ".join(there[:SHOWN_SYMBOLS]) + (" ..." if len(there) > SHOWN_SYMBOLS else "")
    if symbol is None and len(there) > 1:
        raise DataError(f"{path}: column {SYMBOL} holds {shown}; one of them is to be named")
    if symbol is None:
        return frame
    meant = [name for name in there if _letters(name) == _letters(symbol)]
    if len(meant) != 1:
        raise DataError(f"{path}: column {SYMBOL} holds {shown}, of which not one is {symbol}")
    chosen: pd.DataFrame = frame.loc[(symbols == meant[0]).to_numpy()]
    return chosen


def _letters(symbol: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", symbol.upper())
