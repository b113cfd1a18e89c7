"""The live loop: read the venues, settle what is in doubt, decide, store, act, publish."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import RLock

from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.account import AccountState
from etrms_core.domain.events import BreakerEvent, DeskEvent, DeskEventKind, Event
from etrms_core.domain.intents import Intent
from etrms_core.domain.lease import Lease
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.intent_planning import Desk as PlanningDesk
from etrms_core.engine.intent_planning import plan_intents
from etrms_core.engine.kill_switch import is_complete, kill_intents
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.ports import Clock, ExchangePort
from etrms_core.engine.restrictions import Restriction
from etrms_core.engine.risk_cycle import CycleResult, explained_by_start, run_risk_cycle
from etrms_core.engine.settlement import DEFAULT_PATIENCE, Patience
from etrms_core.engine.storage_ports import KILLS, CycleRecord, DeskRequest, RequestKind
from etrms_core.services.account_readers import AccountReaders
from etrms_core.services.cycle_records import CycleInputs, CycleRecorder
from etrms_core.services.desk_log import DeskLog
from etrms_core.services.desk_requests import carry_out_requests, due_requests
from etrms_core.services.intent_runner import IntentRunner
from etrms_core.services.risk_state import RiskState, breaker_views
from etrms_core.services.subscriptions import Subscriptions, Topic

POSITION_EVENTS = frozenset(
    {
        DeskEventKind.POSITION_OPENED,
        DeskEventKind.POSITION_CHANGED,
        DeskEventKind.POSITION_CLOSED,
        DeskEventKind.POSITION_LIQUIDATED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorSetup:
    """What a monitor works with.

    Attributes
    ----------
    lease : Lease
        The right to act; every write fails with LeaseLostError once another one has a newer.
    """

    exchanges: Mapping[str, ExchangePort]
    log: DeskLog
    lease: Lease
    clock: Clock
    policy: RiskPolicy
    desk_id: str
    subscriptions: Subscriptions
    patience: Patience = DEFAULT_PATIENCE


class RiskMonitor:
    """Owns the memory between cycles; one thread calls `refresh`, anybody reads `state`.

    Decisions are stored before their commands go out. What earlier cycles, or an earlier process,
    left open is settled before anything new is decided.
    """

    def __init__(self, setup: MonitorSetup, runner: IntentRunner) -> None:
        self._setup = setup
        self._log = setup.log
        self._runner = runner
        self._memory = setup.log.load_memory()
        known = {account.account: account for account in setup.log.load_accounts()}
        self._readers = AccountReaders(setup.exchanges, known=known, clock=setup.clock)
        self._recorder = CycleRecorder()
        self._state: RiskState | None = None
        self._has_run = False
        self._turn = RLock()

    def state(self) -> RiskState | None:
        """Return the newest state, None before the first cycle."""
        return self._state

    def blocks(self) -> tuple[Restriction, ...]:
        """Return what may not be traded as of the last cycle."""
        return self._memory.blocks

    def accounts(self) -> dict[str, AccountState]:
        """Return every account as it was last read, by name."""
        return self._readers.accounts()

    def hurry(self) -> None:
        """Let nothing that is waited for hold up the next cycle."""
        self._readers.hurry()
        self._runner.hurry()

    def refresh(self) -> RiskState:
        """Run one cycle and publish its state; callers in several threads take turns."""
        with self._turn:
            return self._run_cycle()

    def _run_cycle(self) -> RiskState:
        started = time.perf_counter()
        requests = self._taken_up()
        rules = self._log.rules()
        events: list[Event] = [*self._readers.read(), *self._settle_open()]
        accounts = self._readers.accounts()
        open_intents = self._log.open_intents()
        inputs = CycleInputs(
            as_of=self._setup.clock(),
            accounts=tuple(accounts.values()),
            rules=rules,
            requests=(*requests, *self._kill_news(accounts, open_intents)),
            policy=self._setup.policy,
        )
        result, more = decide(self._memory, inputs)
        events += more if self._has_run else explained_by_start(more)
        planned, refused = self._planned(result, accounts, open_intents)
        events += refused
        record = CycleRecord(
            memory=result.memory,
            accounts=inputs.accounts,
            events=tuple(events),
            point=self._recorder.point(result.snapshot),
            intents=planned,
            taken=tuple(request.number for request in requests),
            recorded=self._recorder.recorded(self._memory, inputs, result),
        )
        self._log.save_cycle(record, lease=self._setup.lease)
        # Only now: what could not be stored is decided again by the next cycle.
        self._memory, self._has_run = result.memory, True
        done = self._act(planned)
        state = self._published(result, inputs, rules, started)
        self._announce(state, (*events, *done))
        return state

    def _taken_up(self) -> tuple[DeskRequest, ...]:
        requests = due_requests(self._log.requests(), now=self._setup.clock())
        for request in requests:
            if request.kind in KILLS:
                self._log.acknowledge_request(request.number, at=self._setup.clock())
        return requests

    def _kill_news(
        self, accounts: Mapping[str, AccountState], open_intents: Sequence[Intent]
    ) -> tuple[DeskRequest, ...]:
        if not is_complete(self._memory, tuple(accounts.values()), open_intents):
            return ()
        return (DeskRequest(RequestKind.HALT_DONE, "", self._setup.clock()),)

    def _settle_open(self) -> list[Event]:
        """Settle what was left open, and read again what that may have changed."""
        waiting = self._log.open_intents()
        events = self._runner.run(waiting) if waiting else self._runner.late()
        return [*events, *self._readers.read()] if events else []

    def _planned(
        self,
        result: CycleResult,
        accounts: Mapping[str, AccountState],
        open_intents: Sequence[Intent],
    ) -> tuple[tuple[Intent, ...], tuple[BreakerEvent, ...]]:
        now = self._setup.clock()
        desk = PlanningDesk(self._setup.desk_id, accounts, self._readers.instruments())
        intents, refused = plan_intents(result.commands, desk, now=now)
        kills = kill_intents(
            result.memory,
            tuple(accounts.values()),
            (*open_intents, *intents),
            desk_id=self._setup.desk_id,
            now=now,
        )
        return (*intents, *kills), refused

    def _act(self, planned: Sequence[Intent]) -> list[Event]:
        if not planned:
            return []
        done = self._runner.run(planned)
        self._log.append_events(done)
        return done

    def _published(
        self,
        result: CycleResult,
        inputs: CycleInputs,
        rules: tuple[BreakerRule, ...],
        started: float,
    ) -> RiskState:
        state = RiskState(
            snapshot=result.snapshot,
            accounts=inputs.accounts,
            memory=result.memory,
            breakers=breaker_views(result.memory, rules, result.snapshot),
            source_errors=dict(self._readers.errors),
            cycle_seconds=time.perf_counter() - started,
        )
        self._state = state
        return state

    def _announce(self, state: RiskState, events: Sequence[Event]) -> None:
        publish = self._setup.subscriptions.publish
        publish(Topic.RISK, state)
        for event in events:
            match event:
                case BreakerEvent():
                    publish(Topic.BREAKER, event)
                case DeskEvent(kind=kind) if kind in POSITION_EVENTS:
                    publish(Topic.POSITION, event)
                case _:
                    pass


def decide(memory: CycleMemory, inputs: CycleInputs) -> tuple[CycleResult, tuple[Event, ...]]:
    """Carry out the requests, then run the cycle; return its result with the events of both."""
    memory, requested = carry_out_requests(memory, inputs.requests, inputs.rules, now=inputs.as_of)
    result = run_risk_cycle(
        memory, inputs.accounts, inputs.rules, as_of=inputs.as_of, policy=inputs.policy
    )
    return result, (*requested, *result.events)
