"""`etrms breakers`: the rules."""

from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from typing import Annotated, Any

import tomli_w
import typer

from app.api.documents import breaker_document
from app.cli.change_commands import ask_for
from app.cli.desk_commands import STALE_SECONDS, stored_state, warn_when_old
from app.cli.document_file import naming, read_document
from app.cli.output import AsJson, print_json, print_line, print_table
from etrms_core.bootstrap import open_desk
from etrms_core.breakers.presets import preset
from etrms_core.breakers.rule_document import (
    parse_rules_json,
    parse_rules_toml,
    rule_mapping,
    rule_mappings,
)
from etrms_core.breakers.rules import BreakerRule, rule_warnings
from etrms_core.engine.breaker_sentences import in_words
from etrms_core.engine.changes import ResetBreaker, adding, removing, switching
from etrms_core.engine.restrictions import Restriction
from etrms_core.errors import ConfigurationError
from etrms_core.risk.metrics import CATALOGUE
from etrms_core.services.commitment import Outcome
from etrms_core.services.desk import Desk
from etrms_core.services.drill import DrilledInstance, DrillReport, distance_in_words, drill
from etrms_core.settings import home_directory

breakers = typer.Typer(
    no_args_is_help=True, help="List, metrics, add, enable, disable, reset, trigger, drill, remove."
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
    desk = _desk()
    with naming(file):
        rules = parse_rules_json(text) if is_json else parse_rules_toml(text)
        if not rules:
            raise ConfigurationError("holds no breaker; begin each one with a line [[breakers]]")
        ask_for(desk, adding(desk.breakers.all(), rules))
    for rule in rules:
        for warning in rule_warnings(rule):
            typer.echo(f"warning: {warning}", err=True)
    _show(rules, "added", as_json=as_json)


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


@breakers.command("metrics")
def list_metrics(as_json: AsJson = False) -> None:
    """Show every metric that a breaker can watch, with its unit and its meaning."""
    documents = [
        {"metric": metric.value, "unit": info.unit.value, "meaning": info.meaning}
        for metric, info in CATALOGUE.items()
    ]
    if as_json:
        print_json(documents)
        return
    print_table(documents, ("metric", "unit", "meaning"), empty="There is no metric.")


@breakers.command()
def enable(rule_id: RuleId, as_json: AsJson = False) -> None:
    """Switch a rule on."""
    _switch(rule_id, enabled=True, as_json=as_json)


@breakers.command()
def disable(rule_id: RuleId, as_json: AsJson = False) -> None:
    """Switch a rule off; its state is kept. It loosens, so it may ask for the password."""
    _switch(rule_id, enabled=False, as_json=as_json)


@breakers.command()
def reset(rule_id: RuleId, as_json: AsJson = False) -> None:
    """Ask the desk to let a latched rule watch again. It loosens, and may have to wait."""
    desk = _desk()
    ask_for(desk, ResetBreaker(rule_id))
    _show((desk.breakers.get(rule_id),), "asked to reset", as_json=as_json)
    _warn_when_nobody_acts(desk)


@breakers.command()
def trigger(rule_id: RuleId, as_json: AsJson = False) -> None:
    """Ask the desk to fire a rule at its next reading; only on paper accounts."""
    desk = _desk()
    _show((desk.breakers.trigger(rule_id),), "asked to trigger", as_json=as_json)
    _warn_when_nobody_acts(desk)


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
        print_line("It has nothing to watch now.")


@breakers.command()
def remove(rule_id: RuleId, as_json: AsJson = False) -> None:
    """Delete a rule with its state. It loosens, so it may ask for the password."""
    desk = _desk()
    rule = desk.breakers.get(rule_id)
    outcome = ask_for(desk, removing(desk.breakers.all(), rule_id))
    _show((rule,), _verb("removed", outcome), as_json=as_json)


def _switch(rule_id: str, *, enabled: bool, as_json: bool) -> None:
    desk = _desk()
    outcome = ask_for(desk, switching(desk.breakers.all(), rule_id, enabled=enabled))
    verb = _verb("enabled" if enabled else "disabled", outcome)
    _show((desk.breakers.get(rule_id),), verb, as_json=as_json)


def _verb(verb: str, outcome: Outcome) -> str:
    return verb if outcome.pending is None else f"not yet {verb}"


def _show(rules: tuple[BreakerRule, ...], verb: str, *, as_json: bool) -> None:
    if as_json:
        print_json([rule_mapping(rule) for rule in rules])
        return
    for rule in rules:
        print_line(f"{verb} {rule.rule_id}: {rule.condition}")


def _warn_when_nobody_acts(desk: Desk) -> None:
    state = desk.stored_state()
    now = datetime.now(UTC)
    if state is not None and (now - state.as_of).total_seconds() <= STALE_SECONDS:
        return
    typer.echo(
        "warning: the wish is stored, but no desk is running, so nobody acts on it now; start the "
        "desk with `etrms run`",
        err=True,
    )


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


def register(cli: typer.Typer) -> None:
    """Add the commands of this file."""
    cli.add_typer(breakers, name="breakers")
