"""`etrms resume`: the end of a halt."""

from datetime import UTC, datetime

import typer

from app.cli.output import AsJson, print_json, print_line
from app.cli.secrets_input import read_password
from etrms_core.bootstrap import open_desk
from etrms_core.errors import ConfigurationError
from etrms_core.settings import home_directory


def resume(as_json: AsJson = False) -> None:
    """End the halt; the owner's password is one line of standard input."""
    desk = open_desk(home_directory())
    try:
        if not desk.owner.exists:
            raise ConfigurationError(
                "there is no owner whose password could be asked for; create one with `etrms user "
                "create NAME`"
            )
        if not desk.owner.check(read_password()):
            raise ConfigurationError("that is not the owner's password; nothing is changed")
        due_at = desk.resume(desk.owner.name or "the owner")
        if desk.act_alone():
            desk.refresh()
    finally:
        desk.close()
    if as_json:
        print_json({"resumes_at": due_at.isoformat()})
    elif due_at > datetime.now(UTC):
        print_line(
            f"A breaker is latched: trading resumes at {due_at.isoformat(timespec='seconds')}."
        )
    else:
        print_line("Trading is resumed; what breakers restrict stays.")


def register(cli: typer.Typer) -> None:
    """Add the command of this file."""
    cli.command()(resume)
