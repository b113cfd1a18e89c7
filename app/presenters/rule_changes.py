"""What a set of breakers would become: rule by rule, from what to what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.presenters.breaker_rows import action_in_words, amount_text, scope_in_words
from app.presenters.cells import DASH, Cell, Tone
from app.presenters.metric_words import COMPARISONS
from app.presenters.numbers import metric_name
from app.presenters.times import duration
from etrms_core.breakers.rule_document import rule_mapping
from etrms_core.breakers.rules import BreakerRule
from etrms_core.breakers.tightening import loosened_fields

NEW = Cell("New", "tightens", Tone.GOOD)
REMOVED = Cell("Removed", "loosens", Tone.WARNING)
TIGHTER = Cell("Changed", "tightens", Tone.GOOD)
LOOSER = Cell("Changed", "loosens", Tone.WARNING)
FIELDS = {
    "name": "name",
    "enabled": "switched on",
    "scope": "scope",
    "metric": "metric",
    "comparison": "comparison",
    "threshold": "threshold",
    "for_seconds": "for at least",
    "reset_threshold": "armed again at",
    "cooldown_seconds": "cooldown",
    "latched": "latched",
    "drawdown_peak": "peak",
    "drawdown_basis": "measured from",
    "on_unknown": "while unknown",
    "act_when_partial": "acts while a venue is stale",
    "evaluate": "looks at",
    "shadow": "shadow mode",
    "actions": "actions",
}


@dataclass(frozen=True, slots=True)
class RuleChangeRow:
    """One breaker that changes."""

    name: Cell
    change: Cell
    what: Cell


def rule_change_rows(
    before: Sequence[BreakerRule], after: Sequence[BreakerRule]
) -> tuple[RuleChangeRow, ...]:
    """Show each breaker that differs: removed ones first, then in the new order."""
    old = {rule.rule_id: rule for rule in before}
    new = {rule.rule_id: rule for rule in after}
    gone = [
        RuleChangeRow(_name(each), REMOVED, _whole(each))
        for each in before
        if each.rule_id not in new
    ]
    rest = (_row(old.get(rule.rule_id), rule) for rule in after if old.get(rule.rule_id) != rule)
    return (*gone, *rest)


def field_changes(old: BreakerRule, new: BreakerRule) -> tuple[str, ...]:
    """Say which fields differ, from what to what."""
    before, after = _words(old), _words(new)
    return tuple(
        f"{FIELDS[field]} from {before[field]} to {after[field]}"
        for field in FIELDS
        if before[field] != after[field]
    )


def condition_in_words(rule: BreakerRule) -> str:
    """Write a condition: "Drawdown is at least 10%"."""
    amount = amount_text(rule.metric, rule.threshold)
    return f"{metric_name(rule.metric)} {COMPARISONS[rule.comparison]} {amount}"


def _row(old: BreakerRule | None, new: BreakerRule) -> RuleChangeRow:
    if old is None:
        return RuleChangeRow(_name(new), NEW, _whole(new))
    change = LOOSER if loosened_fields(old, new) else TIGHTER
    return RuleChangeRow(_name(new), change, Cell("; ".join(field_changes(old, new))))


def _name(rule: BreakerRule) -> Cell:
    return Cell(rule.name, scope_in_words(rule.scope))


def _whole(rule: BreakerRule) -> Cell:
    return Cell(condition_in_words(rule), ", then ".join(map(action_in_words, rule.actions)))


def _words(rule: BreakerRule) -> Mapping[str, str]:
    mapping: dict[str, Any] = rule_mapping(rule)
    reset = rule.reset_threshold
    told = {field: str(mapping.get(field, "")).replace("_", " ") for field in FIELDS}
    return {
        **told,
        "name": rule.name,
        "enabled": _yes(rule.enabled),
        "scope": scope_in_words(rule.scope),
        "metric": metric_name(rule.metric),
        "comparison": COMPARISONS[rule.comparison],
        "threshold": amount_text(rule.metric, rule.threshold),
        "for_seconds": duration(rule.for_seconds),
        "reset_threshold": DASH if reset is None else amount_text(rule.metric, reset),
        "cooldown_seconds": duration(rule.cooldown_seconds),
        "latched": _yes(rule.latched),
        "act_when_partial": _yes(rule.act_when_partial),
        "shadow": _yes(rule.shadow),
        "actions": ", then ".join(map(action_in_words, rule.actions)),
    }


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"
