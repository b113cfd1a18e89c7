"""`etrms breakers`: the rules."""

from math import isfinite
from pathlib import Path
from typing import Annotated, Any

import tomli_w
import typer

from app.api.documents import breaker_document
from app.cli.desk_commands import AsJson, stored_state, warn_when_old
from app.cli.document_file import read_document
from app.cli.output import print_json, print_line, print_table
from etrms_core.bootstrap import open_desk
from etrms_core.breakers.presets import preset
from etrms_core.breakers.rule_document import rule_mapping, rule_mappings
from etrms_core.breakers.rules import BreakerRule, rule_warnings
from etrms_core.engine.breaker_sentences import in_words
from etrms_core.engine.restrictions import Restriction
from etrms_core.services.desk import Desk
from etrms_core.services.drill import DrilledInstance, DrillReport, distance_in_words, drill
from etrms_core.settings import home_directory

breakers = typer.Typer(
    no_args_is_help=True, help="List, add, enable, disable, reset, trigger, drill, remove."
)
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
    text, is_json = read_document(file)
    added = _desk().breakers.add_text(text, is_json=is_json)
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
def trigger(rule_id: RuleId, as_json: AsJson = False) -> None:
    """Ask the monitor to fire a rule at its next cycle, on paper accounts only."""
    _show((_desk().breakers.trigger(rule_id),), "trigger by hand requested for", as_json=as_json)


@breakers.command("drill")
def drill_rule(rule_id: RuleId, as_json: AsJson = False) -> None:
    """Show what a rule would do if it fired now; nothing is sent."""
    desk, state = _desk(), stored_state()
    report = drill(
        state.memory,
        state.accounts,
        desk.breakers.all(),
        rule_id,
        as_of=state.as_of,
        policy=desk.policy,
    )
    if as_json:
        print_json(_drill_document(report))
        return
    warn_when_old(state)
    mode = "paper" if report.is_paper else "real money"
    off = "" if report.rule.enabled else ", switched off"
    print_line(f"Drill of {report.rule.name} ({mode}{off}): nothing is sent.")
    for instance in report.instances:
        for line in _drill_lines(report.rule, instance):
            print_line(line)
    if not report.instances:
        print_line("It watches nothing now.")


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


def _drill_lines(rule: BreakerRule, instance: DrilledInstance) -> list[str]:
    value = "unknown" if instance.value is None else in_words(rule.metric, instance.value)
    limit = f"{rule.comparison.value} {in_words(rule.metric, rule.threshold)}"
    nothing = [] if instance.commands else ["  no order would go out"]
    return [
        f"{instance.scope}: {rule.metric.value} is {value}, fires at {limit}, "
        f"{distance_in_words(rule, instance)}; {instance.state.replace('_', ' ')}",
        *(f"  would {command}" for command in instance.commands),
        *nothing,
        *(f"  would forbid new or larger positions in {_end(r)}" for r in instance.restrictions),
        *(f"  leaves alone: {text}" for text in instance.left_alone),
    ]


def _end(restriction: Restriction) -> str:
    if restriction.until is None:
        return f"{restriction.scope} until a person resets it"
    return f"{restriction.scope} until {restriction.until.isoformat(timespec='seconds')}"


def _drill_document(report: DrillReport) -> dict[str, Any]:
    return {
        "breaker": rule_mapping(report.rule),
        "as_of": report.as_of.isoformat(),
        "mode": "paper" if report.is_paper else "live",
        "instances": [_instance_document(each) for each in report.instances],
    }


def _instance_document(instance: DrilledInstance) -> dict[str, Any]:
    return {
        "scope": str(instance.scope),
        "state": instance.state,
        "value": _finite(instance.value),
        "distance": _finite(instance.distance),
        "condition_holds": instance.condition_holds,
        "commands": list(instance.commands),
        "restrictions": [
            {
                "scope": str(each.scope),
                "state": each.state.name.lower(),
                "until": None if each.until is None else each.until.isoformat(),
                "reason": each.reason,
            }
            for each in instance.restrictions
        ],
        "left_alone": list(instance.left_alone),
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None
