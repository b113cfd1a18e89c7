"""`etrms backtest` and `etrms rerun`: a bundle into a folder, and once more to compare."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.api.documents import number
from app.cli.output import AsJson, counted, print_json, print_line
from etrms_core.breakers.rules import rule_warnings
from etrms_core.settings import home_directory

if TYPE_CHECKING:  # pandas and numba are slow to import, and every command would wait for them
    from etrms_core.backtest.result import BacktestResult


def backtest(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="The run bundle.")],
    out: Annotated[Path, typer.Option(help="Folder for the results.")],
    force: Annotated[
        bool, typer.Option("--force", help="Replace another run in the folder.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run a bundle; paths in it are relative to it."""
    from etrms_core.bootstrap.backtest_run import read_bundle, run_bundle  # noqa: PLC0415

    bundle = read_bundle(file)
    try:
        result = run_bundle(
            bundle, out, home=home_directory(), base=file.parent, progress=_tell, replace=force
        )
    except KeyboardInterrupt:
        typer.echo(f"etrms: stopped; nothing was written to {out}", err=True)
        raise typer.Exit(1) from None
    for note in _notes(result):
        typer.echo(f"warning: {note}", err=True)
    if as_json:
        print_json(
            {
                "out": str(out),
                "counts": result.counts,
                "metrics": {name: number(value) for name, value in result.metrics.items()},
            }
        )
        return
    metrics = result.metrics
    print_line(
        f"{counted(result.counts['bars'], 'bar')}, {counted(result.counts['trades'], 'trade')}, "
        f"final equity {metrics['final_equity']:,.2f}, deepest drawdown "
        f"{metrics['max_drawdown']:.2%}, {metrics['breaker_triggers']:.0f} breaker triggers; "
        f"files in {out}"
    )


def rerun(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a run.")],
    as_json: AsJson = False,
) -> None:
    """Run a folder's bundle again and compare byte for byte; exit 1 when something differs."""
    from etrms_core.bootstrap.backtest_run import rerun_folder  # noqa: PLC0415

    report = rerun_folder(directory, home=home_directory(), progress=_tell)
    for sentence in report.other_versions:
        typer.echo(f"warning: {sentence}", err=True)
    if as_json:
        print_json({"equal": not report.differing, "differing": list(report.differing)})
    elif not report.differing:
        print_line(f"every file of {directory} is the same byte for byte")
    if report.differing:
        typer.echo(f"etrms: other bytes in {', '.join(report.differing)}", err=True)
        raise typer.Exit(1)


def _tell(fraction: float, words: str) -> None:
    typer.echo(f"{fraction:4.0%} {words}", err=True)


def _notes(result: BacktestResult) -> list[str]:
    about_rules = [told for rule in result.configuration.rules for told in rule_warnings(rule)]
    return about_rules + [
        f"{symbol}: {told}"
        for symbol, found in result.data_quality.items()
        for told in (*found["problems"], *found["notes"])
    ]


def register(cli: typer.Typer) -> None:
    """Add the commands of this file."""
    cli.command()(backtest)
    cli.command()(rerun)
