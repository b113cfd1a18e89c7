"""The live loop: read the venues, run the cycle, store, execute, publish."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from threading import RLock

from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.account import AccountState
from etrms_core.domain.events import BreakerEvent, DeskEvent, DeskEventKind, Event
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.ports import Clock, DeskStore, ExchangePort, HistoryPoint
from etrms_core.engine.restrictions import Restriction
from etrms_core.engine.risk_cycle import CycleResult, run_risk_cycle
from etrms_core.errors import EtrmsError
from etrms_core.risk.metrics import Metric
from etrms_core.risk.snapshot import RiskSnapshot
from etrms_core.services.desk_requests import carry_out_requests
from etrms_core.services.order_desk import OrderDesk
from etrms_core.services.risk_state import RiskState, breaker_views
from etrms_core.services.subscriptions import Subscriptions, Topic

HISTORY_EVERY = timedelta(seconds=10)
POSITION_EVENTS = frozenset(
    {
        DeskEventKind.POSITION_OPENED,
        DeskEventKind.POSITION_CHANGED,
        DeskEventKind.POSITION_CLOSED,
        DeskEventKind.POSITION_LIQUIDATED,
    }
)


class RiskMonitor:
    """Owns the memory between cycles; one thread calls `refresh`, anybody reads `state`.

    Decisions are stored before their commands go out.
    """

    def __init__(
        self,
        exchanges: Mapping[str, ExchangePort],
        *,
        store: DeskStore,
        clock: Clock,
        policy: RiskPolicy,
        desk_id: str,
        subscriptions: Subscriptions | None = None,
    ) -> None:
        self._exchanges = exchanges
        self._store = store
        self._clock = clock
        self._policy = policy
        self._subscriptions = subscriptions or Subscriptions()
        self._memory = store.load_memory()
        self._accounts = {account.account: account for account in store.load_accounts()}
        self._source_errors: dict[str, str] = {}
        self._last_history: datetime | None = None
        self._state: RiskState | None = None
        self._turn = RLock()
        self.orders = OrderDesk(
            exchanges,
            blocks=self.blocks,
            desk_id=desk_id,
            after_order=lambda order: self._subscriptions.publish(Topic.ORDER, order),
        )

    def state(self) -> RiskState | None:
        """Return the newest state, None before the first cycle."""
        return self._state

    def blocks(self) -> tuple[Restriction, ...]:
        """Return what may not be traded as of the last cycle."""
        return self._memory.blocks

    def refresh(self) -> RiskState:
        """Run one cycle and publish its state; callers in several threads take turns."""
        with self._turn:
            return self._run_cycle()

    def _run_cycle(self) -> RiskState:
        started = time.perf_counter()
        rules = self._store.rules()
        events: list[Event] = list(self._read_accounts())
        self._memory, requested = carry_out_requests(
            self._store, self._memory, rules, now=self._clock()
        )
        events += requested
        accounts = [self._last_known(name) for name in self._exchanges]
        result = run_risk_cycle(
            self._memory, accounts, rules, as_of=self._clock(), policy=self._policy
        )
        events += result.events
        self._store.save_cycle(
            result.memory, accounts, events, self._history_point(result.snapshot)
        )
        # Only now: what could not be stored is decided again by the next cycle.
        self._memory = result.memory
        executed = self._execute(result, accounts)
        state = self._published(result, accounts, rules, started)
        self._announce(state, (*events, *executed))
        return state

    def _read_accounts(self) -> list[DeskEvent]:
        events = []
        for name, exchange in self._exchanges.items():
            try:
                self._accounts[name] = exchange.fetch_account()
            except EtrmsError as error:
                if name not in self._source_errors:
                    events.append(
                        DeskEvent(self._clock(), DeskEventKind.SOURCE_ERROR, name, str(error))
                    )
                self._source_errors[name] = str(error)
            else:
                self._source_errors.pop(name, None)
        return events

    def _last_known(self, name: str) -> AccountState:
        known = self._accounts.get(name)
        if known is not None:
            return known
        exchange = self._exchanges[name]
        return AccountState(name, exchange.venue, None, ledger=None, is_paper=exchange.is_paper)

    def _execute(
        self, result: CycleResult, accounts: Sequence[AccountState]
    ) -> tuple[BreakerEvent, ...]:
        if not result.commands:
            return ()
        by_name = {account.account: account for account in accounts}
        executed: list[BreakerEvent] = []
        for command in result.commands:
            executed += self.orders.execute(command, by_name, now=self._clock())
        self._store.append_events(executed)
        return tuple(executed)

    def _published(
        self,
        result: CycleResult,
        accounts: Sequence[AccountState],
        rules: Sequence[BreakerRule],
        started: float,
    ) -> RiskState:
        state = RiskState(
            snapshot=result.snapshot,
            accounts=tuple(accounts),
            memory=result.memory,
            breakers=breaker_views(result.memory, tuple(rules), result.snapshot),
            source_errors=dict(self._source_errors),
            cycle_seconds=time.perf_counter() - started,
        )
        self._state = state
        return state

    def _announce(self, state: RiskState, events: Sequence[Event]) -> None:
        self._subscriptions.publish(Topic.RISK, state)
        for event in events:
            match event:
                case BreakerEvent():
                    self._subscriptions.publish(Topic.BREAKER, event)
                case DeskEvent(kind=kind) if kind in POSITION_EVENTS:
                    self._subscriptions.publish(Topic.POSITION, event)
                case _:
                    pass

    def _history_point(self, snapshot: RiskSnapshot) -> HistoryPoint | None:
        last = self._last_history
        if last is not None and snapshot.as_of - last < HISTORY_EVERY:
            return None
        self._last_history = snapshot.as_of
        return history_point(snapshot)


def history_point(snapshot: RiskSnapshot) -> HistoryPoint:
    """Pick the portfolio's figures that are kept over time."""
    return HistoryPoint(
        observed_at=snapshot.as_of,
        equity=snapshot.value(Metric.EQUITY),
        nav=snapshot.value(Metric.NAV),
        drawdown=snapshot.value(Metric.DRAWDOWN),
        gross_exposure=snapshot.value(Metric.GROSS_EXPOSURE),
    )
