"""One tenure: the monitor, the order desk and the thread that act under one lease."""

from collections.abc import Callable, Mapping

from etrms_core.domain.account import AccountState
from etrms_core.domain.intents import Intent
from etrms_core.engine.gate_context import RefusedOrder
from etrms_core.engine.ledger_ports import LedgerStore
from etrms_core.engine.ports import ExchangePort
from etrms_core.risk.metrics import Metric
from etrms_core.services.gate_keeper import DeskView, GateKeeper
from etrms_core.services.intent_runner import IntentRunner
from etrms_core.services.ledger_keeper import LedgerKeeper
from etrms_core.services.limits import LimitsDesk
from etrms_core.services.monitor_thread import MonitorThread
from etrms_core.services.order_desk import OrderDesk
from etrms_core.services.risk_monitor import MonitorSetup, RiskMonitor
from etrms_core.services.risk_state import RiskState
from etrms_core.services.subscriptions import Callback, Topic
from etrms_core.services.trading_bot import TradingBot


class Guard:
    """Acts until it is stopped, abandoned, or another holder takes the lease.

    Building one loads what the last cycle stored, whoever ran it.
    """

    def __init__(self, setup: MonitorSetup, limits: LimitsDesk, *, interval_seconds: float) -> None:
        self._setup = setup
        self._gate = GateKeeper(
            setup.exchanges,
            limits=limits.effective,
            view=self._view,
            clock=setup.clock,
            stale_after_seconds=setup.policy.stale_after_seconds,
        )
        self.orders = OrderDesk(
            setup.exchanges,
            sink=setup.log,
            gate=self._gate,
            lease=setup.lease,
            clock=setup.clock,
            desk_id=setup.desk_id,
            after_order=lambda order: setup.subscriptions.publish(Topic.ORDER, order),
            patience=setup.patience,
        )
        self.monitor = RiskMonitor(setup, IntentRunner(self.orders))
        self.thread = MonitorThread(self.monitor.refresh, interval_seconds=interval_seconds)
        self._ledgers: LedgerKeeper | None = None
        self._unsubscribe: list[Callable[[], None]] = []

    def _view(self) -> DeskView:
        state = self.monitor.state()
        snapshot = None if state is None else state.snapshot
        return DeskView(
            accounts=self.monitor.accounts(),
            restrictions=self.monitor.blocks(),
            equity=None if snapshot is None else snapshot.value(Metric.EQUITY),
            gross_notional=None if snapshot is None else snapshot.value(Metric.GROSS_EXPOSURE),
            in_flight=self._setup.log.open_intents(),
            storage_trouble=self._setup.log.trouble,
        )

    def accounts(self) -> Mapping[str, AccountState]:
        """Return every account as it was last read, by name."""
        return self.monitor.accounts()

    def check(self, intent: Intent) -> RefusedOrder | None:
        """Say why the gate would refuse an intent now; nothing is sent."""
        return self._gate.check(intent)

    def carry_out(self, intent: Intent) -> Intent:
        """Write a new intent down, act on it at once, and return it as it is written now.

        An intent whose id is known is left to what is under way already.
        """
        log = self._setup.log
        if log.add_intent(intent, lease=self._setup.lease) and intent.is_open:
            _, events = self.orders.advance(intent)
            log.append_events(events)
            self.thread.wake()
        return log.find_intent(intent.intent_id) or intent

    def exchange(self, account: str) -> ExchangePort:
        """Return the venue of an account."""
        return self._setup.exchanges[account]

    def start(self) -> None:
        """Run cycles in a thread of their own; the first at once."""
        self._listen(Topic.ORDER, lambda _order: self.thread.wake())
        if self._ledgers is not None:
            self._listen(Topic.RISK, self._ledgers.look)
        self.thread.start()

    def let_trade(self, bot: TradingBot) -> None:
        """Let a bot decide after every cycle, as long as this guard acts."""
        self._listen(Topic.RISK, bot.on_risk)

    def keep_ledgers(self, store: LedgerStore) -> None:
        """Copy the accounts' ledgers into a store while cycles run in their thread."""
        self._ledgers = LedgerKeeper(self._setup.exchanges, store, clock=self._setup.clock)

    def stop(self) -> None:
        """End after the running cycle."""
        self._listen_no_more()
        self.thread.stop()
        if self._ledgers is not None:
            self._ledgers.stop()

    def abandon(self) -> None:
        """Give up a thread that hangs."""
        self._listen_no_more()
        self.thread.abandon()

    def urge(self) -> None:
        """Run the next cycle now, and let nothing slow hold it up."""
        self.monitor.hurry()
        self.thread.wake()

    def refresh(self) -> RiskState:
        """Run one cycle in the caller's thread."""
        return self.monitor.refresh()

    def _listen(self, topic: Topic, callback: Callback) -> None:
        self._unsubscribe.append(self._setup.subscriptions.subscribe(topic, callback))

    def _listen_no_more(self) -> None:
        while self._unsubscribe:
            self._unsubscribe.pop()()
