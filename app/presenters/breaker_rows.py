"""Circuit breakers: state, distance to their thresholds, time left of a cooldown."""

from datetime import UTC, datetime, timedelta
from math import inf, isinf

from app.presenters.cells import Cell, Tone, unknown
from app.presenters.numbers import metric_value, money, percent, plain
from app.presenters.times import countdown, duration
from etrms_core.breakers.rules import ARGUMENTS, UPWARD, ActionKind, BreakerAction, BreakerRule
from etrms_core.domain.identifiers import PORTFOLIO, Scope, ScopeKind
from etrms_core.risk.metrics import CATALOGUE, Metric, Unit
from etrms_core.risk.snapshot import RiskSnapshot
from etrms_core.services.risk_state import BreakerView

# From this share of the threshold on a breaker deserves a look.
NEAR_THE_LIMIT = 0.8
SIGNS = {
    ">": ">",
    ">=": "\N{GREATER-THAN OR EQUAL TO}",
    "<": "<",
    "<=": "\N{LESS-THAN OR EQUAL TO}",
}
STATES = {
    "latched": Cell("Latched", "until a person resets it", Tone.BAD),
    "waiting_reset": Cell("Waiting for reset", "entries stay blocked", Tone.WARNING),
    "cooling_down": Cell("Cooling down", tone=Tone.WARNING),
    "armed": Cell("Armed", tone=Tone.GOOD),
    "off": Cell("Off", "does not watch", Tone.MUTED),
}
PERIOD_LOSSES = frozenset({Metric.DAILY_LOSS, Metric.WEEKLY_LOSS, Metric.MONTHLY_LOSS})
ORDER = {name: place for place, name in enumerate(STATES)}


def state_name(view: BreakerView) -> str:
    """Name the state, `off` for a rule that is disabled."""
    return view.state if view.rule.enabled else "off"


def scope_in_words(scope: Scope) -> str:
    """Name a scope as a person would."""
    if scope.kind is ScopeKind.PORTFOLIO:
        return "Portfolio"
    return scope.name or f"every {scope.kind.value}"


def action_in_words(action: BreakerAction) -> str:
    """Say what an action does."""
    words = action.kind.value.replace("_", " ")
    if action.argument is None:
        return words
    match ARGUMENTS[action.kind][0]:
        case "seconds":
            return f"{words} for {duration(action.argument)}"
        case "fraction" if action.kind is ActionKind.REDUCE_POSITION:
            return f"{words} by {percent(action.argument, digits=0)}"
        case "leverage":
            return f"{words} {action.argument:g}x"
        case _:
            return f"{words} at {percent(action.argument, digits=1)}"


def breaker_use(rule: BreakerRule, value: float | None) -> float:
    """Say how much of a threshold is used up; what is not known could be at its limit."""
    return inf if value is None else _used(rule, value) or 0.0


def why_unknown(snapshot: RiskSnapshot, scope: Scope) -> str | None:
    """Say why values of a scope are not known; None when nothing is known of that either."""
    return snapshot.reasons.get(scope) or snapshot.reasons.get(PORTFOLIO)


def value_cell(view: BreakerView, *, reason: str | None) -> Cell:
    """Show what an instance compares now; a negative loss is a gain."""
    if view.value is None:
        return unknown(reason)
    if view.rule.metric in PERIOD_LOSSES and view.value < 0.0:
        return Cell(f"{percent(-view.value)} gain")
    return Cell(metric_value(view.rule.metric, view.value))


def threshold_text(rule: BreakerRule) -> str:
    """Write a threshold in its metric's unit, without needless zeros."""
    return amount_text(rule.metric, rule.threshold)


def amount_text(metric: Metric, amount: float) -> str:
    """Write an amount in a metric's unit, without needless zeros."""
    match CATALOGUE[metric].unit:
        case Unit.FRACTION:
            return f"{amount * 100:g}%"
        case Unit.MULTIPLE:
            return f"{amount:g}x"
        case Unit.SECONDS:
            return duration(amount)
        case Unit.MONEY:
            return money(amount, digits=0 if amount == int(amount) else 2)
        case Unit.COUNT:
            return f"{amount:g}"


def headroom(rule: BreakerRule, value: float | None, *, reason: str | None) -> Cell:
    """Show how much is left before the rule fires, with a bar of the same: empty at the limit."""
    if value is None:
        return unknown(reason)
    left = rule.threshold - value if rule.comparison in UPWARD else value - rule.threshold
    if isinf(left):
        return Cell("far away", share=1.0) if left > 0.0 else Cell("beyond it", tone=Tone.BAD)
    used = _used(rule, value)
    if left <= 0.0:
        return Cell("limit reached", tone=Tone.BAD, share=0.0)
    near = used is not None and used >= NEAR_THE_LIMIT
    return Cell(
        f"{_amount(rule.metric, left)} left",
        tone=Tone.WARNING if near else Tone.PLAIN,
        share=None if used is None else 1.0 - used,
    )


def _used(rule: BreakerRule, value: float) -> float | None:
    upper, lower = (rule.threshold, value) if rule.comparison in UPWARD else (value, rule.threshold)
    return min(1.0, max(0.0, lower / upper)) if upper > 0.0 else None


def _amount(metric: Metric, left: float) -> str:
    match CATALOGUE[metric].unit:
        case Unit.FRACTION:
            return f"{plain(left * 100, 2)} points"
        case Unit.SECONDS:
            return duration(left)
        case _:
            return metric_value(metric, left)


def cooldown_cell(view: BreakerView, now: datetime) -> Cell:
    """Show what is left of a cooldown, or how long one would be."""
    if view.state != "cooling_down" or view.triggered_at_ms is None:
        rest = view.rule.cooldown_seconds
        return Cell("\N{EN DASH}", f"{duration(rest)} after a trigger" if rest else "", Tone.MUTED)
    fired_at = datetime.fromtimestamp(view.triggered_at_ms / 1000, UTC)
    ends_at = fired_at + timedelta(seconds=view.rule.cooldown_seconds)
    return Cell(f"{countdown(ends_at, now=now)} left", tone=Tone.WARNING)
