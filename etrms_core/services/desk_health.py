"""Whether the accounts are guarded, how fresh the sources are, and what is wrong."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import inf

from etrms_core.domain.policy import RiskPolicy
from etrms_core.risk.snapshot import DataQuality
from etrms_core.services.alarms import Alarm, AlarmCode
from etrms_core.services.monitor_thread import MonitorThread
from etrms_core.services.risk_state import RiskState
from etrms_core.services.supervisor import Role


class HealthStatus(StrEnum):
    """`ok`, `degraded` (a source is stale, or an alarm stands), or `dead` (nobody guards)."""

    OK = "ok"
    DEGRADED = "degraded"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class DeskHealth:
    """Health as programs ask for it.

    Attributes
    ----------
    monitor_age_seconds : float or None
        Since the last cycle that succeeded, of this process or of the one that acts; None before
        the first one.
    sources : dict of str to float or None
        Age of every account's reading now, None when it was never read.
    """

    status: HealthStatus
    monitor_age_seconds: float | None
    mode: str
    sources: dict[str, float | None]
    role: Role = Role.IDLE
    alarms: tuple[Alarm, ...] = ()
    error: str | None = None


FATAL = frozenset({AlarmCode.MONITOR_DEAD, AlarmCode.MONITOR_HUNG})


@dataclass(frozen=True, slots=True)
class Pulse:
    """How the monitor does: by its thread where it runs, by its last stored cycle elsewhere."""

    age_seconds: float | None
    is_alive: bool
    error: str | None = None


def pulse_of(thread: MonitorThread | None, state: RiskState | None, *, now: datetime) -> Pulse:
    """Take the pulse of the monitor that acts.

    Until the first cycle of a monitor that takes over, the last one of its predecessor counts.
    """
    stored = None if state is None else max(0.0, (now - state.as_of).total_seconds())
    if thread is None:
        return Pulse(stored, is_alive=state is not None)
    age = stored if thread.age_seconds is None else thread.age_seconds
    return Pulse(age, thread.is_alive, thread.last_error)


def desk_health(
    state: RiskState | None,
    pulse: Pulse,
    *,
    role: Role,
    alarms: tuple[Alarm, ...],
    now: datetime,
    policy: RiskPolicy,
) -> DeskHealth:
    """Judge the monitor by its pulse and its alarms, and every source by its age."""
    age = pulse.age_seconds
    if state is None or age is None:
        return DeskHealth(HealthStatus.DEAD, age, "paper", {}, role, alarms, pulse.error)
    passed = (now - state.as_of).total_seconds()
    sources = {
        source.account: None if source.age_seconds == inf else source.age_seconds + max(0.0, passed)
        for source in state.snapshot.sources
    }
    mode = "paper" if state.is_paper else "live"
    status = _status(state, pulse, alarms, is_late=age > policy.stale_after_seconds)
    return DeskHealth(status, age, mode, sources, role, alarms, pulse.error)


def _status(
    state: RiskState, pulse: Pulse, alarms: tuple[Alarm, ...], *, is_late: bool
) -> HealthStatus:
    if not pulse.is_alive or is_late or any(alarm.code in FATAL for alarm in alarms):
        return HealthStatus.DEAD
    is_stale = any(source.quality is not DataQuality.FRESH for source in state.snapshot.sources)
    if is_stale or alarms or pulse.error is not None:
        return HealthStatus.DEGRADED
    return HealthStatus.OK
