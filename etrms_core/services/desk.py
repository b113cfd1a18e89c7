"""The desk that app, API and command line use."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.lease import Lease
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.changes import Change, EndPause, ResumeTrading
from etrms_core.engine.ports import ExchangePort
from etrms_core.engine.risk_cycle import run_risk_cycle
from etrms_core.engine.storage_ports import (
    DeskRequest,
    HistoryPoint,
    RequestKind,
    RequestProgress,
    StoredEvent,
)
from etrms_core.errors import LeaseLostError
from etrms_core.kernels.breaker_state import LATCHED
from etrms_core.services.account_records import AccountRecords
from etrms_core.services.alarms import Alarm, AlarmBoard
from etrms_core.services.audit import Audit
from etrms_core.services.backtest_jobs import BacktestJobs
from etrms_core.services.breaker_history import BreakerHistory
from etrms_core.services.breaker_rules import BreakerRules
from etrms_core.services.commitment import Commitment
from etrms_core.services.desk_health import DeskHealth, desk_health, pulse_of
from etrms_core.services.desk_parts import DeskParts
from etrms_core.services.desk_watch import DeskWatch
from etrms_core.services.guard import Guard
from etrms_core.services.order_desk import OrderDesk
from etrms_core.services.position_actions import PositionActions
from etrms_core.services.preferences import PreferencesDesk
from etrms_core.services.risk_monitor import MonitorSetup
from etrms_core.services.risk_state import STATE_NAMES, RiskState, breaker_views
from etrms_core.services.sign_in import SignIn
from etrms_core.services.subscriptions import Callback, Subscriptions, Topic
from etrms_core.services.supervisor import Role, Supervisor
from etrms_core.services.trading_bot import TradingBot


class Desk:
    """Accounts, breakers, orders, events and the monitor of one trader.

    `start` begins to guard the accounts, or to stand by while another process does; without it
    the desk only shows what was stored last.
    """

    def __init__(self, parts: DeskParts) -> None:
        self._parts = parts
        self._store = parts.stores.desk
        self._clock = parts.clock
        self._subscriptions = Subscriptions()
        self._closers: list[Callable[[], None]] = []
        self._make_bot: Callable[[Guard], TradingBot] | None = None
        self._is_started = False
        self._supervisor = Supervisor(
            parts.tenure,
            begin=self._begin,
            note=self._note,
            alarms=parts.alarms,
            dead_after_seconds=parts.policy.stale_after_seconds,
        )
        self._watch = DeskWatch(parts, self._supervisor, stored_state=self.stored_state)
        self.commitment = parts.commitment or Commitment(
            parts.stores, clock=parts.clock, fallback_delay=parts.resume_delay
        )
        self._supervisor.on_tick += [self._watch.look, self._look_after_changes]
        self.breakers = BreakerRules(
            self._store, clock=parts.clock, may_loosen=lambda: not self.commitment.delay
        )
        self.breaker_history = BreakerHistory(self._store, parts.stores.intents)
        self.audit = Audit(parts.stores.audit)
        self.account_records = AccountRecords(parts.stores, clock=parts.clock)
        self.limits = parts.limits
        self.owner = parts.owner
        self.notifications = parts.notifications
        self.sign_in = SignIn(parts.stores, parts.owner, clock=parts.clock, desk_id=parts.desk_id)
        self.preferences = PreferencesDesk(parts.stores.preferences, parts.stores.owner)
        self.position_actions = PositionActions(
            lambda: self._supervisor.guard,
            parts.stores.intents,
            find=parts.log.find_intent,
            state=self.state,
            clock=parts.clock,
        )

    @property
    def orders(self) -> OrderDesk:
        """The one way out for orders; LeaseLostError in a process that does not act."""
        return self._supervisor.guard.orders

    @property
    def policy(self) -> RiskPolicy:
        """How sources and calendar are read."""
        return self._parts.policy

    @property
    def jobs(self) -> BacktestJobs:
        """Backtests and other long work; ConfigurationError in a desk that only guards."""
        return self._parts.required_jobs()

    def now(self) -> datetime:
        """Return the time of the desk's clock, which never goes back."""
        return self._clock()

    @property
    def role(self) -> Role:
        """What this process does for the desk."""
        return self._supervisor.role

    def start(self, *, bot: Callable[[Guard], TradingBot] | None = None) -> None:
        """Guard the accounts, or stand by; with a trading bot on the paper account when given."""
        self._make_bot = bot
        self._is_started = True
        self._note(DeskEventKind.MONITOR_STARTED, "the monitor started")
        self._supervisor.start()

    def close(self) -> None:
        """Stop the monitor and give the lease up; all state is stored already."""
        self._supervisor.close()
        if self._is_started:
            self._is_started = False
            self._note(DeskEventKind.MONITOR_STOPPED, "the monitor stopped")
        while self._closers:
            self._closers.pop()()

    def when_closed(self, closer: Callable[[], None]) -> None:
        """Call back once, after the monitor has stopped."""
        self._closers.append(closer)

    def act_alone(self, *, by_force: bool = False) -> bool:
        """Take the lease, if nobody acts or by force, to run cycles with `refresh`."""
        return self._supervisor.act_alone(by_force=by_force)

    def refresh(self) -> RiskState:
        """Run one cycle now, in the caller's thread; LeaseLostError when another process acts."""
        if not self.act_alone():
            raise LeaseLostError("another process acts for this desk")
        self._look_after_changes()
        return self._supervisor.guard.refresh()

    def state(self) -> RiskState | None:
        """Return the newest state: of this process's monitor, or of the one that acts."""
        guard = self._acting()
        newest = None if guard is None else guard.monitor.state()
        return newest or self._watch.stored

    def stored_state(self) -> RiskState | None:
        """Rebuild the state of the last stored cycle, whoever ran it; None when none ever ran.

        In the process that acts it is as new when only the emergency journal has it.
        """
        source = self._parts.log if self.role is Role.ACTIVE else self._store
        memory, accounts = source.load_memory(), source.load_accounts()
        if memory.as_of is None or not accounts:
            return None
        rules = source.rules()
        result = run_risk_cycle(memory, accounts, rules, as_of=memory.as_of, policy=self.policy)
        return RiskState(
            snapshot=result.snapshot,
            accounts=accounts,
            memory=memory,
            breakers=breaker_views(memory, rules, result.snapshot),
        )

    def exchange(self, account: str) -> ExchangePort:
        """Return the venue of an account; LeaseLostError in a process that does not act."""
        return self._supervisor.guard.exchange(account)

    def instruments(self, account: str) -> Mapping[str, Instrument]:
        """Return the contracts of an account by symbol; none in a process that does not act."""
        try:
            return self.exchange(account).instruments()
        except LeaseLostError:
            return {}

    def halt(self, reason: str, *, flatten: bool = False) -> int:
        """Throw the kill switch and return the number of the wish, which survives a crash.

        Nothing may add risk any more, entry orders are cancelled; with `flatten` positions are
        closed, and stops cancelled once everything is flat.
        """
        return self._leave(RequestKind.FLATTEN if flatten else RequestKind.HALT, reason)

    def resume(self, who: str) -> datetime:
        """Ask to end the halt and return when that happens; the caller has checked the password.

        It waits for the delay while a breaker is latched on an account with real money.
        """
        delay = self.commitment.delay if self._is_latched_live() else timedelta(0)
        return self._loosen(ResumeTrading(), who, delay=delay)

    def pause(self, duration: timedelta, reason: str) -> int:
        """Let positions only shrink for a while and return the number of the wish."""
        return self._leave(RequestKind.PAUSE, f"{duration.total_seconds()} {reason}")

    def end_pause(self, who: str) -> datetime:
        """Ask to end a person's pause and return when that happens; `who` gave the password.

        It waits for the delay where real money is.
        """
        return self._loosen(EndPause(), who, delay=self.commitment.delay)

    def progress(self, number: int) -> RequestProgress:
        """Say what became of a wish."""
        return self._parts.log.request_progress(number)

    def health(self) -> DeskHealth:
        """Say whether the monitor lives, how old its sources are, and what is wrong."""
        guard = self._acting()
        state, now = self.state(), self._clock()
        return desk_health(
            state,
            pulse_of(None if guard is None else guard.thread, state, now=now),
            role=self.role,
            alarms=self.alarms(),
            now=now,
            policy=self.policy,
        )

    @property
    def alarm_board(self) -> AlarmBoard:
        """Where alarms are sounded and cleared."""
        return self._parts.alarms

    def alarms(self) -> tuple[Alarm, ...]:
        """Return what is wrong right now."""
        return self._parts.alarms.standing()

    def events(
        self, *, since: datetime | None = None, kinds: Sequence[str] = (), limit: int = 100
    ) -> tuple[StoredEvent, ...]:
        """Return stored events, newest first."""
        return self._store.events(since=since, kinds=kinds, limit=limit)

    def history(self, *, hours: float = 24.0) -> tuple[HistoryPoint, ...]:
        """Return stored readings of the last hours, oldest first."""
        return self._store.history(since=self._clock() - timedelta(hours=hours))

    def subscribe(self, kind: Topic | str, callback: Callback) -> Callable[[], None]:
        """Call back on risk updates, breaker events or position changes."""
        return self._subscriptions.subscribe(Topic(kind), callback)

    def _begin(self, lease: Lease) -> Guard:
        """Build the guard of a new lease from what is stored, with venues opened anew."""
        parts = self._parts
        parts.log.recover(lease)
        setup = MonitorSetup(
            exchanges=parts.open_exchanges(),
            log=parts.log,
            lease=lease,
            clock=parts.clock,
            policy=parts.policy,
            desk_id=parts.desk_id,
            subscriptions=self._subscriptions,
            patience=parts.patience,
        )
        guard = Guard(setup, parts.limits, interval_seconds=parts.interval_seconds)
        guard.keep_ledgers(parts.stores.ledger)
        if self._make_bot is not None:
            guard.let_trade(self._make_bot(guard))
        return guard

    def _leave(self, kind: RequestKind, subject: str) -> int:
        number = self._parts.log.add_request(DeskRequest(kind, subject, self._clock()))
        self._urge()
        return number

    def _loosen(self, change: Change, who: str, *, delay: timedelta) -> datetime:
        outcome = self.commitment.ask(change, by=who, is_confirmed=True, delay=delay)
        self._urge()
        return self._clock() if outcome.pending is None else outcome.pending.due_at

    def _urge(self) -> None:
        guard = self._acting()
        if guard is not None:
            guard.urge()

    def _acting(self) -> Guard | None:
        # Asked once: the watchdog may take the guard away at any moment.
        try:
            return self._supervisor.guard
        except LeaseLostError:
            return None

    def _look_after_changes(self) -> None:
        acts = self.role is Role.ACTIVE and self._parts.log.trouble is None
        self.commitment.look(self._parts.tenure.lease if acts else None)

    def _is_latched_live(self) -> bool:
        state = self.state() or self.stored_state()
        if state is None or state.is_paper:
            return False
        return any(view.state == STATE_NAMES[LATCHED] for view in state.breakers)

    def _note(self, kind: DeskEventKind, text: str) -> None:
        self._parts.log.append_events([DeskEvent(self._clock(), kind, "monitor", text)])
