"""Stored bars and funding as JSON."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING

from app.api.documents import Document, moment

if TYPE_CHECKING:  # pandas is slow to import, and every command would wait for it
    from etrms_core.backtest.bar_quality import BarQuality
    from etrms_core.backtest.ports import StoredFunding, StoredSeries


class SeriesKind(StrEnum):
    """What a file holds."""

    TRADE = "trade"
    MARK = "mark"
    FUNDING = "funding"


def series_document(series: StoredSeries | StoredFunding) -> Document:
    """Write what is known of a stored series."""
    return series_row(series) | {"first": moment(series.first), "last": moment(series.last)}


def series_row(series: StoredSeries | StoredFunding) -> Document:
    """Write it with its times as they are; funding has no timeframe."""
    return {"timeframe": None, "kind": SeriesKind.FUNDING} | asdict(series)


def quality_document(quality: BarQuality) -> Document:
    """Write every finding, counts and places."""
    return {
        "timeframe": quality.timeframe,
        "rows": quality.rows,
        "first": moment(quality.first),
        "last": moment(quality.last),
        "is_usable": quality.is_usable,
        "problems": quality.problems(),
        "missing_bars": quality.missing_bars,
        "gaps": [
            {"start": moment(gap.start), "end": moment(gap.end), "missing": gap.missing}
            for gap in quality.gaps
        ],
        "duplicates": quality.duplicates,
        "out_of_order": quality.out_of_order,
        "high_below_low": quality.high_below_low,
        "non_finite": quality.non_finite,
        "non_positive": quality.non_positive,
        "zero_volume": quality.zero_volume,
        "flat_stretches": [
            {"start": moment(run.start), "end": moment(run.end), "bars": run.bars}
            for run in quality.flat_stretches
        ],
        "future_bars": quality.future_bars,
        "off_grid": quality.off_grid,
        "first_at": {flaw: moment(time) for flaw, time in quality.first_at.items()},
    }
