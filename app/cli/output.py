"""Printing: one JSON document, or a table for people."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]

FILE_WIDTH = 240


def print_json(document: object) -> None:
    """Print one JSON document on standard output and nothing else."""
    print(json.dumps(document, allow_nan=False, ensure_ascii=False))  # noqa: T201


def print_line(text: str) -> None:
    """Print one line for people."""
    Console(highlight=False, soft_wrap=True).print(text, markup=False)


def counted(count: int, noun: str) -> str:
    """Write a number with its noun, "1 row" and "2 rows"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def table_console() -> Console:
    """Return a console as wide as the terminal, or wide enough for every row in a file."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else FILE_WIDTH)


def print_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, empty: str) -> None:
    """Print some columns of rows as a table, or a sentence when there are none."""
    if not rows:
        print_line(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        is_number = isinstance(rows[0].get(column), int | float)
        table.add_column(
            column.replace("_", " "),
            justify="right" if is_number else "left",
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(_cell(row.get(column)) for column in columns))
    table_console().print(table)


def _cell(value: object) -> str:
    match value:
        case None:
            return "-"
        case float():
            return f"{value:,.6g}"
        case dict() if "kind" in value:
            return ":".join(filter(None, (str(value["kind"]), str(value.get("name", "")))))
        case _:
            return str(value)
