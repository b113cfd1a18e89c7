"""What a rule would do if it fired now: nothing is sent, nothing is stored."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import isnan, nan

from etrms_core.breakers.breaker_book import align_breakers
from etrms_core.breakers.rules import COMPARISON_CODES, UPWARD, BreakerRule, find_rule
from etrms_core.domain.account import AccountState
from etrms_core.domain.events import BreakerEventKind
from etrms_core.domain.identifiers import Scope
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.breaker_sentences import in_words, unknown_reason, why
from etrms_core.engine.command_sentences import command_in_words, why_untouched
from etrms_core.engine.manual_trigger import why_by_hand
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.merging import Plan
from etrms_core.engine.planning import ON_POSITIONS, Trigger, plan_trigger
from etrms_core.engine.reading import Reading, read_risk
from etrms_core.engine.restrictions import Restriction
from etrms_core.engine.targets import scope_members
from etrms_core.kernels.breaker_state import holds
from etrms_core.risk.metrics import COLUMN, Metric
from etrms_core.services.risk_state import STATE_NAMES, current_value


@dataclass(frozen=True, slots=True)
class DrilledInstance:
    """What one rule would do in one scope.

    Attributes
    ----------
    value, distance : float or None
        The metric now, and how far it may still go before the rule fires by itself, in the
        metric's unit; negative beyond the threshold. None when unknown.
    commands : tuple of str
        What would go to the venues, one sentence each.
    restrictions : tuple of Restriction
        What would be forbidden afterwards.
    left_alone : tuple of str
        What the rule would not touch, and why.
    """

    scope: Scope
    state: str
    value: float | None
    distance: float | None
    condition_holds: bool
    commands: tuple[str, ...]
    restrictions: tuple[Restriction, ...]
    left_alone: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DrillReport:
    """What a rule would do everywhere it watches; no instance when it watches nothing now."""

    rule: BreakerRule
    as_of: datetime
    is_paper: bool
    instances: tuple[DrilledInstance, ...]


def drill(
    memory: CycleMemory,
    accounts: Sequence[AccountState],
    rules: Sequence[BreakerRule],
    rule_id: str,
    *,
    as_of: datetime,
    policy: RiskPolicy,
) -> DrillReport:
    """Plan what a rule would do if it fired now in every scope, whatever its state.

    Where its condition does not hold, it is planned as if a person fired it: a rule on positions
    then acts on all of them. A disabled rule, one in shadow mode and accounts with real money are
    planned alike.

    Raises
    ------
    ConfigurationError
        If no rule has this id.
    """
    rule = replace(find_rule(rules, rule_id), shadow=False)
    ordered = sorted(accounts, key=lambda account: account.account)
    now = as_of if memory.as_of is None else max(as_of, memory.as_of)
    reading = read_risk(memory, ordered, (rule,), as_of=now, policy=policy)
    return DrillReport(
        rule=find_rule(rules, rule_id),
        as_of=now,
        is_paper=all(account.is_paper for account in accounts),
        instances=tuple(_instances(reading, memory, rule)),
    )


def _instances(
    reading: Reading, memory: CycleMemory, rule: BreakerRule
) -> Iterator[DrilledInstance]:
    navs = reading.snapshot.values[:, COLUMN[Metric.NAV]]
    book = align_breakers(memory.breakers, reading.instances, navs)
    for row, (_, scope) in enumerate(book.keys):
        known = current_value(rule, scope, float(book.memory.peak[row]), reading.snapshot)
        value = nan if known is None else known
        condition_holds = holds(COMPARISON_CODES[rule.comparison], value, rule.threshold)
        plan = Plan()
        trigger = _trigger(reading, rule, scope, value, by_hand=not condition_holds)
        plan_trigger(plan, trigger, reading.snapshot, reading.layout)
        ahead = rule.threshold - value if rule.comparison in UPWARD else value - rule.threshold
        yield DrilledInstance(
            scope=scope,
            state=STATE_NAMES[int(book.memory.state[row])],
            value=known,
            distance=None if isnan(ahead) else ahead,
            condition_holds=bool(condition_holds),
            commands=tuple(command_in_words(each, reading.snapshot) for each in plan.commands),
            restrictions=tuple(plan.restrictions),
            left_alone=tuple(dict.fromkeys(_left_alone(reading, trigger, plan))),
        )


def _trigger(
    reading: Reading, rule: BreakerRule, scope: Scope, value: float, *, by_hand: bool
) -> Trigger:
    if by_hand:
        reason = why_by_hand(rule, scope, value, reading.snapshot)
    else:
        reason = why(rule, scope, value, reason=unknown_reason(reading.snapshot, scope))
    return Trigger(rule, scope, reason, by_hand=by_hand)


def _left_alone(reading: Reading, trigger: Trigger, plan: Plan) -> Iterator[str]:
    snapshot, layout = reading.snapshot, reading.layout
    for event in plan.events:
        if event.kind is BreakerEventKind.BLOCKED:
            yield event.detail
    wanted = [action for action in trigger.rule.actions if action.kind in ON_POSITIONS]
    members = [row for row, _ in scope_members(layout, trigger.scope)]
    if wanted and not members:
        yield "nothing is open in this scope"
    for action in wanted:
        alone = Plan()
        only = replace(trigger, rule=replace(trigger.rule, actions=(action,)))
        plan_trigger(alone, only, snapshot, layout)
        if not any(event.kind is BreakerEventKind.BLOCKED for event in alone.events):
            yield from why_untouched(action, members, alone, snapshot)


def distance_in_words(rule: BreakerRule, instance: DrilledInstance) -> str:
    """Say how far a metric is from its threshold, with its unit."""
    if instance.distance is None:
        return "nobody knows how far away"
    if instance.condition_holds:
        return "its condition holds now"
    return f"{in_words(rule.metric, instance.distance)} to go"
