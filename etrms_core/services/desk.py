"""The desk that app, API and command line use."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.ports import (
    Clock,
    DeskStore,
    ExchangePort,
    HistoryPoint,
    StoredEvent,
)
from etrms_core.engine.risk_cycle import run_risk_cycle
from etrms_core.services.breaker_rules import BreakerRules
from etrms_core.services.desk_health import DeskHealth, desk_health
from etrms_core.services.monitor_thread import MonitorThread
from etrms_core.services.order_desk import OrderDesk
from etrms_core.services.risk_monitor import RiskMonitor
from etrms_core.services.risk_state import RiskState, breaker_views
from etrms_core.services.subscriptions import Callback, Subscriptions, Topic
from etrms_core.services.trading_bot import TradingBot


class Desk:
    """Accounts, breakers, orders, events and the monitor of one trader.

    `start` begins to guard the accounts; without it the desk only shows what was stored last.
    """

    def __init__(
        self,
        exchanges: Mapping[str, ExchangePort],
        *,
        store: DeskStore,
        clock: Clock,
        policy: RiskPolicy,
        desk_id: str,
        interval_seconds: float = 1.0,
    ) -> None:
        self._store = store
        self._clock = clock
        self._policy = policy
        self._subscriptions = Subscriptions()
        self._closers: list[Callable[[], None]] = []
        self._exchanges = exchanges
        self._monitor = RiskMonitor(
            exchanges,
            store=store,
            clock=clock,
            policy=policy,
            desk_id=desk_id,
            subscriptions=self._subscriptions,
        )
        self._thread = MonitorThread(self._monitor.refresh, interval_seconds=interval_seconds)
        self.subscribe(Topic.ORDER, lambda _order: self._thread.wake())
        self.breakers = BreakerRules(store, clock=clock)

    @property
    def orders(self) -> OrderDesk:
        """The one way out for orders."""
        return self._monitor.orders

    @property
    def policy(self) -> RiskPolicy:
        """How sources and calendar are read."""
        return self._policy

    def start(self, *, bot: Callable[["Desk"], TradingBot] | None = None) -> None:
        """Start the monitor, and a trading bot on the paper account when one is given."""
        self._note(DeskEventKind.MONITOR_STARTED, "the monitor started")
        if bot is not None:
            self.subscribe(Topic.RISK, bot(self).on_risk)
        self._thread.start()

    def close(self) -> None:
        """Stop the monitor; all state is stored already."""
        if self._thread.is_alive:
            self._thread.stop()
            self._note(DeskEventKind.MONITOR_STOPPED, "the monitor stopped")
        while self._closers:
            self._closers.pop()()

    def when_closed(self, closer: Callable[[], None]) -> None:
        """Call back once, after the monitor has stopped."""
        self._closers.append(closer)

    def refresh(self) -> RiskState:
        """Run one cycle now, in the caller's thread."""
        return self._monitor.refresh()

    def state(self) -> RiskState | None:
        """Return the newest state of this process, None before its first cycle."""
        return self._monitor.state()

    def stored_state(self) -> RiskState | None:
        """Rebuild the state of the last stored cycle, whoever ran it; None when none ever ran."""
        memory, accounts = self._store.load_memory(), self._store.load_accounts()
        if memory.as_of is None or not accounts:
            return None
        rules = self._store.rules()
        result = run_risk_cycle(memory, accounts, rules, as_of=memory.as_of, policy=self._policy)
        return RiskState(
            snapshot=result.snapshot,
            accounts=accounts,
            memory=memory,
            breakers=breaker_views(memory, rules, result.snapshot),
        )

    def exchange(self, account: str) -> ExchangePort:
        """Return the venue of an account."""
        return self._exchanges[account]

    def health(self) -> DeskHealth:
        """Say whether the monitor lives and how old its sources are."""
        return desk_health(self.state(), self._thread, now=self._clock(), policy=self._policy)

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

    def _note(self, kind: DeskEventKind, text: str) -> None:
        self._store.append_events([DeskEvent(self._clock(), kind, "monitor", text)])
