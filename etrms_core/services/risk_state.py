"""What the desk shows: one immutable state per cycle."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from etrms_core.breakers.rules import BreakerRule, DrawdownBasis
from etrms_core.domain.account import AccountState
from etrms_core.domain.identifiers import Scope
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.restrictions import Restriction
from etrms_core.kernels import breaker_state as states
from etrms_core.kernels.breaker_state import NEVER_MS
from etrms_core.kernels.drawdown import drawdown_fraction
from etrms_core.risk.metrics import Metric
from etrms_core.risk.snapshot import RiskSnapshot

STATE_NAMES = {
    states.ARMED: "armed",
    states.COOLING_DOWN: "cooling_down",
    states.WAITING_RESET: "waiting_reset",
    states.LATCHED: "latched",
}


@dataclass(frozen=True, slots=True)
class BreakerView:
    """State of one rule in one scope.

    `triggered_at_ms` is None before the first trigger.
    """

    rule: BreakerRule
    scope: Scope
    state: str
    value: float | None
    triggered_at_ms: int | None


@dataclass(frozen=True, slots=True, eq=False)
class RiskState:
    """One cycle's outcome for readers; never changed after it was published.

    Attributes
    ----------
    source_errors : mapping of str to str
        By account, why it could not be read at this cycle.
    cycle_seconds : float
        How long the cycle took, reading the venues included.
    """

    snapshot: RiskSnapshot
    accounts: tuple[AccountState, ...]
    memory: CycleMemory
    breakers: tuple[BreakerView, ...]
    source_errors: Mapping[str, str] = field(default_factory=dict)
    cycle_seconds: float = 0.0

    @property
    def as_of(self) -> datetime:
        """When the cycle ran."""
        return self.snapshot.as_of

    @property
    def blocks(self) -> tuple[Restriction, ...]:
        """What may not be traded now."""
        return self.memory.blocks

    @property
    def is_paper(self) -> bool:
        """Whether no account holds real money."""
        return all(account.is_paper for account in self.accounts)


def breaker_views(
    memory: CycleMemory, rules: tuple[BreakerRule, ...], snapshot: RiskSnapshot
) -> tuple[BreakerView, ...]:
    """Show every instance, in the order of the rules; a rule without an instance is left out."""
    by_id = {rule.rule_id: rule for rule in rules}
    book = memory.breakers
    views = []
    for row, (rule_id, scope) in enumerate(book.keys):
        rule = by_id.get(rule_id)
        if rule is None:
            continue
        triggered = int(book.memory.triggered_at_ms[row])
        views.append(
            BreakerView(
                rule,
                scope,
                STATE_NAMES[int(book.memory.state[row])],
                current_value(rule, scope, float(book.memory.peak[row]), snapshot),
                None if triggered == NEVER_MS else triggered,
            )
        )
    return tuple(views)


def current_value(
    rule: BreakerRule, scope: Scope, peak: float, snapshot: RiskSnapshot
) -> float | None:
    """Value that an instance compares now; a drawdown is measured from its own basis."""
    if rule.metric is not Metric.DRAWDOWN:
        return snapshot.value(rule.metric, scope)
    nav = snapshot.value(Metric.NAV, scope)
    if nav is None:
        return None
    match rule.drawdown_basis:
        case DrawdownBasis.PEAK:
            return float(drawdown_fraction(nav, peak))
        case DrawdownBasis.INITIAL:
            return float(drawdown_fraction(nav, 1.0))
        case DrawdownBasis.DAY_START:
            loss = snapshot.value(Metric.DAILY_LOSS, scope)
            return None if loss is None else max(0.0, loss)
