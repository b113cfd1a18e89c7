"""What one cycle leaves behind, put together for the store."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isnan

from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.account import AccountState
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.decision_record import decision_hash
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.memory_document import memory_hash
from etrms_core.engine.risk_cycle import CycleResult
from etrms_core.engine.storage_ports import (
    AccountEquity,
    DeskRequest,
    HistoryPoint,
    RecordedCycle,
)
from etrms_core.risk.metrics import Metric
from etrms_core.risk.snapshot import DataQuality, RiskSnapshot

HISTORY_EVERY = timedelta(seconds=10)
KEYFRAME_EVERY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleInputs:
    """Everything that a decision was made of, beside the memory before it."""

    as_of: datetime
    accounts: tuple[AccountState, ...]
    rules: tuple[BreakerRule, ...]
    requests: tuple[DeskRequest, ...]
    policy: RiskPolicy


class CycleRecorder:
    """Decides how often readings and whole memories are kept; the first of each is kept always."""

    def __init__(self) -> None:
        self._last_point: datetime | None = None
        self._last_keyframe: datetime | None = None

    def point(self, snapshot: RiskSnapshot) -> HistoryPoint | None:
        """Return the portfolio's figures when it is time to keep them."""
        if not _is_due(self._last_point, snapshot.as_of, HISTORY_EVERY):
            return None
        self._last_point = snapshot.as_of
        return history_point(snapshot)

    def recorded(
        self, before: CycleMemory, inputs: CycleInputs, result: CycleResult
    ) -> RecordedCycle:
        """Write a decision down with its inputs, and with the memory before it now and then."""
        is_keyframe = _is_due(self._last_keyframe, inputs.as_of, KEYFRAME_EVERY)
        if is_keyframe:
            self._last_keyframe = inputs.as_of
        return RecordedCycle(
            as_of=inputs.as_of,
            accounts=inputs.accounts,
            rules=inputs.rules,
            requests=inputs.requests,
            policy=inputs.policy,
            decision_hash=decision_hash(inputs.as_of, result.commands, result.memory),
            memory_hash=memory_hash(result.memory),
            memory_before=before if is_keyframe else None,
        )


def history_point(snapshot: RiskSnapshot) -> HistoryPoint:
    """Pick the portfolio's figures that are kept over time."""
    return HistoryPoint(
        observed_at=snapshot.as_of,
        equity=snapshot.value(Metric.EQUITY),
        nav=snapshot.value(Metric.NAV),
        drawdown=snapshot.value(Metric.DRAWDOWN),
        gross_exposure=snapshot.value(Metric.GROSS_EXPOSURE),
        gross_leverage=snapshot.value(Metric.GROSS_LEVERAGE),
        margin_ratio=snapshot.value(Metric.MARGIN_RATIO),
        accounts=account_equities(snapshot),
    )


def account_equities(snapshot: RiskSnapshot) -> tuple[AccountEquity, ...]:
    """Pick the equity of every account; None where its figures do not count."""
    return tuple(
        AccountEquity(
            source.account,
            None if source.quality is DataQuality.UNKNOWN or isnan(equity) else float(equity),
        )
        for source, equity in zip(snapshot.sources, snapshot.accounts.equity, strict=True)
    )


def _is_due(last: datetime | None, now: datetime, every: timedelta) -> bool:
    return last is None or now - last >= every
