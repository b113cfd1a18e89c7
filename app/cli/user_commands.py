"""`etrms user`: the desk's owner."""

from typing import Annotated

import typer

from app.cli.output import AsJson, print_json, print_line
from app.cli.secrets_input import read_new_password
from etrms_core.bootstrap import open_desk
from etrms_core.services.owner import OwnerDesk
from etrms_core.settings import home_directory

user = typer.Typer(no_args_is_help=True, help="Create the owner, change the password.")
Name = Annotated[str, typer.Argument(metavar="NAME", help="The owner's name.")]


def _owner() -> OwnerDesk:
    return open_desk(home_directory()).owner


@user.command()
def create(name: Name, as_json: AsJson = False) -> None:
    """Create the owner; the password is one line of standard input."""
    _owner().create(name, read_new_password())
    _say(name, "created", as_json=as_json)


@user.command()
def password(name: Name, as_json: AsJson = False) -> None:
    """Change the owner's password; the new one is one line of standard input."""
    _owner().change_password(name, read_new_password())
    _say(name, "password changed", as_json=as_json)


def _say(name: str, outcome: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"name": name, "outcome": outcome})
    else:
        print_line(f"{name}: {outcome}")


def register(cli: typer.Typer) -> None:
    """Add the commands of this file."""
    cli.add_typer(user, name="user")
