"""Stored bars and funding, and what is wrong with bars: as rows and sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.presenters.csv_export import Value, csv_text
from app.presenters.numbers import plain

KIND_WORDS = {"trade": "Trades", "mark": "Mark price", "funding": "Funding"}
COLUMNS = ("Venue", "Symbol", "Timeframe", "Prices", "Rows", "From (UTC)", "To (UTC)")
EXPORTED = ("venue", "symbol", "timeframe", "kind", "rows", "first", "last", "sha256")
MOST_GAPS = 50


@dataclass(frozen=True, slots=True)
class StoredRow:
    """One stored series, as `etrms data list --json` tells it."""

    venue: str
    symbol: str
    timeframe: str | None
    kind: str
    rows: int
    first: datetime
    last: datetime
    sha256: str

    @property
    def label(self) -> str:
        """Name of the series for a choice."""
        words = [self.venue, self.symbol, self.timeframe or "funding"]
        return " ".join([*words, "mark price"] if self.kind == "mark" else words)

    @property
    def options(self) -> tuple[str, ...]:
        """Options of the command line that name it."""
        named = ("--venue", self.venue, "--symbol", self.symbol, "--kind", self.kind)
        return named if self.timeframe is None else (*named, "--timeframe", self.timeframe)


def stored_rows(documents: Sequence[Mapping[str, Any]]) -> tuple[StoredRow, ...]:
    """Read the list that the command line gives."""
    return tuple(
        StoredRow(
            venue=each["venue"],
            symbol=each["symbol"],
            timeframe=each["timeframe"],
            kind=each["kind"],
            rows=each["rows"],
            first=datetime.fromisoformat(each["first"]),
            last=datetime.fromisoformat(each["last"]),
            sha256=each["sha256"],
        )
        for each in documents
    )


def stored_table(rows: Sequence[StoredRow]) -> dict[str, list[Any]]:
    """Columns of the table; numbers and times stay what they are, so that it sorts."""
    values = [
        (
            row.venue,
            row.symbol,
            row.timeframe or "",
            KIND_WORDS[row.kind],
            row.rows,
            row.first,
            row.last,
        )
        for row in rows
    ]
    return {name: [value[place] for value in values] for place, name in enumerate(COLUMNS)}


def stored_csv(rows: Sequence[StoredRow]) -> str:
    """Write one line per series."""
    lines: list[dict[str, Value]] = [
        {
            "venue": row.venue,
            "symbol": row.symbol,
            "timeframe": row.timeframe,
            "kind": row.kind,
            "rows": row.rows,
            "first": row.first.isoformat(),
            "last": row.last.isoformat(),
            "sha256": row.sha256,
        }
        for row in rows
    ]
    return csv_text(lines, columns=EXPORTED)


def quality_lines(quality: Mapping[str, Any]) -> list[str]:
    """Say in sentences what a check of bars found."""
    timeframe = quality["timeframe"] or "of no timeframe"
    found = [f"{plain(quality['rows'], 0)} bars {timeframe}, {_span(quality)}."]
    if quality["problems"]:
        return [
            *found,
            *(f"{problem[:1].upper()}{problem[1:]}." for problem in quality["problems"]),
        ]
    return [*found, "Nothing is missing, doubled or out of order."]


def gap_table(quality: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Columns of the gaps, oldest first."""
    gaps = quality["gaps"][:MOST_GAPS]
    return {
        "First missing bar (UTC)": [datetime.fromisoformat(gap["start"]) for gap in gaps],
        "Last missing bar (UTC)": [datetime.fromisoformat(gap["end"]) for gap in gaps],
        "Missing bars": [gap["missing"] for gap in gaps],
    }


def import_line(report: Mapping[str, Any]) -> str:
    """Say what an import did."""
    stored = stored_rows([report["stored"]])[0]
    added, known, replaced = (
        plain(report[each], 0) for each in ("added", "duplicates", "replaced")
    )
    return (
        f"{stored.label}: {added} added, {known} stored before, {replaced} replaced. "
        f"{plain(stored.rows, 0)} rows now, "
        f"{stored.first:%Y-%m-%d %H:%M} to {stored.last:%Y-%m-%d %H:%M} UTC."
    )


def _span(quality: Mapping[str, Any]) -> str:
    if quality["first"] is None or quality["last"] is None:
        return "without a time"
    first, last = (datetime.fromisoformat(quality[end]) for end in ("first", "last"))
    return f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"
