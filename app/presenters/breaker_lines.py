"""One rule as lines: the rule itself, and below it every scope that it watches on its own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app.presenters.breaker_rows import (
    ORDER,
    SIGNS,
    STATES,
    action_in_words,
    amount_text,
    breaker_use,
    cooldown_cell,
    headroom,
    scope_in_words,
    state_name,
    value_cell,
    why_unknown,
)
from app.presenters.cells import Cell, Tone, unknown
from app.presenters.numbers import metric_name
from app.presenters.times import clock_and_date, duration
from etrms_core.breakers.rules import UPWARD, BreakerRule
from etrms_core.services.risk_state import BreakerView, RiskState

MOST_INSTANCES = 8
NEVER = Cell("never", tone=Tone.MUTED)
NOTHING = Cell("Nothing to watch", "no such scope now", Tone.MUTED)
NO_CYCLE = "the monitor has not finished its first cycle"
SHADOW = "shadow mode: records only"
EMPTY = Cell("")


@dataclass(frozen=True, slots=True)
class BreakerLine:
    """A rule, or one scope of it."""

    name: Cell
    state: Cell
    value: Cell
    limit: Cell
    headroom: Cell
    cooldown: Cell
    last: Cell


def rule_lines(
    rule: BreakerRule, state: RiskState | None, *, zone: ZoneInfo, shows_all: bool = False
) -> tuple[BreakerLine, ...]:
    """Show a rule, and below it those of its scopes that deserve a look, the closest first.

    Parameters
    ----------
    shows_all : bool
        Whether scopes are shown as well in which it is armed and far from firing.
    """
    name, limit = _name(rule), _limit(rule)
    if state is None:
        dash = unknown(NO_CYCLE)
        return (BreakerLine(name, dash, dash, limit, dash, dash, dash),)
    views = [
        replace(view, rule=rule) for view in state.breakers if view.rule.rule_id == rule.rule_id
    ]
    if not views:
        resting = NOTHING if rule.enabled else STATES["off"]
        return (BreakerLine(name, resting, EMPTY, limit, EMPTY, EMPTY, NEVER),)
    views.sort(key=_urgency)
    lines = [_line(view, state, zone) for view in views]
    if len(lines) == 1:
        return (replace(lines[0], name=name, limit=limit),)
    top = replace(lines[0], name=name, limit=limit, last=_last(views, state, zone))
    closest = f"{scope_in_words(views[0].scope)}, closest of {len(views)}"
    top = replace(top, value=replace(top.value, note=closest))
    below = [
        replace(line, headroom=replace(line.headroom, share=None))
        for line in lines
        if shows_all or not _is_calm(line)
    ][:MOST_INSTANCES]
    return (top, *below, *(_rest(len(lines) - len(below)) if below else ()))


def can_be_reset(rule: BreakerRule, state: RiskState | None) -> bool:
    """Whether a person's reset would let something go."""
    if state is None:
        return False
    is_latched = any(
        view.state == "latched" for view in state.breakers if view.rule.rule_id == rule.rule_id
    )
    return is_latched or any(
        each.source == rule.rule_id and each.until is None for each in state.memory.restrictions
    )


def _name(rule: BreakerRule) -> Cell:
    where = scope_in_words(rule.scope)
    return Cell(rule.name, f"{where}: {', then '.join(map(action_in_words, rule.actions))}")


def _limit(rule: BreakerRule) -> Cell:
    held = f" for {duration(rule.for_seconds)}" if rule.for_seconds else ""
    amount = amount_text(rule.metric, rule.threshold)
    return Cell(f"{SIGNS[rule.comparison.value]} {amount}{held}", metric_name(rule.metric))


def _line(view: BreakerView, state: RiskState, zone: ZoneInfo) -> BreakerLine:
    reason = why_unknown(state.snapshot, view.scope)
    return BreakerLine(
        name=Cell(f"\N{BOX DRAWINGS LIGHT UP AND RIGHT} {scope_in_words(view.scope)}"),
        state=_state(view, state),
        value=value_cell(view, reason=reason),
        limit=EMPTY,
        headroom=headroom(view.rule, view.value, reason=reason),
        cooldown=_cooldown(view, state.snapshot.as_of),
        last=_last([view], state, zone),
    )


def _state(view: BreakerView, state: RiskState) -> Cell:
    name = state_name(view)
    shown = STATES[name]
    if name == "waiting_reset":
        shown = replace(shown, note=_awaited(view.rule))
    standing = _held_by(view, state) if name == "armed" else None
    if standing is not None:
        shown = Cell("Armed", standing, Tone.WARNING)
    if not view.rule.shadow:
        return shown
    return replace(shown, note=f"{shown.note}; {SHADOW}" if shown.note else SHADOW)


def _awaited(rule: BreakerRule) -> str:
    side = "below" if rule.comparison in UPWARD else "above"
    amount = amount_text(rule.metric, rule.effective_reset_threshold)
    blocked = "; entries blocked" if rule.may_act else ""
    return f"until {metric_name(rule.metric).lower()} is {side} {amount}{blocked}"


def _held_by(view: BreakerView, state: RiskState) -> str | None:
    """Say what an armed rule forbids; a metric that is not known is no matter for a reset."""
    own = (view.rule.rule_id, view.scope)
    held = [each for each in state.blocks if (each.source, each.scope) == own]
    if any(each.until is None and each in state.memory.restrictions for each in held):
        return "entries blocked until you reset it"
    return "entries blocked" if held else None


def _cooldown(view: BreakerView, now: datetime) -> Cell:
    rest = duration(view.rule.cooldown_seconds) if view.rule.cooldown_seconds else "none"
    if view.state != "cooling_down":
        return Cell(rest, tone=Tone.MUTED)
    return replace(cooldown_cell(view, now), note=f"of {rest}")


def _last(views: Sequence[BreakerView], state: RiskState, zone: ZoneInfo) -> Cell:
    fired = [view.triggered_at_ms for view in views if view.triggered_at_ms is not None]
    if not fired:
        return NEVER
    at = datetime.fromtimestamp(max(fired) / 1000, UTC)
    return Cell(clock_and_date(at, zone=zone, now=state.as_of))


def _urgency(view: BreakerView) -> tuple[int, float]:
    return ORDER[state_name(view)], -breaker_use(view.rule, view.value)


def _is_calm(line: BreakerLine) -> bool:
    if line.state.text == STATES["off"].text:
        return True
    return line.state.tone is Tone.GOOD and line.headroom.tone is Tone.PLAIN


def _rest(count: int) -> tuple[BreakerLine, ...]:
    if count <= 0:
        return ()
    name = Cell(f"and {count} more, further away", tone=Tone.MUTED)
    return (BreakerLine(name, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY),)
