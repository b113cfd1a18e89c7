"""`etrms kill-switch` and `etrms resume`."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

import typer

from app.cli.desk_commands import AsJson
from app.cli.output import print_json, print_line
from app.cli.secrets_input import read_password
from etrms_core.bootstrap import open_desk
from etrms_core.engine.memory import KillSwitch
from etrms_core.engine.storage_ports import RequestProgress
from etrms_core.errors import ConfigurationError
from etrms_core.services.desk import Desk
from etrms_core.services.risk_state import RiskState
from etrms_core.settings import home_directory

ACKNOWLEDGED_WITHIN_SECONDS = 1.0
DONE_WITHIN_SECONDS = 30.0
POLL_SECONDS = 0.05
CYCLE_SECONDS = 0.25


def kill_switch(
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "",
    flatten: Annotated[bool, typer.Option(help="Close every position, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Halt all trading and cancel every entry order, now; stops stay until all is flat."""
    desk = open_desk(home_directory())
    try:
        number = desk.halt(reason, flatten=flatten)
        acts_here = desk.act_alone() or not _is_acknowledged(desk, number)
        if acts_here:
            desk.act_alone(by_force=True)
        state = _wait_until_done(desk, acts_here=acts_here)
    finally:
        desk.close()
    _report(state, acts_here=acts_here, as_json=as_json)


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


def _is_acknowledged(desk: Desk, number: int) -> bool:
    deadline = time.monotonic() + ACKNOWLEDGED_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if desk.progress(number) is not RequestProgress.WAITING:
            return True
        time.sleep(POLL_SECONDS)
    return False


def _wait_until_done(desk: Desk, *, acts_here: bool) -> RiskState | None:
    deadline = time.monotonic() + DONE_WITHIN_SECONDS
    while True:
        state = desk.refresh() if acts_here else desk.stored_state()
        kill = None if state is None else state.memory.kill_switch
        if (kill is not None and kill.is_done) or time.monotonic() >= deadline:
            return state
        time.sleep(CYCLE_SECONDS)


def _report(state: RiskState | None, *, acts_here: bool, as_json: bool) -> None:
    kill = None if state is None else state.memory.kill_switch
    is_done = kill is not None and kill.is_done
    document = {
        "halted": kill is not None,
        "done": is_done,
        "acted": "this process" if acts_here else "the running desk",
        **_left_open(state),
    }
    if as_json:
        print_json(document)
    else:
        print_line(_sentence(kill, document))
    if not is_done:
        raise typer.Exit(1)


def _left_open(state: RiskState | None) -> dict[str, int | None]:
    if state is None:
        return {"open_positions": None, "open_entry_orders": None}
    orders = [order for account in state.accounts for order in account.orders]
    return {
        "open_positions": sum(len(account.positions) for account in state.accounts),
        "open_entry_orders": sum(order.is_open and order.is_entry for order in orders),
    }


def _sentence(kill: KillSwitch | None, document: Mapping[str, object]) -> str:
    if kill is None:
        return "The kill switch is stored, but no cycle has carried it out yet."
    left = (
        f"{document['open_positions']} positions and {document['open_entry_orders']} entry orders "
        "are open"
    )
    if not document["done"]:
        return f"Trading is halted; not all is done yet: {left}. The desk goes on trying."
    return f"Trading is halted by {document['acted']}: {left}. `etrms resume` ends the halt."


def register_kill_commands(cli: typer.Typer) -> None:
    """Add the commands of this file."""
    cli.command("kill-switch")(kill_switch)
    cli.command()(resume)
