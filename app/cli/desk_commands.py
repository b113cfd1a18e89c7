"""Reading the desk: status, accounts, positions, orders, events."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from app.api.documents import (
    account_documents,
    event_document,
    order_documents,
    position_documents,
    status_document,
)
from app.cli.output import AsJson, print_json, print_line, print_table
from etrms_core.bootstrap import open_desk
from etrms_core.errors import ConfigurationError
from etrms_core.services.risk_state import RiskState
from etrms_core.settings import home_directory

STALE_SECONDS = 10.0


def stored_state() -> RiskState:
    """Return the desk's last stored state; ConfigurationError when it never ran."""
    state = open_desk(home_directory()).stored_state()
    if state is None:
        raise ConfigurationError(
            f"the desk in {home_directory()} has not run yet; start it with `etrms run`"
        )
    return state


def warn_when_old(state: RiskState) -> None:
    """Say when nobody refreshes the state."""
    age = (datetime.now(UTC) - state.as_of).total_seconds()
    if age > STALE_SECONDS:
        print_line(f"The last reading is {age:.0f} s old: no monitor seems to be running.")


def status(as_json: AsJson = False) -> None:
    """Show the portfolio at a glance."""
    state = stored_state()
    document = status_document(state, now=datetime.now(UTC))
    if as_json:
        print_json(document)
        return
    warn_when_old(state)
    rows = [{"metric": name, "value": value} for name, value in document["metrics"].items()]
    print_line(f"{document['mode'].upper()}  as of {document['as_of']}")
    print_table(rows, ("metric", "value"), empty="")
    for restriction in document["restrictions"]:
        print_line(f"{restriction['state']}: {restriction['reason']}")


def accounts(as_json: AsJson = False) -> None:
    """Show every account."""
    state = stored_state()
    documents = account_documents(state)
    if as_json:
        print_json(documents)
        return
    warn_when_old(state)
    columns = ("name", "venue", "mode", "equity", "wallet_balance", "margin_ratio")
    print_table(documents, columns, empty="There is no account.")


def positions(as_json: AsJson = False) -> None:
    """Show every open position."""
    state = stored_state()
    documents = position_documents(state)
    if as_json:
        print_json(documents)
        return
    warn_when_old(state)
    columns = (
        "account",
        "symbol",
        "side",
        "quantity",
        "entry_price",
        "mark_price",
        "unrealized_pnl",
        "leverage",
        "liquidation_price",
        "guard",
    )
    print_table(documents, columns, empty="Nothing is open.")


def orders(as_json: AsJson = False) -> None:
    """Show every open order."""
    state = stored_state()
    documents = order_documents(state.accounts)
    if as_json:
        print_json(documents)
        return
    warn_when_old(state)
    columns = ("account", "symbol", "side", "type", "quantity", "price", "trigger_price", "status")
    print_table(documents, columns, empty="No order is open.")


def events(
    kind: Annotated[list[str] | None, typer.Option(help="Only events of this kind.")] = None,
    since: Annotated[str | None, typer.Option(help="ISO 8601 time.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    as_json: AsJson = False,
) -> None:
    """Show what happened, newest first."""
    desk = open_desk(home_directory())
    found = desk.events(since=_moment(since), kinds=kind or (), limit=limit)
    documents = [event_document(stored) for stored in found]
    if as_json:
        print_json(documents)
        return
    columns = ("time", "kind", "breaker", "subject", "scope", "detail")
    print_table(documents, columns, empty="Nothing happened yet.")


def register(cli: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (status, accounts, positions, orders, events):
        cli.command()(command)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(f"is no ISO 8601 time: {text!r}", field="since") from error
    return parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)
