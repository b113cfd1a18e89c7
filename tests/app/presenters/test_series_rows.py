"""Stored series as rows, and findings as sentences."""

import csv
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest

from app.presenters.series_rows import (
    gap_table,
    import_line,
    quality_lines,
    stored_csv,
    stored_rows,
    stored_table,
)

FIRST, LAST = "2025-01-06T00:00:00+00:00", "2025-01-14T07:00:00+00:00"


def series(**changed: object) -> dict[str, Any]:
    return {
        "venue": "sample",
        "symbol": "BTCUSDT",
        "timeframe": "1h",
        "kind": "trade",
        "rows": 200,
        "first": FIRST,
        "last": LAST,
        "sha256": "ab" * 32,
    } | changed


def quality(**changed: object) -> dict[str, Any]:
    return {
        "timeframe": "1h",
        "rows": 12_345,
        "first": FIRST,
        "last": LAST,
        "is_usable": True,
        "problems": [],
        "gaps": [],
    } | changed


def test_rows_keep_numbers_and_times_for_sorting() -> None:
    table = stored_table(stored_rows([series(), series(kind="funding", timeframe=None)]))
    assert table["Rows"] == [200, 200]
    assert table["From (UTC)"][0] == datetime(2025, 1, 6, tzinfo=UTC)
    assert table["Prices"] == ["Trades", "Funding"]
    assert table["Timeframe"] == ["1h", ""]


def test_a_series_is_named_as_the_command_line_names_it() -> None:
    mark = stored_rows([series(kind="mark")])[0]
    assert mark.label == "sample BTCUSDT 1h mark price"
    assert mark.options == (
        *("--venue", "sample", "--symbol", "BTCUSDT"),
        *("--kind", "mark", "--timeframe", "1h"),
    )


def test_a_hostile_name_is_text_in_the_file() -> None:
    written = stored_csv(stored_rows([series(venue="=cmd()")]))
    assert next(iter(csv.DictReader(StringIO(written))))["venue"] == "'=cmd()"


def test_sound_bars_are_said_to_be_sound() -> None:
    assert quality_lines(quality()) == [
        "12,345 bars 1h, 2025-01-06 00:00 to 2025-01-14 07:00 UTC.",
        "Nothing is missing, doubled or out of order.",
    ]


def test_problems_are_told_as_they_are() -> None:
    lines = quality_lines(quality(problems=["3 bars are missing in 1 gap"]))
    assert lines[1:] == ["3 bars are missing in 1 gap."]


def test_gaps_have_numbers_and_times() -> None:
    gaps = [{"start": FIRST, "end": LAST, "missing": 3}]
    assert gap_table(quality(gaps=gaps))["Missing bars"] == [3]


def test_bars_without_a_time_are_said_to_have_none() -> None:
    assert "without a time" in quality_lines(quality(first=None, last=None, timeframe=None))[0]


@pytest.mark.parametrize(("added", "told"), [(200, "200 added"), (0, "0 added")])
def test_an_import_tells_what_it_did(added: int, told: str) -> None:
    line = import_line({"added": added, "duplicates": 1, "replaced": 2, "stored": series()})
    assert told in line
    assert "1 stored before, 2 replaced. 200 rows now, 2025-01-06 00:00 to" in line
