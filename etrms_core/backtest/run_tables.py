"""Tables of a run as text: exact, safe in a spreadsheet, the same bytes for the same rows."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from math import isnan

import numpy as np

from etrms_core.errors import DomainError
from etrms_core.kernels.arrays import FloatArray, IntArray

# What makes a spreadsheet read a text as a formula (OWASP, CSV injection).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")

Cell = str | float | int | datetime | None


def table_text(header: Sequence[str], rows: Iterable[Iterable[Cell]]) -> str:
    """Write rows as CSV, the header first.

    Texts that a spreadsheet would take for a formula get a leading apostrophe; unknown numbers
    (None, NaN) are empty cells.
    """
    buffer = io.StringIO(newline="")
    # The module quotes the characters of its own line end; with \r\n it quotes both of them.
    writer = csv.writer(buffer, lineterminator="\r\n")
    lines = []
    for row in (header, *((_cell(value) for value in row) for row in rows)):
        writer.writerow(row)
        lines.append(buffer.getvalue().removesuffix("\r\n"))
        buffer.seek(0)
        buffer.truncate()
    return "\n".join(lines) + "\n"


def series_text(header: Sequence[str], times_ms: IntArray, columns: Sequence[FloatArray]) -> str:
    """Write numbers by time as CSV: the bytes of `table_text`, made column by column.

    Parameters
    ----------
    times_ms : ndarray of int64 of shape (n_rows,)
        Milliseconds since 1970, UTC: the first column.
    columns : sequence of ndarray of shape (n_rows,)
        The others.
    """
    texts = [_time_texts(times_ms), *(_number_texts(column) for column in columns)]
    lines = [",".join(header), *map(",".join, zip(*texts, strict=True))]
    return "\n".join(lines) + "\n"


def time_text(moment: datetime) -> str:
    """Write a moment as ISO 8601 in UTC with a Z, with milliseconds only when there are some.

    Raises
    ------
    DomainError
        If the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise DomainError(f"times carry a time zone, was {moment}")
    in_utc = moment.astimezone(UTC).replace(tzinfo=None)
    exactness = "milliseconds" if in_utc.microsecond >= 1000 else "seconds"
    return in_utc.isoformat(timespec=exactness) + "Z"


def _cell(value: Cell) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return time_text(value)
        case str():
            return f"'{value}" if value.startswith(FORMULA_STARTS) else str(value)
        case int():
            return str(value)
        case _:
            return "" if isnan(value) else repr(float(value))


def _time_texts(times_ms: IntArray) -> list[str]:
    moments = times_ms.astype("datetime64[ms]")
    texts: list[str] = np.datetime_as_string(moments, unit="ms").tolist()
    return [text.removesuffix(".000") + "Z" for text in texts]


def _number_texts(numbers: FloatArray) -> list[str]:
    values: list[float] = numbers.tolist()
    return ["" if value != value else repr(value) for value in values]  # noqa: PLR0124 (NaN)
