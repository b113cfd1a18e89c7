"""A person fires a rule by hand, on paper accounts only."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from etrms_core.breakers.breaker_book import BreakerBook, BreakerStep, InstanceTable
from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.domain.identifiers import Scope, ScopeKind
from etrms_core.engine.breaker_sentences import in_words, unknown_reason, why
from etrms_core.engine.reading import Reading
from etrms_core.kernels import breaker_state as states
from etrms_core.kernels.arrays import Records, copied
from etrms_core.risk.calendar import to_ms
from etrms_core.risk.snapshot import RiskSnapshot

WHY_NOT_ARMED = {
    states.COOLING_DOWN: "it cools down from its last trigger",
    states.WAITING_RESET: "it waits for its reset threshold",
    states.LATCHED: "it is latched until a person resets it",
}


@dataclass(frozen=True, slots=True, eq=False)
class ForcedStep:
    """A step with the triggers by hand in it.

    Attributes
    ----------
    rows : frozenset of int
        Instances that fired by hand.
    refusals : tuple of DeskEvent
        What was asked for and not done, and why.
    """

    step: BreakerStep
    rows: frozenset[int] = frozenset()
    refusals: tuple[DeskEvent, ...] = ()


def force_triggers(
    reading: Reading, step: BreakerStep, readings: Records, forced: frozenset[str]
) -> ForcedStep:
    """Fire the armed instances of these rules as if their conditions held.

    It does not matter whether a rule is due at this reading. An instance that fires by itself at
    this reading fires once, and counts as fired by hand.

    Parameters
    ----------
    step : BreakerStep
        What this reading did by itself; stays as it was.
    readings : ndarray of shape (n_instances,)
        Records of READING.
    """
    if not forced:
        return ForcedStep(step)
    memory = copied(step.book.memory)
    outcomes, values = step.outcomes.copy(), step.values.copy()
    rows: set[int] = set()
    refusals: list[DeskEvent] = []
    for rule_id in sorted(forced):
        wanted = _instances_of(reading.instances, rule_id)
        refusals += _refused_whole(reading, rule_id, wanted)
        for row in wanted:
            reason = _refused(reading, step, row)
            if reason is not None:
                refusals.append(_refusal(reading, rule_id, reason, _scope(reading, row)))
                continue
            rows.add(row)
            if not outcomes[row] & states.TRIGGERED:
                rule, now = reading.instances.arrays[row], to_ms(reading.snapshot.as_of)
                values[row] = states.measured_value(
                    rule, memory[row], readings.value[row], readings.nav[row]
                )
                outcomes[row] |= states.trigger(rule, memory[row], now)
    forced_step = BreakerStep(BreakerBook(step.book.keys, memory), outcomes, values)
    return ForcedStep(forced_step, frozenset(rows), tuple(refusals))


def why_by_hand(rule: BreakerRule, scope: Scope, value: float, snapshot: RiskSnapshot) -> str:
    """Say in one sentence that a person fired a rule, and where its metric stands."""
    by_hand = "a person triggered it by hand"
    if np.isnan(value):
        return f"{by_hand}; {why(rule, scope, value, reason=unknown_reason(snapshot, scope))}"
    limit = f"{rule.comparison.value} {in_words(rule.metric, rule.threshold)}"
    present = f"{rule.metric.value} of {scope} is {in_words(rule.metric, value)}"
    return f"{by_hand}; {present}, by itself it fires at {limit}"


def _instances_of(instances: InstanceTable, rule_id: str) -> list[int]:
    return [row for row, (owner, _) in enumerate(instances.keys) if owner == rule_id]


def _refused_whole(reading: Reading, rule_id: str, wanted: list[int]) -> Iterator[DeskEvent]:
    if wanted:
        return
    known = {rule.rule_id for rule in reading.instances.rules}
    reason = "it watches nothing now" if rule_id in known else "there is no such breaker"
    yield _refusal(reading, rule_id, reason)


def _refused(reading: Reading, step: BreakerStep, row: int) -> str | None:
    instances = reading.instances
    if not instances.rules[instances.rule[row]].enabled:
        return "it is disabled"
    live = _live_accounts(reading, _scope(reading, row))
    if live:
        return f"only paper accounts take it, {', '.join(live)} holds real money"
    if reading.held_scopes[instances.scope[row]]:
        return "an equity jumped and nobody can explain it yet"
    fired_now = step.outcomes[row] & states.TRIGGERED
    return None if fired_now else WHY_NOT_ARMED.get(int(step.book.memory.state[row]))


def _live_accounts(reading: Reading, scope: Scope) -> list[str]:
    """Name the accounts with real money that a rule in a scope can act on or restrict.

    A symbol or a strategy is restricted wherever it is traded: on every account.
    """
    return [
        account.account
        for account in reading.snapshot.table.accounts
        if not account.is_paper
        and (scope.kind is not ScopeKind.EXCHANGE or account.venue == scope.name)
    ]


def _scope(reading: Reading, row: int) -> Scope:
    scope: Scope = reading.instances.scopes[reading.instances.scope[row]]
    return scope


def _refusal(reading: Reading, rule_id: str, reason: str, scope: Scope | None = None) -> DeskEvent:
    where = "" if scope is None else f" in {scope}"
    text = f"{rule_id} was not triggered by hand{where}: {reason}"
    return DeskEvent(reading.snapshot.as_of, DeskEventKind.REQUEST_REFUSED, rule_id, text)
