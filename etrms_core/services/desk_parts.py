"""What a desk is made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.audit_ports import DEFAULT_RETENTION, Retention
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.ports import Clock, ExchangePort
from etrms_core.engine.settlement import DEFAULT_PATIENCE, Patience
from etrms_core.errors import ConfigurationError
from etrms_core.services.alarms import AlarmBoard
from etrms_core.services.backtest_jobs import BacktestJobs
from etrms_core.services.commitment import Commitment
from etrms_core.services.desk_log import DeskLog
from etrms_core.services.limits import LimitsDesk
from etrms_core.services.notifications import Notifications
from etrms_core.services.owner import OwnerDesk
from etrms_core.services.tenure import Tenure

Exchanges = Mapping[str, ExchangePort]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskParts:
    """Everything that a desk is made of.

    Attributes
    ----------
    open_exchanges : callable
        Opens the venues; called when this process begins to act, so that what another process
        did to a paper account in between is seen.
    resume_delay : timedelta
        How long a loosening, or a resume while a breaker is latched, waits where real money is.
    commitment : Commitment or None
        None for one whose delay is `resume_delay`.
    jobs : BacktestJobs or None
        None in a desk that only guards.
    """

    stores: DeskStores
    log: DeskLog
    tenure: Tenure
    alarms: AlarmBoard
    limits: LimitsDesk
    owner: OwnerDesk
    notifications: Notifications
    open_exchanges: Callable[[], Exchanges]
    clock: Clock
    policy: RiskPolicy
    desk_id: str
    interval_seconds: float = 1.0
    resume_delay: timedelta = timedelta(hours=1)
    commitment: Commitment | None = None
    jobs: BacktestJobs | None = None
    retention: Retention = DEFAULT_RETENTION
    patience: Patience = DEFAULT_PATIENCE

    def required_jobs(self) -> BacktestJobs:
        """Return the jobs; ConfigurationError where there are none."""
        if self.jobs is None:
            raise ConfigurationError("this desk runs no jobs")
        return self.jobs
