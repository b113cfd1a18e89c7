"""What breakers did in a run, told by the live code in the live sentences."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

import numpy as np

from etrms_core.backtest.breaker_accounts import (
    RunTerms,
    account_state,
    moment,
    opening_order,
    read_account,
)
from etrms_core.backtest.breaker_orders import order_events
from etrms_core.backtest.breaker_program import CompiledBreakers
from etrms_core.backtest.market import Market
from etrms_core.backtest.terms import AccountTerms
from etrms_core.breakers.breaker_book import BreakerBook, BreakerStep, InstanceTable
from etrms_core.breakers.rules import ActionKind
from etrms_core.domain.account import AccountState
from etrms_core.domain.events import BreakerEvent, BreakerEventKind
from etrms_core.domain.instrument import Instrument
from etrms_core.engine.breaker_sentences import (
    breaker_event,
    outcome_events,
    unknown_reason,
    why,
)
from etrms_core.engine.merging import Plan
from etrms_core.engine.planning import Trigger, plan_trigger
from etrms_core.engine.shadow_mode import shadow_events
from etrms_core.kernels.arrays import IntArray, Record, Records
from etrms_core.kernels.breaker_state import MEMORY, TRIGGERED
from etrms_core.risk.scope_layout import ScopeLayout
from etrms_core.risk.snapshot import RiskSnapshot

PauseEnds = dict[int, list[int]]


def breaker_events(
    breakers: CompiledBreakers,
    market: Market,
    *,
    account: AccountTerms,
    instruments: Sequence[Instrument],
    fills: Records,
) -> tuple[BreakerEvent, ...]:
    """Tell what breakers did, oldest first, as a replay of the same bars tells it.

    Parameters
    ----------
    fills : records of FILL
        All of the run.
    """
    run = _run(breakers, market, account, instruments)
    log, seen = breakers.logged()
    events: list[BreakerEvent] = []
    for close in told_closes(run, breakers.instances, market, log, seen, fills):
        events += close.plan.events
        events += order_events(
            close.plan.commands, close.account, run, close.seen, close.wallet, fills
        )
    return tuple(events)


@dataclass(frozen=True, slots=True)
class ToldClose:
    """A close at which something became of a rule, planned by the live code.

    Attributes
    ----------
    seen : records of POSITION
        Every symbol as it was; none where no rule fired.
    """

    plan: Plan
    account: AccountState
    seen: Records
    wallet: float


def told_closes(
    run: RunTerms,
    instances: InstanceTable,
    market: Market,
    log: Records,
    seen: Records,
    fills: Records,
) -> Iterator[ToldClose]:
    """Plan again, by the live code, what rules did at each close, oldest first."""
    closes = np.asarray(market.open_ms) + market.timeframe_ms
    ends = _pause_ends(instances, log, closes)
    by_time = {time: list(rows) for time, rows in groupby(log, key=lambda row: int(row.time_ms))}
    held = _HeldSymbols(fills, len(market.symbols))
    for time in sorted({*by_time, *ends}):
        yield _Close(instances, run, time).told(
            by_time.get(time, []), ends.get(time, []), seen, held
        )


def _run(
    breakers: CompiledBreakers,
    market: Market,
    account: AccountTerms,
    instruments: Sequence[Instrument],
) -> RunTerms:
    return RunTerms(
        symbols=market.symbols,
        instruments=dict(zip(market.symbols, instruments, strict=True)),
        account=account,
        strategy_name=breakers.strategy_name,
        scopes=breakers.instances.scopes,
    )


class _HeldSymbols:
    """Which symbols were held at a close, in the order in which they were opened."""

    def __init__(self, fills: Records, symbols: int) -> None:
        self._fills = fills
        self._walk = opening_order(fills, symbols)
        self._next = next(self._walk, None)
        self._held: list[int] = []

    def at(self, time_ms: int) -> list[int]:
        """Return them; times must not go back."""
        while self._next is not None:
            number, held = self._next
            fill = self._fills[number]
            if int(fill.time_ms) > time_ms or (int(fill.time_ms) == time_ms and not fill.inside):
                break
            self._held = held
            self._next = next(self._walk, None)
        return self._held


class _Close:
    """One close at which something became of a rule."""

    def __init__(self, instances: InstanceTable, terms: RunTerms, time_ms: int) -> None:
        self._instances = instances
        self._terms = terms
        self._time_ms = time_ms
        self._at: datetime = moment(time_ms)

    def told(
        self, rows: Sequence[Record], ends: Sequence[int], seen: Records, held: _HeldSymbols
    ) -> ToldClose:
        """Plan what became of the rules at this close, and say which pauses are over."""
        order = held.at(self._time_ms)
        first = int(rows[0].seen) if rows else -1
        # Where no rule fired no sentence speaks of positions.
        count = len(self._terms.symbols) if first >= 0 else 0
        mine = seen[max(first, 0) : max(first, 0) + count].view(np.recarray)
        wallet = float(rows[0].wallet) if rows else 0.0
        is_held = [bool(quantity) for quantity in mine["quantity"]]
        known = [row for row in order if row < count and is_held[row]]
        rest = [row for row in range(count) if is_held[row] and row not in known]
        state = account_state(self._terms, mine, [*known, *rest], wallet, self._at)
        plan = self._plan(rows, state)
        plan.events += self._pauses_ended(ends)
        return ToldClose(plan, state, mine, wallet)

    def _plan(self, rows: Sequence[Record], state: AccountState) -> Plan:
        snapshot, layout = read_account(self._terms, state, self._at)
        plan, step = Plan(), self._step(rows)
        for logged in rows:
            row = int(logged.row)
            plan.events += outcome_events(self._instances, step, row, snapshot)
            if logged.outcome & TRIGGERED:
                self._fire(plan, row, float(logged.value), snapshot, layout)
        return plan

    def _pauses_ended(self, ends: Sequence[int]) -> Iterator[BreakerEvent]:
        for row in ends:
            rule = self._instances.rules[self._instances.rule[row]]
            scope = self._instances.scopes[self._instances.scope[row]]
            yield breaker_event(
                rule,
                scope,
                BreakerEventKind.RESET,
                f"the pause of {scope} is over",
                occurred_at=self._at,
            )

    def _fire(
        self, plan: Plan, row: int, value: float, snapshot: RiskSnapshot, layout: ScopeLayout
    ) -> None:
        rule = self._instances.rules[self._instances.rule[row]]
        scope = self._instances.scopes[self._instances.scope[row]]
        reason = why(rule, scope, value, reason=unknown_reason(snapshot, scope))
        trigger = Trigger(rule, scope, reason)
        if rule.shadow:
            plan.events += shadow_events(trigger, snapshot, layout)
        else:
            plan_trigger(plan, trigger, snapshot, layout)

    def _step(self, rows: Sequence[Record]) -> BreakerStep:
        size = len(self._instances.keys)
        memory = np.zeros(size, MEMORY).view(np.recarray)
        outcomes, values = np.zeros(size, np.int64), np.full(size, np.nan)
        for logged in rows:
            row = int(logged.row)
            memory.state[row] = logged.state
            outcomes[row], values[row] = logged.outcome, logged.value
        return BreakerStep(BreakerBook(self._instances.keys, memory), outcomes, values)


def _pause_ends(instances: InstanceTable, log: Records, closes: IntArray) -> PauseEnds:
    """Find the close at which each pause is over."""
    ends: PauseEnds = {}
    for logged in log:
        rule = instances.rules[instances.rule[int(logged.row)]]
        if not logged.outcome & TRIGGERED or rule.shadow:
            continue
        for action in rule.actions:
            if action.kind is ActionKind.PAUSE_TRADING:
                lasts = timedelta(seconds=action.argument or 0.0)
                until = int(logged.time_ms) - (-lasts // timedelta(milliseconds=1))
                close = int(np.searchsorted(closes, until))
                if close < closes.size:
                    ends.setdefault(int(closes[close]), []).append(int(logged.row))
    return ends
