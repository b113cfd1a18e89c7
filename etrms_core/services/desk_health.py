"""Whether the monitor lives and how fresh its sources are."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import inf

from etrms_core.domain.policy import RiskPolicy
from etrms_core.risk.snapshot import DataQuality
from etrms_core.services.monitor_thread import MonitorThread
from etrms_core.services.risk_state import RiskState


class HealthStatus(StrEnum):
    """`ok`, `degraded` (a source is stale), or `dead` (nobody guards the accounts)."""

    OK = "ok"
    DEGRADED = "degraded"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class DeskHealth:
    """Health as programs ask for it.

    Attributes
    ----------
    monitor_age_seconds : float or None
        Since the last cycle that succeeded; None before the first one.
    sources : dict of str to float or None
        Age of every account's reading now, None when it was never read.
    """

    status: HealthStatus
    monitor_age_seconds: float | None
    mode: str
    sources: dict[str, float | None]
    error: str | None = None


def desk_health(
    state: RiskState | None, thread: MonitorThread, *, now: datetime, policy: RiskPolicy
) -> DeskHealth:
    """Judge the monitor by its thread and its last success, and every source by its age."""
    age = thread.age_seconds
    if state is None or age is None:
        return DeskHealth(HealthStatus.DEAD, age, "paper", {}, thread.last_error)
    passed = (now - state.as_of).total_seconds()
    sources = {
        source.account: None if source.age_seconds == inf else source.age_seconds + max(0.0, passed)
        for source in state.snapshot.sources
    }
    status = HealthStatus.OK
    if any(source.quality is not DataQuality.FRESH for source in state.snapshot.sources):
        status = HealthStatus.DEGRADED
    if thread.last_error is not None:
        status = HealthStatus.DEGRADED
    if not thread.is_alive or age > policy.stale_after_seconds:
        status = HealthStatus.DEAD
    return DeskHealth(
        status, age, "paper" if state.is_paper else "live", sources, thread.last_error
    )
