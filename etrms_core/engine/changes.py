"""What a person can ask to change, and what of it would be looser."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from etrms_core.breakers.rule_document import rule_mapping
from etrms_core.breakers.rules import BreakerRule, find_rule
from etrms_core.breakers.tightening import loosened_rules
from etrms_core.domain.limits import Limits, changed_limits, loosened_limits
from etrms_core.engine.change_ports import CommittedSettings
from etrms_core.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class EditRules:
    """Add, replace, remove or reorder breakers.

    Attributes
    ----------
    edits : tuple of (str, BreakerRule or None)
        Rule ids with what they become, None for removed; new rules stand behind the others.
    order : tuple of str
        Rule ids in their order afterwards; rules that it does not name stand behind these.
    """

    edits: tuple[tuple[str, BreakerRule | None], ...]
    order: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SetLimits:
    """Replace the limits."""

    limits: Limits


@dataclass(frozen=True, slots=True)
class ResetBreaker:
    """Take a breaker out of its latch."""

    rule_id: str


@dataclass(frozen=True, slots=True)
class ResumeTrading:
    """End the halt of the kill switch."""


@dataclass(frozen=True, slots=True)
class EndPause:
    """End a person's pause before its time."""


@dataclass(frozen=True, slots=True)
class CommitSettings:
    """Go over to the settings of the file."""

    settings: CommittedSettings


Change = EditRules | SetLimits | ResetBreaker | ResumeTrading | EndPause | CommitSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What changes are compared with.

    Attributes
    ----------
    settings : CommittedSettings or None
        None before anything was committed to.
    """

    rules: tuple[BreakerRule, ...]
    limits: Limits
    settings: CommittedSettings | None


def adding(existing: Sequence[BreakerRule], rules: Sequence[BreakerRule]) -> EditRules:
    """Add rules after the existing ones; ConfigurationError for an id that exists."""
    taken = {rule.rule_id for rule in existing}
    for rule in rules:
        if rule.rule_id in taken:
            raise ConfigurationError(
                f"a breaker {rule.rule_id!r} exists already; remove it first or use another name",
                field="name",
            )
        taken.add(rule.rule_id)
    return EditRules(tuple((rule.rule_id, rule) for rule in rules))


def switching(existing: Sequence[BreakerRule], rule_id: str, *, enabled: bool) -> EditRules:
    """Switch a rule on or off."""
    return EditRules(((rule_id, replace(find_rule(existing, rule_id), enabled=enabled)),))


def removing(existing: Sequence[BreakerRule], rule_id: str) -> EditRules:
    """Remove a rule with its state."""
    return EditRules(((find_rule(existing, rule_id).rule_id, None),))


def replacing_all(existing: Sequence[BreakerRule], rules: Sequence[BreakerRule]) -> EditRules:
    """Import a set of rules in the place of all that exist."""
    wanted = {rule.rule_id: rule for rule in rules}
    known = {rule.rule_id: rule for rule in existing}
    gone = tuple((rule_id, None) for rule_id in known if rule_id not in wanted)
    changed = tuple((key, rule) for key, rule in wanted.items() if known.get(key) != rule)
    return EditRules((*gone, *changed), tuple(wanted))


def reordering(existing: Sequence[BreakerRule], order: Sequence[str]) -> EditRules:
    """Put the rules into another order; ConfigurationError for an id that does not exist."""
    return EditRules((), tuple(find_rule(existing, rule_id).rule_id for rule_id in order))


def changed_rules(change: EditRules, rules: Sequence[BreakerRule]) -> tuple[BreakerRule, ...]:
    """Return the rules as they are after a change."""
    wanted = dict(change.edits)
    known = {rule.rule_id for rule in rules}
    kept = [wanted.get(rule.rule_id, rule) for rule in rules]
    added = [rule for rule_id, rule in change.edits if rule_id not in known]
    places = {rule_id: place for place, rule_id in enumerate(change.order)}
    present = [rule for rule in (*kept, *added) if rule is not None]
    return tuple(sorted(present, key=lambda rule: places.get(rule.rule_id, len(places))))


def loosened_by(change: Change, standing: Standing) -> tuple[str, ...]:
    """Say what a change makes looser, one sentence each; empty when it only tightens."""
    match change:
        case EditRules():
            return loosened_rules(standing.rules, changed_rules(change, standing.rules))
        case SetLimits(limits=limits):
            return loosened_limits(standing.limits, limits)
        case ResetBreaker(rule_id=rule_id):
            name = find_rule(standing.rules, rule_id).name
            return (f"{name}: what it blocks is let go, and it is armed again",)
        case ResumeTrading():
            return ("trading is resumed",)
        case EndPause():
            return ("a pause ends before its time",)
        case CommitSettings(settings=settings):
            return _loosened_settings(standing.settings, settings)
    assert_never(change)


def told_change(change: Change, standing: Standing) -> str:
    """Say what a change does, from what to what; empty when it changes nothing."""
    match change:
        case EditRules():
            return _told_edits(change, standing.rules)
        case SetLimits(limits=limits):
            return "; ".join(changed_limits(standing.limits, limits))
        case ResetBreaker(rule_id=rule_id):
            return f"reset {find_rule(standing.rules, rule_id).name}"
        case ResumeTrading():
            return "resume trading"
        case EndPause():
            return "end the pause"
        case CommitSettings(settings=settings):
            return "; ".join(_changed_settings(standing.settings, settings))
    assert_never(change)


def _told_edits(change: EditRules, rules: tuple[BreakerRule, ...]) -> str:
    known = {rule.rule_id: rule for rule in rules}
    told = [_told_edit(known.get(rule_id), rule) for rule_id, rule in change.edits]
    after = [rule.rule_id for rule in changed_rules(change, rules)]
    if after != [rule.rule_id for rule in changed_rules(EditRules(change.edits), rules)]:
        told.append(f"breakers in the order {', '.join(after)}")
    return "; ".join(filter(None, told))


def _told_edit(old: BreakerRule | None, new: BreakerRule | None) -> str:
    if old is None:
        return "" if new is None else f"added {new.name} ({new.condition})"
    if new is None:
        return f"removed {old.name} ({old.condition})"
    if new == replace(old, enabled=new.enabled):
        word = "enabled" if new.enabled else "disabled"
        return "" if new == old else f"{word} {new.name}"
    before, after = rule_mapping(old), rule_mapping(new)
    differences = (
        f"{key} from {_plain(before.get(key))} to {_plain(after.get(key))}"
        for key in {**before, **after}
        if before.get(key) != after.get(key)
    )
    return f"{old.name}: {', '.join(differences)}"


def _plain(value: object) -> str:
    match value:
        case None:
            return "none"
        case dict():
            return " ".join(_plain(each) for each in value.values() if each != "")
        case list():
            return " and ".join(_plain(each) for each in value)
        case float():
            return f"{value:.12g}"
        case _:
            return str(value)


def _changed_settings(before: CommittedSettings | None, after: CommittedSettings) -> list[str]:
    if before is None:
        return []
    told = []
    if before.time_zone != after.time_zone:
        told.append(f"time_zone from {before.time_zone} to {after.time_zone}")
    if before.delay_seconds != after.delay_seconds:
        told.append(f"delay_seconds from {before.delay_seconds:g} to {after.delay_seconds:g}")
    return told


def _loosened_settings(
    before: CommittedSettings | None, after: CommittedSettings
) -> tuple[str, ...]:
    if before is None or (
        before.time_zone == after.time_zone and after.delay_seconds >= before.delay_seconds
    ):
        return ()
    return tuple(_changed_settings(before, after))
