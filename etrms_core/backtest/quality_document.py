"""A quality report in result.json."""

from typing import Any

from etrms_core.backtest.bar_quality import BarQuality


def quality_document(quality: BarQuality) -> dict[str, Any]:
    """Write a quality report as plain JSON."""
    return {
        "timeframe": quality.timeframe,
        "rows": quality.rows,
        "first": quality.first,
        "last": quality.last,
        "missing_bars": quality.missing_bars,
        "gaps": len(quality.gaps),
        "zero_volume": quality.zero_volume,
        "problems": quality.problems(),
    }
