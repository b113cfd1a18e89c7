"""`etrms limits`: what every order meets."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.change_commands import ask_for
from app.cli.document_file import LONGEST_LIMITS, naming, read_document
from app.cli.output import AsJson, print_json, print_table
from etrms_core.bootstrap import open_desk
from etrms_core.domain.limits import DEFAULT_LIMITS
from etrms_core.engine.changes import SetLimits
from etrms_core.engine.limits_document import (
    limits_mapping,
    parse_limits_json,
    parse_limits_toml,
)
from etrms_core.services.limits import LimitsDesk
from etrms_core.settings import FILE_NAME, home_directory

limits = typer.Typer(
    no_args_is_help=True, help="Show, set and reset the limits that every order must keep."
)


@limits.command()
def show(as_json: AsJson = False) -> None:
    """Show the limits in force, and which of them etrms.toml sets."""
    _print(open_desk(home_directory()).limits, as_json=as_json)


@limits.command("set")
def set_limits(
    file: Annotated[Path, typer.Argument(help="TOML, or .json; what it leaves out is default.")],
    as_json: AsJson = False,
) -> None:
    """Replace the limits by those of a file; a wrong file changes nothing.

    What loosens may ask for the password and have to wait.
    """
    text, is_json = read_document(file, longest=LONGEST_LIMITS)
    desk = open_desk(home_directory())
    with naming(file):
        wanted = parse_limits_json(text) if is_json else parse_limits_toml(text)
    ask_for(desk, SetLimits(wanted))
    _print(desk.limits, as_json=as_json)


@limits.command()
def reset(as_json: AsJson = False) -> None:
    """Put every limit back to its default; those of etrms.toml go on holding."""
    desk = open_desk(home_directory())
    ask_for(desk, SetLimits(DEFAULT_LIMITS))
    _print(desk.limits, as_json=as_json)


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


def register(cli: typer.Typer) -> None:
    """Add the commands of this file."""
    cli.add_typer(limits, name="limits")
