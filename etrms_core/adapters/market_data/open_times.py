"""The time column of a file as microseconds since 1970, UTC; what is not certain is refused.

Errors name the place `where` (file and column) and the row, counted from 1 without the header.
"""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from etrms_core.errors import DataError
from etrms_core.kernels.arrays import BoolArray, IntArray

# Epoch times of the years 2000 to 2099: in these bounds no number fits two units.
EPOCH_UNITS = {"s": 1, "ms": 1_000, "µs": 1_000_000, "ns": 1_000_000_000}
FIRST_SECOND, END_SECOND = 946_684_800, 4_102_444_800

MICROSECOND = 1_000_000
YEAR_10000 = 253_402_300_800 * MICROSECOND

_DIGITS = r"^[0-9]+$"
_ISO_8601 = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?$"
)
_ZONE = r":[0-9]{2}.*(Z|[+-][0-9:]+)$"


def microseconds_of_column(column: pa.ChunkedArray, *, where: str) -> IntArray:
    """Read timestamps, dates, ISO 8601 text or whole epoch numbers.

    Times that carry no zone are taken as UTC; text that has a zone in some rows only is refused.
    The unit of epoch numbers follows from their size and must be the same in all rows.

    Raises
    ------
    DataError
        If a row has no time, or one that cannot be told with certainty.
    """
    if column.null_count:
        _refuse(where, "is empty", pc.is_null(column).to_numpy())
    kind = column.type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        times = _from_timestamps(column, where)
    elif pa.types.is_integer(kind):
        times = _from_epochs(_whole_numbers(column, where), where)
    elif pa.types.is_string(kind):
        times = _from_text(column, where)
    else:
        raise DataError(f"{where} holds {kind} values, which are no times")
    _refuse(where, "is outside the years 1970 to 9999", (times < 0) | (times >= YEAR_10000))
    return times


def _refuse(where: str, what: str, rows: BoolArray) -> None:
    if rows.any():
        raise DataError(f"{where} {what} in row {int(rows.argmax()) + 1}")


def _from_timestamps(column: pa.ChunkedArray, where: str) -> IntArray:
    zone = column.type.tz if pa.types.is_timestamp(column.type) else None
    try:
        moments = column.cast(pa.timestamp("us", tz=zone))
    except pa.ArrowException as error:
        raise DataError(f"{where} holds times that whole microseconds cannot tell") from error
    return _integers(moments)


def _whole_numbers(column: pa.ChunkedArray, where: str) -> IntArray:
    try:
        return _integers(column)
    except pa.ArrowException as error:
        raise DataError(f"{where} holds numbers that are too large for epoch times") from error


def _integers(column: pa.ChunkedArray) -> IntArray:
    return np.asarray(column.cast(pa.int64()).to_numpy(), dtype=np.int64)


def _from_epochs(numbers: IntArray, where: str) -> IntArray:
    fitting = [unit for unit in EPOCH_UNITS if _is_epoch(numbers[:1], unit).all()]
    if not fitting:
        raise DataError(
            f"{where} holds {numbers[0]} in row 1, which is no epoch time of the years 2000 to 2099"
            f" in {', '.join(EPOCH_UNITS)}"
        )
    unit = fitting[0]
    _refuse(where, f"is no epoch time in {unit}, as row 1 is,", ~_is_epoch(numbers, unit))
    if unit == "ns":
        _refuse(where, "is no whole microsecond", numbers % 1_000 != 0)
        return numbers // 1_000
    return numbers * (MICROSECOND // EPOCH_UNITS[unit])


def _is_epoch(numbers: IntArray, unit: str) -> BoolArray:
    factor = EPOCH_UNITS[unit]
    return (numbers >= FIRST_SECOND * factor) & (numbers < END_SECOND * factor)


def _from_text(column: pa.ChunkedArray, where: str) -> IntArray:
    is_number = _matches(column, _DIGITS)
    if is_number[:1].any():
        _refuse(where, "is no epoch time, as row 1 is,", ~is_number)
        return _from_epochs(_whole_numbers(column, where), where)
    _refuse(where, "is neither an ISO 8601 time nor an epoch time", ~_matches(column, _ISO_8601))
    has_zone = _matches(column, _ZONE)
    _refuse(where, "names a zone, or none, unlike row 1,", has_zone != has_zone[:1])
    moments = pd.to_datetime(
        pd.Series(column.to_pylist(), dtype="str"), format="ISO8601", utc=True, errors="coerce"
    )
    _refuse(where, "is no time of the calendar", moments.isna().to_numpy())
    exact = pd.DatetimeIndex(moments)
    times = exact.as_unit("us")
    _refuse(where, "is no whole microsecond", np.asarray(times != exact))
    return times.asi8


def _matches(column: pa.ChunkedArray, pattern: str) -> BoolArray:
    return np.asarray(pc.match_substring_regex(column, pattern).to_numpy(), dtype=np.bool_)
