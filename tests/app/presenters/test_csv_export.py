"""CSV that no spreadsheet runs."""

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.presenters.csv_export import FORMULA_STARTS, csv_text, harmless

CELLS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()


@given(st.lists(st.fixed_dictionaries({"a": CELLS, "b": CELLS}), max_size=5))
def test_no_text_begins_a_formula_and_every_row_comes_back(rows: list[dict[str, object]]) -> None:
    text = csv_text(rows, columns=("a", "b"))  # type: ignore[arg-type]
    read = list(csv.reader(StringIO(text, newline="")))
    assert [len(row) for row in read] == [2] * (len(rows) + 1)
    for row, written in zip(rows, read[1:], strict=True):
        for value, cell in zip((row["a"], row["b"]), written, strict=True):
            if isinstance(value, str):
                assert not cell.lstrip().startswith(FORMULA_STARTS)
                assert cell.removeprefix("'") == value.replace("\0", "").removeprefix("'")
            else:
                assert cell == ("" if value is None else str(value))


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =cmd|' /C'!A0"]
)
def test_a_formula_is_marked_as_text(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("value", [-1.5, 0, True, None, "", "a-b", "1,5"])
def test_numbers_stay_numbers_and_plain_text_stays_plain(value: object) -> None:
    assert harmless(value) == value  # type: ignore[arg-type]


def test_headings_are_as_harmless_as_values() -> None:
    assert csv_text([], columns=("=a", "b")) == "'=a,b\r\n"
