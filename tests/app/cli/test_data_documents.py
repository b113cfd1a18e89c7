"""Stored series as JSON: times as text, funding without a timeframe."""

from datetime import UTC, datetime

from app.cli.data_documents import series_document, series_row
from etrms_core.backtest.ports import PriceKind, StoredFunding, StoredSeries

FIRST, LAST = datetime(2025, 1, 6, tzinfo=UTC), datetime(2025, 1, 7, tzinfo=UTC)


def test_bars_have_their_timeframe_and_kind() -> None:
    bars = StoredSeries("v", "S", "1h", 25, FIRST, LAST, "ab", PriceKind.MARK)
    assert series_document(bars) == {
        "venue": "v",
        "symbol": "S",
        "timeframe": "1h",
        "kind": "mark",
        "rows": 25,
        "first": "2025-01-06T00:00:00+00:00",
        "last": "2025-01-07T00:00:00+00:00",
        "sha256": "ab",
    }


def test_funding_has_the_same_fields_without_a_timeframe() -> None:
    funding = StoredFunding("v", "S", 4, FIRST, LAST, "cd")
    row = series_row(funding)
    assert (row["timeframe"], row["kind"], row["first"]) == (None, "funding", FIRST)
