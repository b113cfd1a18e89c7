"""`etrms kill-switch`: imports nothing slow before the running desk has been told."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.output import AsJson, counted, print_json, print_line
from etrms_core.bootstrap.desk_line import call_desks

ACKNOWLEDGED_WITHIN_SECONDS = 1.5
DONE_WITHIN_SECONDS = 35.0
RUNNING_DESK, THIS_PROCESS = "the running desk", "this process"


def kill_switch(
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "",
    flatten: Annotated[bool, typer.Option(help="Close every position, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Halt all trading and cancel every entry order, now; stops stay until all is flat."""
    outcome = _told_by_the_desk(reason, flatten=flatten)
    if outcome is None:
        # No desk runs here, or it hangs: SQLAlchemy, numba and the venues are needed now.
        from app.cli.kill_without_desk import halt_without_desk  # noqa: PLC0415

        outcome = halt_without_desk(reason, flatten=flatten)
    if as_json:
        print_json(outcome)
    else:
        print_line(_sentence(outcome))
    if not outcome["done"]:
        raise typer.Exit(1)


def _told_by_the_desk(reason: str, *, flatten: bool) -> Mapping[str, Any] | None:
    """Ask the running desks; None when none of them has both begun and told the outcome."""
    # Not from `settings`, whose import takes longer than everything else here.
    home = Path(os.environ.get("ETRMS_HOME") or "data/local")
    calls = call_desks(
        home,
        {"halt": reason, "flatten": flatten},
        first_within=ACKNOWLEDGED_WITHIN_SECONDS,
        next_within=DONE_WITHIN_SECONDS,
    )
    for answers in calls:
        if next(answers, {}).get("acts"):
            outcome = next(answers, None)
            return None if outcome is None else {**outcome, "acted": RUNNING_DESK}
    return None


def _sentence(outcome: Mapping[str, Any]) -> str:
    if not outcome["halted"]:
        return "The kill switch is stored, but no cycle has carried it out yet."
    left = f"{counted(outcome['open_positions'], 'position')} and " + counted(
        outcome["open_entry_orders"], "entry order"
    )
    if not outcome["done"]:
        return f"Trading is halted; not all is done yet: {left} open. The desk goes on trying."
    return f"Trading is halted by {outcome['acted']}: {left} open. `etrms resume` ends the halt."


def register(cli: typer.Typer) -> None:
    """Add the command of this file."""
    cli.command("kill-switch")(kill_switch)
