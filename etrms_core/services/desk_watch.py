"""What a desk looks after at every tick, beside its monitor."""

from collections.abc import Callable
from datetime import timedelta
from time import monotonic

from etrms_core.domain.intents import Intent, IntentState
from etrms_core.engine.foreign_desks import foreign_desks
from etrms_core.engine.storage_ports import KILLS
from etrms_core.services.alarms import AlarmCode
from etrms_core.services.desk_parts import DeskParts
from etrms_core.services.risk_state import RiskState
from etrms_core.services.supervisor import Role, Supervisor

STORED_EVERY_SECONDS = 1.0
SLOW_EVERY_SECONDS = 2.0
PRUNE_EVERY_SECONDS = 3600.0
UNSETTLED_AFTER = timedelta(seconds=30)


class DeskWatch:
    """Hurries the monitor for a kill switch, sounds alarms, keeps the database small.

    Attributes
    ----------
    stored : RiskState or None
        In a process that stands by: the newest state of the one that acts.
    """

    def __init__(
        self,
        parts: DeskParts,
        supervisor: Supervisor,
        *,
        stored_state: Callable[[], RiskState | None],
        seconds: Callable[[], float] = monotonic,
    ) -> None:
        self._parts = parts
        self._supervisor = supervisor
        self._stored_state = stored_state
        self._seconds = seconds
        self._done_at: dict[str, float] = {}
        self.stored: RiskState | None = None

    def look(self) -> None:
        """Do what is due."""
        if self._supervisor.role is not Role.ACTIVE:
            if self._is_due("stored", STORED_EVERY_SECONDS):
                self.stored = self._stored_state()
            return
        if any(request.kind in KILLS for request in self._parts.log.requests()):
            self._supervisor.guard.urge()
        if self._is_due("alarms", SLOW_EVERY_SECONDS):
            self._sound_foreign_desks()
            self._sound_unsettled()
        if self._is_due("prune", PRUNE_EVERY_SECONDS):
            self._prune()

    def _is_due(self, what: str, every_seconds: float) -> bool:
        now = self._seconds()
        if now - self._done_at.get(what, float("-inf")) < every_seconds:
            return False
        self._done_at[what] = now
        return True

    def _sound_foreign_desks(self) -> None:
        state = self._supervisor.guard.monitor.state()
        if state is None:
            return
        found = foreign_desks(state.accounts, desk_id=self._parts.desk_id)
        if not found:
            self._parts.alarms.clear(AlarmCode.FOREIGN_DESK)
            return
        names = ", ".join(f"{desk} on {account}" for account, desk in found)
        text = f"another desk trades an account that this one guards: {names}; stop one of them"
        self._parts.alarms.sound(AlarmCode.FOREIGN_DESK, text)

    def _sound_unsettled(self) -> None:
        now = self._parts.clock()
        old = [
            intent
            for intent in self._parts.log.open_intents()
            if intent.state is IntentState.SENT and now - intent.decided_at > UNSETTLED_AFTER
        ]
        if not old:
            self._parts.alarms.clear(AlarmCode.ORDER_UNSETTLED)
            return
        self._parts.alarms.sound(AlarmCode.ORDER_UNSETTLED, _unsettled_text(old))

    def _prune(self) -> None:
        self._parts.stores.maintenance.prune(
            self._parts.retention, now=self._parts.clock(), lease=self._parts.tenure.lease
        )


def _unsettled_text(intents: list[Intent]) -> str:
    accounts = ", ".join(sorted({intent.account for intent in intents}))
    return (
        f"nobody knows yet what became of {len(intents)} orders on {accounts}; the desk goes on "
        "looking and sends nothing twice"
    )
