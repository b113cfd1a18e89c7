"""What a rule would do with the numbers of now: whether it would fire, and at what distance."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isinf
from zoneinfo import ZoneInfo

from app.presenters.breaker_rows import amount_text, scope_in_words
from app.presenters.cells import Tone
from app.presenters.numbers import metric_value
from app.presenters.times import clock_and_date
from etrms_core.breakers.rules import BreakerRule
from etrms_core.services.drill import DrilledInstance, DrillReport

MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class OutlookLine:
    """One sentence; its tone is good where nothing would fire."""

    text: str
    tone: Tone


def outlook(report: DrillReport) -> tuple[OutlookLine, ...]:
    """Say for each scope whether a rule would fire now, those first that are closest to it."""
    rule = report.rule
    if not report.instances:
        text = "Nothing to watch right now: no such scope exists on the desk."
        return (OutlookLine(text, Tone.MUTED),)
    ordered = sorted(report.instances, key=_urgency)
    lines = [_line(rule, instance) for instance in ordered[:MOST_SHOWN]]
    left = len(ordered) - MOST_SHOWN
    if left > 0:
        lines.append(OutlookLine(f"{left} more are further away.", Tone.MUTED))
    return tuple(lines)


def would_act_now(report: DrillReport) -> tuple[str, ...]:
    """Say what a rule would do right after it is saved; empty when it would not fire or act."""
    rule = report.rule
    if not (rule.enabled and rule.may_act) or rule.for_seconds > 0.0:
        return ()
    fires = [each for each in report.instances if each.condition_holds]
    commands = [command for each in fires for command in each.commands]
    if any(each.restrictions for each in fires):
        commands.append("forbid new and larger positions")
    return tuple(dict.fromkeys(commands))


def drill_lines(instance: DrilledInstance, *, zone: ZoneInfo, report: DrillReport) -> Sequence[str]:
    """Say what a rule would do in one scope if it fired now, line by line."""
    told = [f"Would {command}." for command in instance.commands]
    for each in instance.restrictions:
        end = (
            "until you reset it"
            if each.until is None
            else f"until {clock_and_date(each.until, zone=zone, now=report.as_of)} {zone.key}"
        )
        where = scope_in_words(each.scope)
        told.append(f"Would forbid new and larger positions in {where} {end}.")
    told += [f"Leaves alone: {text}." for text in instance.left_alone]
    return told or ["Would only notify you."]


def distance_line(rule: BreakerRule, instance: DrilledInstance) -> str:
    """Say where a value stands and how far it is from the threshold."""
    where = scope_in_words(instance.scope)
    if instance.value is None or instance.distance is None:
        return f"{where}: the value is not known now"
    value = metric_value(rule.metric, instance.value)
    if instance.condition_holds:
        return f"{where}: {value} now, beyond {amount_text(rule.metric, rule.threshold)}"
    if isinf(instance.distance):
        return f"{where}: {value} now, far away"
    return f"{where}: {value} now, {_way(rule, instance.distance)} to go"


def _line(rule: BreakerRule, instance: DrilledInstance) -> OutlookLine:
    told = distance_line(rule, instance)
    if instance.value is None:
        return OutlookLine(f"Nobody can tell. {told}.", Tone.WARNING)
    if not instance.condition_holds:
        return OutlookLine(f"Would not fire. {told}.", Tone.GOOD)
    when = "once it held for long enough" if rule.for_seconds else "at once"
    return OutlookLine(f"Would fire {when}. {told}.", Tone.BAD)


def _urgency(instance: DrilledInstance) -> tuple[bool, float]:
    distance = instance.distance
    return (not instance.condition_holds, inf if distance is None else distance)


def _way(rule: BreakerRule, distance: float) -> str:
    text = amount_text(rule.metric, float(f"{abs(distance):.4g}"))
    return text.replace("%", " points")
