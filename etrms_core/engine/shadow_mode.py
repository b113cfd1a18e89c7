"""Rules in shadow mode: they say what they would have done, and do nothing."""

from collections.abc import Iterator
from dataclasses import replace

from etrms_core.breakers.rules import ActionKind, BreakerAction
from etrms_core.domain.events import BreakerEvent, BreakerEventKind
from etrms_core.engine.breaker_sentences import breaker_event
from etrms_core.engine.command_sentences import command_in_words
from etrms_core.engine.merging import Plan
from etrms_core.engine.planning import Trigger, plan_trigger
from etrms_core.risk.scope_layout import ScopeLayout
from etrms_core.risk.snapshot import RiskSnapshot


def shadow_events(
    trigger: Trigger, snapshot: RiskSnapshot, layout: ScopeLayout
) -> Iterator[BreakerEvent]:
    """Say of each action of a trigger what it would have done; each event only notifies.

    An action is planned as if it were the only one, so that what a larger one would have covered
    is told, too.
    """
    for action in trigger.rule.actions:
        told = _told(trigger, action, snapshot, layout)
        yield breaker_event(
            trigger.rule,
            trigger.scope,
            BreakerEventKind.ACTED,
            f"shadow mode, not carried out: {action} would {told}",
            occurred_at=snapshot.as_of,
            action=ActionKind.NOTIFY.value,
        )


def _told(
    trigger: Trigger, action: BreakerAction, snapshot: RiskSnapshot, layout: ScopeLayout
) -> str:
    if action.kind is ActionKind.NOTIFY:
        return "notify"
    plan = Plan()
    alone = replace(trigger, rule=replace(trigger.rule, actions=(action,)))
    plan_trigger(plan, alone, snapshot, layout)
    wanted = [command_in_words(command, snapshot) for command in plan.commands]
    for each in plan.restrictions:
        end = "until a reset" if each.until is None else f"until {each.until:%Y-%m-%d %H:%M:%S} UTC"
        wanted.append(f"forbid new or larger positions in {each.scope} {end}")
    return "; ".join(wanted) or "find nothing to do"
