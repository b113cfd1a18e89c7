"""`etrms replay`: stored bars through the paper exchange and the monitor's risk cycle."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.api.documents import number
from app.cli.output import AsJson, print_json, print_line
from etrms_core.breakers.rule_document import parse_rules_json, parse_rules_toml
from etrms_core.breakers.rules import BreakerRule, rule_warnings
from etrms_core.errors import ConfigurationError, DataError

PROGRESS_EVERY = 500


def replay(
    bars: Annotated[list[str], typer.Option(help="SYMBOL=FILE, once for each symbol.")],
    out: Annotated[Path, typer.Option(help="Folder for the results.")],
    positions: Annotated[
        Path | None, typer.Option(help="JSON list of positions held at the start.")
    ] = None,
    breakers: Annotated[Path | None, typer.Option(help="TOML with [[breakers]] tables.")] = None,
    funding: Annotated[
        list[str] | None, typer.Option(help="SYMBOL=FILE of funding rates, optional.")
    ] = None,
    capital: Annotated[float, typer.Option(help="Quote currency at the start.")] = 10_000.0,
    leverage: Annotated[float, typer.Option(help="Where no position says otherwise.")] = 1.0,
    as_json: AsJson = False,
) -> None:
    """Replay stored bars at full speed; an unfinished folder is continued."""
    from etrms_core.bootstrap.replay_run import (  # noqa: PLC0415  pandas and numba are slow
        ReplayRequest,
        replay_files,
    )
    from etrms_core.services.replay_inputs import read_positions  # noqa: PLC0415  pandas

    rules = () if breakers is None else _rules(breakers)
    for rule in rules:
        for warning in rule_warnings(rule):
            typer.echo(f"warning: {warning}", err=True)
    request = ReplayRequest(
        bars=_files(bars, "--bars"),
        funding=_files(funding or [], "--funding"),
        positions=() if positions is None else read_positions(positions),
        rules=rules,
        capital=capital,
        leverage=leverage,
        out=out,
    )
    try:
        with _stopping_between_bars() as check, _progress(check) as report:
            done = replay_files(request, progress=report)
    except KeyboardInterrupt:
        typer.echo(f"etrms: stopped; run the same command again to go on in {out}", err=True)
        raise typer.Exit(1) from None
    for warning in done.warnings:
        typer.echo(f"warning: {warning}", err=True)
    if done.resumed_at:
        typer.echo(f"continued at bar {done.resumed_at}", err=True)
    if as_json:
        print_json({"out": str(out), "bars": done.bars, "metrics": _finite(done.metrics)})
        return
    final, fall = done.metrics["final_equity"], done.metrics["max_drawdown"]
    print_line(
        f"{done.bars} bars, final equity {final:,.2f}, deepest drawdown {fall:.2%}, "
        f"{done.metrics['breaker_triggers']:.0f} breaker triggers; files in {out}"
    )


@contextmanager
def _progress(check: Callable[[], None]) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on standard error to people at a terminal; check for a stop first."""
    bar = Progress(
        TextColumn("replay"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    )
    task = bar.add_task("replay", total=None)

    def report(done: int, total: int) -> None:
        check()
        if done % PROGRESS_EVERY == 0 or done == total:
            bar.update(task, completed=done, total=total)

    with bar:
        yield report


@contextmanager
def _stopping_between_bars() -> Iterator[Callable[[], None]]:
    """Let Ctrl-C and SIGTERM wait for the end of their bar; the second one stops at once."""
    asked = Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    def check() -> None:
        if asked.is_set():
            raise KeyboardInterrupt

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield check
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _files(pairs: list[str], option: str) -> dict[str, Path]:
    files: dict[str, Path] = {}
    for pair in pairs:
        symbol, separator, name = pair.partition("=")
        if not separator or not symbol or not name:
            raise ConfigurationError(f"is SYMBOL=FILE, was {pair!r}", field=option)
        if symbol in files:
            raise ConfigurationError(f"{symbol} stands twice", field=option)
        files[symbol] = Path(name)
    return files


def _rules(path: Path) -> tuple[BreakerRule, ...]:
    text = _text(path)
    is_json = path.suffix.lower() == ".json"
    try:
        return parse_rules_json(text) if is_json else parse_rules_toml(text)
    except ConfigurationError as error:
        raise ConfigurationError(str(error), field=str(path)) from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error


def _finite(metrics: dict[str, float]) -> dict[str, float | None]:
    return {name: number(value) for name, value in metrics.items()}


def register(cli: typer.Typer) -> None:
    """Add the command of this file."""
    cli.command()(replay)
