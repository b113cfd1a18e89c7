"""From triggered breakers to commands: targets, absolute quantities, merging."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from etrms_core.breakers.rules import (
    COMPARISON_CODES,
    ActionKind,
    BreakerAction,
    BreakerRule,
)
from etrms_core.domain.commands import (
    Cause,
    ClosePosition,
    PlaceGuardStop,
    ReducePosition,
    SetLeverage,
)
from etrms_core.domain.events import BreakerEventKind
from etrms_core.domain.identifiers import PositionKey, Scope
from etrms_core.engine.breaker_sentences import breaker_event
from etrms_core.engine.merging import (
    Plan,
    add_cancellation,
    add_guard,
    add_leverage,
    add_reduction,
)
from etrms_core.engine.restrictions import Restriction, TradingState
from etrms_core.engine.targets import cancellations, position_values, scope_members
from etrms_core.kernels.breaker_state import holds
from etrms_core.kernels.stops import stop_level
from etrms_core.risk.metrics import CATALOGUE
from etrms_core.risk.scope_layout import ScopeLayout
from etrms_core.risk.snapshot import DataQuality, RiskSnapshot

ON_POSITIONS = frozenset(
    {
        ActionKind.REDUCE_POSITION,
        ActionKind.CLOSE_POSITION,
        ActionKind.CLOSE_ALL,
        ActionKind.SET_LEVERAGE,
        ActionKind.PLACE_GUARD_STOP,
    }
)


@dataclass(frozen=True, slots=True)
class Trigger:
    """One instance that fired, with the sentence that says why.

    Attributes
    ----------
    only : frozenset of PositionKey or None
        The positions to act on; None means all in scope.
    by_hand : bool
        A person fired it: positions that do not breach are acted on, too.
    """

    rule: BreakerRule
    scope: Scope
    reason: str
    only: frozenset[PositionKey] | None = None
    by_hand: bool = False


def plan_trigger(plan: Plan, trigger: Trigger, snapshot: RiskSnapshot, layout: ScopeLayout) -> None:
    """Add the actions of one trigger to the plan, in their order."""
    for action in trigger.rule.actions:
        match action.kind:
            case ActionKind.NOTIFY:
                _acted(plan, trigger, action, snapshot, trigger.reason)
            case ActionKind.PAUSE_TRADING:
                _pause(plan, trigger, action, snapshot)
            case ActionKind.REDUCE_ONLY_MODE:
                _restrict(plan, trigger, action, snapshot, until_seconds=None)
            case _:
                _plan_orders(plan, trigger, action, snapshot, layout)


def plan_owed(plan: Plan, trigger: Trigger, snapshot: RiskSnapshot, layout: ScopeLayout) -> None:
    """Add what a trigger owes its positions, and say so."""
    for action in trigger.rule.actions:
        if action.kind in ON_POSITIONS:
            _acted(plan, trigger, action, snapshot, trigger.reason)
            _plan_orders(plan, trigger, action, snapshot, layout)


def _plan_orders(
    plan: Plan,
    trigger: Trigger,
    action: BreakerAction,
    snapshot: RiskSnapshot,
    layout: ScopeLayout,
) -> None:
    cause = _cause(trigger, action, snapshot)
    if action.kind is ActionKind.CANCEL_ORDERS:
        for command in cancellations(trigger.scope, cause, snapshot, layout):
            add_cancellation(plan, command)
        return
    targets = list(_targets(trigger, action, snapshot, layout))
    allowed = [target for target in targets if is_allowed(target[0], trigger, snapshot, layout)]
    if len(allowed) < len(targets):
        rows = {row for row, _ in targets} - {row for row, _ in allowed}
        _say_held(plan, trigger, action, snapshot, rows)
    if action.kind is ActionKind.SET_LEVERAGE:
        _say_unknown_leverage(plan, trigger, action, snapshot, allowed)
    if not targets:
        _acted(plan, trigger, action, snapshot, "nothing is open in this scope")
    for row, share in allowed:
        _plan_position(plan, cause, action, snapshot, row, share)


def _plan_position(
    plan: Plan,
    cause: Cause,
    action: BreakerAction,
    snapshot: RiskSnapshot,
    row: int,
    share: float,
) -> None:
    position, key = snapshot.table.rows[row], snapshot.table.keys[row]
    held = abs(position.quantity)
    argument = action.argument or 1.0
    match action.kind:
        case ActionKind.REDUCE_POSITION:
            add_reduction(plan, _reduction(key, held, held * share * argument, cause))
        case ActionKind.CLOSE_POSITION | ActionKind.CLOSE_ALL:
            add_reduction(plan, _reduction(key, held, held * share, cause))
        case ActionKind.SET_LEVERAGE:
            if position.leverage is not None and position.leverage > argument:
                add_leverage(plan, SetLeverage(key.account, key.symbol, argument, (cause,)))
        case ActionKind.PLACE_GUARD_STOP:
            uncovered = held * float(snapshot.table.arrays.unguarded_share[row])
            if uncovered > 0.0 and position.mark_price is not None:
                side = 1.0 if position.quantity > 0.0 else -1.0
                level = stop_level(side, position.mark_price, argument)
                add_guard(plan, PlaceGuardStop(key, uncovered, level, (cause,)), side=side)


def _reduction(
    key: PositionKey, held: float, quantity: float, cause: Cause
) -> ReducePosition | ClosePosition:
    if quantity >= held * (1.0 - 1e-12):
        return ClosePosition(key, held, (cause,))
    return ReducePosition(key, quantity, (cause,))


def _targets(
    trigger: Trigger, action: BreakerAction, snapshot: RiskSnapshot, layout: ScopeLayout
) -> Iterator[tuple[int, float]]:
    rule = trigger.rule
    narrows = action.kind in (ActionKind.REDUCE_POSITION, ActionKind.CLOSE_POSITION)
    members = [
        (row, share)
        for row, share in scope_members(layout, trigger.scope)
        if trigger.only is None or snapshot.table.keys[row] in trigger.only
    ]
    if trigger.by_hand or not (narrows and CATALOGUE[rule.metric].per_position):
        yield from members
        return
    values = position_values(snapshot, rule.metric)
    comparison = COMPARISON_CODES[rule.comparison]
    for row, share in members:
        if np.isnan(values[row]) or holds(comparison, float(values[row]), rule.threshold):
            yield row, share


def is_allowed(row: int, trigger: Trigger, snapshot: RiskSnapshot, layout: ScopeLayout) -> bool:
    """Whether a trigger may act on a position at this reading: its data must be fresh."""
    qualities = {source.account: source.quality for source in snapshot.sources}
    if qualities[snapshot.table.keys[row].account] is not DataQuality.FRESH:
        return False
    whole = snapshot.qualities[layout.index[trigger.scope]]
    return whole is DataQuality.FRESH or trigger.rule.act_when_partial


def _say_held(
    plan: Plan,
    trigger: Trigger,
    action: BreakerAction,
    snapshot: RiskSnapshot,
    rows: set[int],
) -> None:
    """Owe the positions that were left alone, and say why they were."""
    left_alone = sorted(snapshot.table.keys[row] for row in rows)
    owner = (trigger.rule.rule_id, trigger.scope)
    plan.owed[owner] = tuple(sorted({*plan.owed.get(owner, ()), *left_alone}))
    old = snapshot.reasons.get(trigger.scope, "a venue in this scope is stale")
    detail = (
        f"{action} leaves {', '.join(str(key) for key in left_alone)} alone: {old}; made up for "
        "once when the data is fresh and the condition still holds"
    )
    _note(plan, trigger, BreakerEventKind.BLOCKED, action, snapshot, detail)


def _say_unknown_leverage(
    plan: Plan,
    trigger: Trigger,
    action: BreakerAction,
    snapshot: RiskSnapshot,
    allowed: list[tuple[int, float]],
) -> None:
    for row, _ in allowed:
        if snapshot.table.rows[row].leverage is None:
            detail = f"the leverage of {snapshot.table.keys[row]} is unknown and stays as it is"
            _note(plan, trigger, BreakerEventKind.BLOCKED, action, snapshot, detail)


def _pause(plan: Plan, trigger: Trigger, action: BreakerAction, snapshot: RiskSnapshot) -> None:
    _restrict(plan, trigger, action, snapshot, until_seconds=action.argument)


def _restrict(
    plan: Plan,
    trigger: Trigger,
    action: BreakerAction,
    snapshot: RiskSnapshot,
    *,
    until_seconds: float | None,
) -> None:
    until = None if until_seconds is None else snapshot.as_of + timedelta(seconds=until_seconds)
    plan.restrictions.append(
        Restriction(
            trigger.scope,
            TradingState.REDUCING,
            snapshot.as_of,
            until,
            trigger.rule.rule_id,
            f"{trigger.rule.name}: {trigger.reason}",
        )
    )
    end = "until it is reset" if until is None else f"until {until.isoformat(timespec='seconds')}"
    _acted(plan, trigger, action, snapshot, f"no new or larger positions in {trigger.scope} {end}")


def _acted(
    plan: Plan, trigger: Trigger, action: BreakerAction, snapshot: RiskSnapshot, detail: str
) -> None:
    _note(plan, trigger, BreakerEventKind.ACTED, action, snapshot, detail)


def _note(
    plan: Plan,
    trigger: Trigger,
    kind: BreakerEventKind,
    action: BreakerAction,
    snapshot: RiskSnapshot,
    detail: str,
) -> None:
    now = snapshot.as_of
    rule, scope = trigger.rule, trigger.scope
    plan.events.append(
        breaker_event(rule, scope, kind, detail, occurred_at=now, action=str(action))
    )


def _cause(trigger: Trigger, action: BreakerAction, snapshot: RiskSnapshot) -> Cause:
    return Cause(
        trigger.rule.rule_id,
        trigger.rule.name,
        trigger.scope,
        snapshot.as_of,
        trigger.rule.threshold,
        str(action),
        trigger.reason,
    )
