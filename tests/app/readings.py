"""Snapshots and states of hand-made accounts, through the real risk cycle."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from etrms_core.breakers.rules import ActionKind, BreakerAction, BreakerRule
from etrms_core.domain.account import AccountState, Position
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.risk_cycle import run_risk_cycle
from etrms_core.risk.metrics import Metric
from etrms_core.services.risk_state import RiskState, breaker_views
from tests.builders import NOW, make_account, make_position


def position_with(symbol: str = "BTCUSDT", quantity: float = 1.0, **fields: Any) -> Position:  # noqa: ANN401  any field of the value
    """Build a position with any field that the builder does not ask for."""
    return replace(make_position(symbol, quantity), **fields)


def account_with(*positions: Position, **fields: Any) -> AccountState:  # noqa: ANN401  any field of the value
    """Build an account with any field that the builder does not ask for."""
    return replace(make_account(*positions), **fields)


def run_cycles(
    *readings: Sequence[AccountState],
    rules: Sequence[BreakerRule] = (),
    start: datetime = NOW,
    policy: RiskPolicy | None = None,
) -> RiskState:
    """Run one cycle per reading at one time, and show the state after the last."""
    memory = CycleMemory()
    for accounts in readings:
        result = run_risk_cycle(memory, accounts, rules, as_of=start, policy=policy or RiskPolicy())
        memory = result.memory
    return RiskState(
        snapshot=result.snapshot,
        accounts=tuple(readings[-1]),
        memory=memory,
        breakers=breaker_views(memory, tuple(rules), result.snapshot),
    )


def make_rule(name: str = "rule", **fields: Any) -> BreakerRule:  # noqa: ANN401  any field of the value
    """Build a rule that notifies at a drawdown of 10 %."""
    rule = BreakerRule(
        rule_id=name,
        name=name,
        metric=Metric.DRAWDOWN,
        threshold=0.1,
        actions=(BreakerAction(ActionKind.NOTIFY),),
    )
    return replace(rule, **fields)
