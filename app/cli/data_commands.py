"""`etrms data`: bars on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.data_documents import SeriesKind, quality_document, series_document, series_row
from app.cli.output import AsJson, counted, print_json, print_line, print_table
from etrms_core.errors import DataError
from etrms_core.settings import home_directory

if TYPE_CHECKING:  # pandas is slow to import, and every command would wait for it
    from etrms_core.backtest.bar_quality import BarQuality
    from etrms_core.backtest.ports import (
        BarStore,
        FundingStore,
        ImportReport,
        SeriesName,
        StoredFunding,
        StoredSeries,
    )

data = typer.Typer(no_args_is_help=True, help="Import, list and check stored bars.")

File = Annotated[Path, typer.Argument(metavar="FILE", help="Parquet or CSV file of bars.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace stored bars that differ.")]
VENUE = typer.Option("--venue", help="Such as binance_usdm.")
SYMBOL = typer.Option("--symbol", help="The venue's name, such as BTCUSDT.")
TIMEFRAME = typer.Option("--timeframe", help="Such as 1m, 15m, 1h, 4h, 1d.")
KIND = typer.Option("--kind", help="Prices of trades, of the mark, or funding rates.")

LIST_COLUMNS = ("venue", "symbol", "timeframe", "kind", "rows", "first", "last")
CHECK_COLUMNS = ("bars", "rows", "missing_bars", "problems", "usable")
NOTHING_STORED = "No bars are stored."
MINUTE = "%Y-%m-%d %H:%M"


def _series_name(venue: str, symbol: str, timeframe: str, kind: SeriesKind) -> SeriesName:
    from etrms_core.backtest.ports import PriceKind, SeriesName  # noqa: PLC0415  pandas

    return SeriesName(venue, symbol, timeframe, PriceKind(kind))


def _funding() -> FundingStore:
    from etrms_core.bootstrap.bars import open_funding_store  # noqa: PLC0415  pandas

    return open_funding_store(home_directory())


def _store() -> BarStore:
    from etrms_core.bootstrap.bars import open_bar_store  # noqa: PLC0415  pandas

    return open_bar_store(home_directory())


@data.command("import")
def import_file(
    file: File,
    venue: Annotated[str, VENUE],
    symbol: Annotated[str, SYMBOL],
    timeframe: Annotated[str | None, TIMEFRAME] = None,
    kind: Annotated[SeriesKind, KIND] = SeriesKind.TRADE,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Store the bars or the funding of a file, all or none."""
    if kind is SeriesKind.FUNDING:
        if timeframe is not None:
            raise typer.BadParameter("funding has no timeframe", param_hint="--timeframe")
        _import_funding(file, venue, symbol, overwrite=overwrite, as_json=as_json)
    elif timeframe is None:
        raise typer.BadParameter("bars need their length", param_hint="--timeframe")
    else:
        name = _series_name(venue, symbol, timeframe, kind)
        _tell_import(
            str(file), _store().import_file(file, name, overwrite=overwrite), as_json=as_json
        )


@data.command()
def resample(
    venue: Annotated[str, VENUE],
    symbol: Annotated[str, SYMBOL],
    timeframe: Annotated[str, TIMEFRAME],
    to: Annotated[str, typer.Option("--to", help="Longer timeframe, such as 4h.")],
    kind: Annotated[SeriesKind, KIND] = SeriesKind.TRADE,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Make longer bars of stored ones and store them; those with a missing part are left out."""
    from etrms_core.bootstrap.bars import resample_stored  # noqa: PLC0415  pandas

    if kind is SeriesKind.FUNDING:
        raise typer.BadParameter("funding has no timeframe", param_hint="--kind")
    source = _series_name(venue, symbol, timeframe, kind)
    report, incomplete = resample_stored(_store(), source, to, overwrite=overwrite)
    if incomplete and not as_json:
        print_line(f"{counted(incomplete, 'incomplete bar')} left out")
    _tell_import(f"{source} as {to}", report, as_json=as_json)


def _tell_import(shown: str, report: ImportReport, *, as_json: bool) -> None:
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
    _print_problems(shown, report.quality)


def _import_funding(file: Path, venue: str, symbol: str, *, overwrite: bool, as_json: bool) -> None:
    from etrms_core.backtest.ports import ContractName  # noqa: PLC0415  pandas

    report = _funding().import_file(file, ContractName(venue, symbol), overwrite=overwrite)
    if as_json:
        print_json(
            {
                "added": report.added,
                "duplicates": report.duplicates,
                "replaced": report.replaced,
                "stored": series_document(report.stored),
            }
        )
        return
    print_line(
        f"{counted(report.added, 'settlement')} added, {report.duplicates:,} stored before, "
        f"{report.replaced:,} replaced"
    )
    _print_series([report.stored])


@data.command("list")
def list_series(as_json: AsJson = False) -> None:
    """Show what is stored: bars, then funding."""
    stored: list[StoredSeries | StoredFunding] = [*_store().list(), *_funding().list()]
    if as_json:
        print_json([series_document(series) for series in stored])
    else:
        _print_series(stored)


@data.command()
def remove(
    venue: Annotated[str, VENUE],
    symbol: Annotated[str, SYMBOL],
    timeframe: Annotated[str, TIMEFRAME],
    kind: Annotated[SeriesKind, KIND] = SeriesKind.TRADE,
    undo: Annotated[bool, typer.Option("--undo", help="Bring back what was removed last.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove stored bars; they are kept aside until bars of that name are removed again."""
    if kind is SeriesKind.FUNDING:
        raise typer.BadParameter("only bars are removed", param_hint="--kind")
    name = _series_name(venue, symbol, timeframe, kind)
    if undo:
        _store().restore(name)
        told = f"{name} is back"
    else:
        _store().remove(name)
        told = f"{name} is removed; the same with --undo brings it back"
    if as_json:
        print_json({"series": str(name), "is_stored": undo})
    else:
        print_line(told)


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
    return [(name, store.check(name)) for name in chosen]


def _print_series(stored: Sequence[StoredSeries | StoredFunding]) -> None:
    rows = [
        series_row(series)
        | {"first": f"{series.first:{MINUTE}}", "last": f"{series.last:{MINUTE}}"}
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
