"""`etrms limits`: what every order meets."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.desk_commands import AsJson
from app.cli.document_file import read_document
from app.cli.output import print_json, print_table
from etrms_core.bootstrap import open_desk
from etrms_core.engine.limits_document import limits_mapping
from etrms_core.services.limits import LimitsDesk
from etrms_core.settings import FILE_NAME, home_directory

limits = typer.Typer(no_args_is_help=True, help="Show and set the limits of the pre-trade gate.")


@limits.command()
def show(as_json: AsJson = False) -> None:
    """Show the limits in force, and which of them etrms.toml sets."""
    _print(open_desk(home_directory()).limits, as_json=as_json)


@limits.command("set")
def set_limits(
    file: Annotated[Path, typer.Argument(help="TOML, or .json; what it leaves out is default.")],
    as_json: AsJson = False,
) -> None:
    """Replace the limits by those of a file; a wrong file changes nothing."""
    text, is_json = read_document(file)
    desk = open_desk(home_directory()).limits
    desk.set_text(text, is_json=is_json)
    _print(desk, as_json=as_json)


def _print(desk: LimitsDesk, *, as_json: bool) -> None:
    effective, bounded = limits_mapping(desk.effective()), desk.bounded_by_settings()
    if as_json:
        print_json({"limits": effective, "set_by_settings": list(bounded)})
        return
    rows = [
        {"limit": name, "value": _words(value), "set by": FILE_NAME if name in bounded else "desk"}
        for name, value in effective.items()
    ]
    print_table(rows, ("limit", "value", "set by"), empty="")


def _words(value: float | list[str] | None) -> str:
    match value:
        case None:
            return "-"
        case list():
            return ", ".join(value) or "nothing"
        case _:
            return f"{value:,.12g}"
