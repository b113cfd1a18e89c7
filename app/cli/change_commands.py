"""`etrms changes`: what was asked for and waits, and asking on behalf of other commands."""

from typing import Annotated

import typer

from app.cli.output import AsJson, print_json, print_line, print_table
from app.cli.secrets_input import read_password
from etrms_core.bootstrap import open_desk
from etrms_core.engine.change_document import PendingChange
from etrms_core.engine.changes import Change
from etrms_core.errors import ConfigurationError
from etrms_core.services.commitment import Outcome
from etrms_core.services.desk import Desk
from etrms_core.settings import home_directory

changes = typer.Typer(no_args_is_help=True, help="List and cancel changes that wait.")


def ask_for(desk: Desk, change: Change) -> Outcome:
    """Ask for a change: one that loosens takes the owner's password, and may have to wait.

    Raises
    ------
    ConfigurationError
        If the password is not the owner's, or real money is at stake and there is no owner.
    """
    weighed = desk.commitment.weigh(change)
    is_confirmed = weighed.loosens and _is_confirmed(desk, has_to_wait=bool(weighed.delay))
    by = desk.owner.name or "the command line"
    outcome = desk.commitment.ask(change, by=by, is_confirmed=is_confirmed)
    if outcome.pending is not None:
        typer.echo(f"note: {_told(outcome.pending)}", err=True)
    return outcome


@changes.command("list")
def list_changes(as_json: AsJson = False) -> None:
    """Show what waits, and how long it still does."""
    desk = open_desk(home_directory())
    documents = [
        {
            "number": each.number,
            "change": each.sentence,
            "by": each.by,
            "requested_at": each.requested_at.isoformat(timespec="seconds"),
            "due_at": each.due_at.isoformat(timespec="seconds"),
            "remaining_seconds": round(desk.commitment.remaining(each).total_seconds()),
        }
        for each in desk.commitment.pending()
    ]
    if as_json:
        print_json(documents)
        return
    columns = ("number", "change", "by", "due_at", "remaining_seconds")
    print_table(documents, columns, empty="No change waits.")


@changes.command()
def cancel(
    number: Annotated[int, typer.Argument(help="Number of the change, as `list` shows it.")],
    as_json: AsJson = False,
) -> None:
    """Give up a change that waits; it takes no password."""
    desk = open_desk(home_directory())
    desk.commitment.cancel(number, by=desk.owner.name or "the command line")
    if as_json:
        print_json({"cancelled": number})
    else:
        print_line(f"Change {number} is cancelled; everything stays as it is.")


def _is_confirmed(desk: Desk, *, has_to_wait: bool) -> bool:
    if not desk.owner.exists:
        if has_to_wait:
            raise ConfigurationError(
                "this loosens what protects real money, and there is no owner whose password "
                "could be asked for; create one with `etrms user create NAME`"
            )
        return True
    if not desk.owner.check(read_password()):
        raise ConfigurationError("that is not the owner's password; nothing is changed")
    return True


def _told(pending: PendingChange) -> str:
    return (
        f"this loosens what protects you, so it takes effect at "
        f"{pending.due_at.isoformat(timespec='seconds')} ({pending.sentence}); until then "
        f"`etrms changes cancel {pending.number}` gives it up"
    )


def register(cli: typer.Typer) -> None:
    """Add the commands of this file."""
    cli.add_typer(changes, name="changes")
