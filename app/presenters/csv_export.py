"""Rows as CSV that a spreadsheet shows and never runs."""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO

Value = str | int | float | bool | None

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# Spreadsheets know text by it, and do not show it.
TEXT_MARK = "'"


def csv_text(rows: Sequence[Mapping[str, Value]], *, columns: Sequence[str]) -> str:
    """Write rows as CSV with a heading line.

    Numbers stay numbers. Text that a spreadsheet would take for a formula gets a text mark in
    front of it; an unknown value is an empty cell.
    """
    written = StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([harmless(column) for column in columns])
    for row in rows:
        writer.writerow([harmless(row.get(column)) for column in columns])
    return written.getvalue()


def harmless(value: Value) -> Value:
    """Mark text as text if a spreadsheet would run it, spaces in front of it or not."""
    if not isinstance(value, str):
        return value
    text = value.replace("\0", "")
    is_formula = text.startswith(FORMULA_STARTS) or text.lstrip().startswith(FORMULA_STARTS)
    return f"{TEXT_MARK}{text}" if is_formula else text
