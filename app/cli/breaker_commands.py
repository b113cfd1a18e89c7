"""`etrms breakers`: the rules."""

from pathlib import Path
from typing import Annotated

import tomli_w
import typer

from app.api.documents import breaker_document
from app.cli.desk_commands import AsJson
from app.cli.output import print_json, print_line, print_table
from etrms_core.bootstrap import open_desk
from etrms_core.breakers.presets import preset
from etrms_core.breakers.rule_document import rule_mapping, rule_mappings
from etrms_core.breakers.rules import BreakerRule, rule_warnings
from etrms_core.errors import DataError
from etrms_core.services.desk import Desk
from etrms_core.settings import home_directory

breakers = typer.Typer(no_args_is_help=True, help="List, add, enable, disable, reset, remove.")
RuleId = Annotated[str, typer.Argument(metavar="ID", help="Rule id, as `list` shows it.")]


def _desk() -> Desk:
    return open_desk(home_directory())


@breakers.command("list")
def list_rules(as_json: AsJson = False) -> None:
    """Show every rule with its state."""
    desk = _desk()
    state = desk.stored_state()
    seen = [] if state is None else [breaker_document(view) for view in state.breakers]
    known = {document["id"] for document in seen}
    unseen = [
        {**rule_mapping(rule), "instance": None, "state": "not evaluated yet", "value": None}
        for rule in desk.breakers.all()
        if rule.rule_id not in known
    ]
    documents = [*seen, *unseen]
    if as_json:
        print_json(documents)
        return
    columns = ("id", "instance", "state", "metric", "comparison", "threshold", "value")
    print_table(documents, columns, empty="There is no breaker.")


@breakers.command("add")
def add_rules(
    file: Annotated[Path, typer.Argument(help="TOML with [[breakers]] tables, or .json.")],
    as_json: AsJson = False,
) -> None:
    """Add the rules of a file, all or none."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file} cannot be read: {error}") from error
    added = _desk().breakers.add_text(text, is_json=file.suffix.lower() == ".json")
    for rule in added:
        for warning in rule_warnings(rule):
            typer.echo(f"warning: {warning}", err=True)
    _show(added, "added", as_json=as_json)


@breakers.command("preset")
def show_preset(
    name: Annotated[str, typer.Argument(help="conservative, balanced or prop_firm.")],
    as_json: AsJson = False,
) -> None:
    """Print the rules of a preset, as a file for `add` or `replay --breakers`."""
    rules = rule_mappings(preset(name))
    if as_json:
        print_json(rules)
    else:
        typer.echo(tomli_w.dumps({"breakers": rules}), nl=False)


@breakers.command()
def enable(rule_id: RuleId, as_json: AsJson = False) -> None:
    """Switch a rule on."""
    _show((_desk().breakers.enable(rule_id, enabled=True),), "enabled", as_json=as_json)


@breakers.command()
def disable(rule_id: RuleId, as_json: AsJson = False) -> None:
    """Switch a rule off; its state is kept."""
    _show((_desk().breakers.enable(rule_id, enabled=False),), "disabled", as_json=as_json)


@breakers.command()
def reset(rule_id: RuleId, as_json: AsJson = False) -> None:
    """Ask the monitor to take a rule out of its latch at its next cycle."""
    _show((_desk().breakers.reset(rule_id),), "reset requested for", as_json=as_json)


@breakers.command()
def remove(rule_id: RuleId, as_json: AsJson = False) -> None:
    """Delete a rule with its state."""
    _show((_desk().breakers.remove(rule_id),), "removed", as_json=as_json)


def _show(rules: tuple[BreakerRule, ...], verb: str, *, as_json: bool) -> None:
    if as_json:
        print_json([rule_mapping(rule) for rule in rules])
        return
    for rule in rules:
        print_line(f"{verb} {rule.rule_id}: {rule.condition}")
