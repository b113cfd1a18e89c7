"""What a desk looks after at every tick, beside its monitor."""

from collections.abc import Callable
from datetime import timedelta
from time import monotonic

from etrms_core.domain.intents import Intent, IntentState
from etrms_core.engine.foreign_desks import foreign_desks
from etrms_core.engine.intent_events import describe
from etrms_core.engine.settlement import is_refused_for_now
from etrms_core.engine.storage_ports import KILLS
from etrms_core.services.alarms import AlarmCode
from etrms_core.services.desk_parts import DeskParts
from etrms_core.services.rhythm import Rhythm
from etrms_core.services.risk_state import RiskState
from etrms_core.services.steady_clock import SteadyClock
from etrms_core.services.supervisor import Role, Supervisor

STORED_EVERY_SECONDS = 1.0
SLOW_EVERY_SECONDS = 2.0
PRUNE_EVERY_SECONDS = 3600.0
UNSETTLED_AFTER = timedelta(seconds=30)
AHEAD_AT_MOST = timedelta(seconds=5)
MOST_TOLD = 3


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
        self._rhythm = Rhythm(seconds)
        self.stored: RiskState | None = None

    def look(self) -> None:
        """Do what is due."""
        if self._supervisor.role is not Role.ACTIVE:
            if self._rhythm.is_due("stored", every_seconds=STORED_EVERY_SECONDS):
                self.stored = self._stored_state()
            return
        if any(request.kind in KILLS for request in self._parts.log.requests()):
            self._supervisor.guard.urge()
        if self._rhythm.is_due("alarms", every_seconds=SLOW_EVERY_SECONDS):
            self._sound_foreign_desks()
            self._sound_unsettled()
            self._sound_clock()
            self._sound_undelivered()
        if self._rhythm.is_due("prune", every_seconds=PRUNE_EVERY_SECONDS):
            self._prune()

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
        waiting = self._parts.log.open_intents()
        refused = [intent for intent in waiting if is_refused_for_now(intent)]
        old = [
            intent
            for intent in waiting
            if intent.state is IntentState.SENT
            and now - intent.decided_at > UNSETTLED_AFTER
            and intent not in refused
        ]
        if not (refused or old):
            self._parts.alarms.clear(AlarmCode.ORDER_UNSETTLED)
            return
        texts = (_refused_text(refused), _unsettled_text(old))
        self._parts.alarms.sound(AlarmCode.ORDER_UNSETTLED, ". ".join(filter(None, texts)))

    def _sound_clock(self) -> None:
        clock = self._parts.clock
        ahead = clock.ahead if isinstance(clock, SteadyClock) else timedelta(0)
        if ahead <= AHEAD_AT_MOST:
            self._parts.alarms.clear(AlarmCode.CLOCK_TROUBLE)
            return
        self._parts.alarms.sound(AlarmCode.CLOCK_TROUBLE, _clock_text(ahead))

    def _sound_undelivered(self) -> None:
        status = self._parts.notifications.notifier.status()
        if status.undelivered == 0 and status.trouble is None:
            self._parts.alarms.clear(AlarmCode.NOTIFICATIONS_UNDELIVERED)
            return
        text = status.trouble or (
            f"notifications that did not arrive: {status.undelivered}; see the page Notifications"
        )
        self._parts.alarms.sound(AlarmCode.NOTIFICATIONS_UNDELIVERED, text)

    def _prune(self) -> None:
        self._parts.stores.maintenance.prune(
            self._parts.retention, now=self._parts.clock(), lease=self._parts.tenure.lease
        )


def _refused_text(intents: list[Intent]) -> str:
    told = [f"{describe(intent.action)}: {intent.detail}" for intent in intents[:MOST_TOLD]]
    more = len(intents) - len(told)
    return "; ".join([*told, f"and {more} more"] if more else told)


def _unsettled_text(intents: list[Intent]) -> str:
    if not intents:
        return ""
    accounts = ", ".join(sorted({intent.account for intent in intents}))
    return (
        f"nobody knows yet what became of {len(intents)} orders on {accounts}; the desk goes on "
        "looking and sends nothing twice"
    )


def _clock_text(ahead: timedelta) -> str:
    return (
        "this machine's clock was set back: the desk's own clock is "
        f"{ahead.total_seconds():,.0f} s ahead of it. Breakers, pauses and cooldowns go on at the "
        "right rate, but times are shown that much too late and venues may refuse orders; check "
        "the time of this machine. It is over when the machine's clock has caught up"
    )
