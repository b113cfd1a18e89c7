"""`etrms data`: bars on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.api.documents import Document, moment
from app.cli.output import AsJson, counted, print_json, print_line, print_table
from etrms_core.errors import DataError
from etrms_core.settings import home_directory

if TYPE_CHECKING:  # pandas is slow to import, and every command would wait for it
    from etrms_core.backtest.bar_quality import BarQuality
    from etrms_core.backtest.ports import BarStore, SeriesName, StoredSeries

data = typer.Typer(no_args_is_help=True, help="Import, list and check stored bars.")

File = Annotated[Path, typer.Argument(metavar="FILE", help="Parquet or CSV file of bars.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace stored bars that differ.")]
VENUE = typer.Option("--venue", help="Such as binance_usdm.")
SYMBOL = typer.Option("--symbol", help="The venue's name, such as BTCUSDT.")
TIMEFRAME = typer.Option("--timeframe", help="Such as 1m, 15m, 1h, 4h, 1d.")

LIST_COLUMNS = ("venue", "symbol", "timeframe", "rows", "first", "last")
CHECK_COLUMNS = ("bars", "rows", "missing_bars", "problems", "usable")
NOTHING_STORED = "No bars are stored."
MINUTE = "%Y-%m-%d %H:%M"


def _store() -> BarStore:
    from etrms_core.bootstrap.bars import open_bar_store  # noqa: PLC0415  pandas

    return open_bar_store(home_directory())


@data.command("import")
def import_bars(
    file: File,
    venue: Annotated[str, VENUE],
    symbol: Annotated[str, SYMBOL],
    timeframe: Annotated[str, TIMEFRAME],
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Store the bars of a file, all or none."""
    report = _store().import_file(
        file, venue=venue, symbol=symbol, timeframe=timeframe, overwrite=overwrite
    )
    if as_json:
        print_json(
            {
                "added": report.added,
                "duplicates": report.duplicates,
                "replaced": report.replaced,
                "stored": series_document(report.stored),
                "quality": quality_document(report.quality),
            }
        )
        return
    print_line(
        f"{counted(report.added, 'bar')} added, {report.duplicates:,} stored before, "
        f"{report.replaced:,} replaced"
    )
    _print_series([report.stored])
    _print_problems(str(file), report.quality)


@data.command("list")
def list_series(as_json: AsJson = False) -> None:
    """Show what is stored."""
    stored = _store().list()
    if as_json:
        print_json([series_document(series) for series in stored])
    else:
        _print_series(stored)


@data.command()
def check(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A file instead of stored bars.")
    ] = None,
    venue: Annotated[str | None, VENUE] = None,
    symbol: Annotated[str | None, SYMBOL] = None,
    timeframe: Annotated[str | None, TIMEFRAME] = None,
    as_json: AsJson = False,
) -> None:
    """Report gaps, duplicates, high < low, zero volume, flat stretches; exit 1 when unusable.

    Without FILE all stored bars are checked, or those that the options name.
    """
    if file is None:
        found = _stored_qualities(venue, symbol, timeframe)
        documents = [asdict(name) | quality_document(quality) for name, quality in found]
        document: object = documents
        findings = [(str(name), quality) for name, quality in found]
    elif venue is not None:
        raise typer.BadParameter("is of stored bars; FILE is read as it is", param_hint="--venue")
    else:
        quality = _store().check_file(file, symbol=symbol, timeframe=timeframe)
        document = {"file": str(file)} | quality_document(quality)
        findings = [(str(file), quality)]
    if as_json:
        print_json(document)
    else:
        _print_findings(findings)
    _refuse_unusable(findings)


def series_document(series: StoredSeries) -> Document:
    """Write what is known of stored bars."""
    return asdict(series) | {"first": moment(series.first), "last": moment(series.last)}


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


def _stored_qualities(
    venue: str | None, symbol: str | None, timeframe: str | None
) -> list[tuple[SeriesName, BarQuality]]:
    store = _store()
    names = store.names()
    chosen = [
        name
        for name in names
        if venue in (None, name.venue)
        and symbol in (None, name.symbol)
        and timeframe in (None, name.timeframe)
    ]
    asked = [each for each in (venue, symbol, timeframe) if each is not None]
    if asked and not chosen:
        there = ", ".join(str(name) for name in names) or "none"
        raise DataError(f"no bars of {' '.join(asked)} are stored; there are: {there}")
    return [(name, store.check(name.venue, name.symbol, name.timeframe)) for name in chosen]


def _print_series(stored: Sequence[StoredSeries]) -> None:
    rows = [
        asdict(series) | {"first": f"{series.first:{MINUTE}}", "last": f"{series.last:{MINUTE}}"}
        for series in stored
    ]
    print_table(rows, LIST_COLUMNS, empty=NOTHING_STORED)


def _print_findings(findings: Sequence[tuple[str, BarQuality]]) -> None:
    rows = [
        {
            "bars": name,
            "rows": quality.rows,
            "missing_bars": quality.missing_bars,
            "problems": len(quality.problems()),
            "usable": "yes" if quality.is_usable else "no",
        }
        for name, quality in findings
    ]
    print_table(rows, CHECK_COLUMNS, empty=NOTHING_STORED)
    for name, quality in findings:
        _print_problems(name, quality)


def _print_problems(name: str, quality: BarQuality) -> None:
    for problem in quality.problems():
        print_line(f"{name}: {problem}")


def _refuse_unusable(findings: Sequence[tuple[str, BarQuality]]) -> None:
    unusable = [
        f"{name}: {quality.fatal_problems()[0]}"
        for name, quality in findings
        if not quality.is_usable
    ]
    if unusable:
        raise DataError(f"{len(unusable)} of {len(findings)} not usable; {unusable[0]}")


def register(cli: typer.Typer) -> None:
    """Add the commands of this file."""
    cli.add_typer(data, name="data")
