"""Tables as text: what is made by columns equals what is made by rows."""

from datetime import UTC, datetime, timedelta
from math import inf, nan

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from etrms_core.backtest.run_tables import series_text, table_text

HEADER = ("time", "a", "b")
MILLISECONDS = st.integers(0, 4_000_000_000_000)


@given(st.lists(st.tuples(MILLISECONDS, st.floats(), st.floats())))
def test_columns_and_rows_make_the_same_bytes(rows: list[tuple[int, float, float]]) -> None:
    start = datetime(1970, 1, 1, tzinfo=UTC)
    by_rows = [(start + timedelta(milliseconds=ms), a, b) for ms, a, b in rows]
    times = np.array([row[0] for row in rows], np.int64)
    columns = [np.array([row[k] for row in rows], np.float64) for k in (1, 2)]
    assert series_text(HEADER, times, columns) == table_text(HEADER, by_rows)


def test_a_series_is_written_to_the_last_digit() -> None:
    times = np.array([0, 1_500, 60_000], np.int64)
    text = series_text(HEADER, times, (np.array([0.1 + 0.2, 1e22, -0.0]), np.array([nan, inf, 1])))
    assert text.splitlines() == [
        "time,a,b",
        "1970-01-01T00:00:00Z,0.30000000000000004,",
        "1970-01-01T00:00:01.500Z,1e+22,inf",
        "1970-01-01T00:01:00Z,-0.0,1.0",
    ]
