"""One reading of all accounts: the snapshot and the memory it leads to, breakers aside."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from etrms_core.breakers.breaker_book import InstanceTable, compile_rules
from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.account import AccountState
from etrms_core.domain.events import Event
from etrms_core.domain.identifiers import Scope, ScopeKind
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.account_memory import (
    account_memories,
    jumped_accounts,
    scope_flows,
    scope_results,
)
from etrms_core.engine.desk_events import account_events, jump_event, position_events
from etrms_core.engine.flows import collect_flows
from etrms_core.engine.memory import CompiledLayout, CycleMemory
from etrms_core.engine.snapshot_assembly import Evidence, assemble_snapshot, scopes_of_accounts
from etrms_core.engine.sources import read_sources, source_events
from etrms_core.kernels.arrays import BoolArray
from etrms_core.risk.calendar import period_bounds
from etrms_core.risk.measurement import measure, scope_equity
from etrms_core.risk.nav import NavStep, advance_nav
from etrms_core.risk.position_table import PositionTable, position_table
from etrms_core.risk.scope_layout import ScopeLayout, scope_layout
from etrms_core.risk.snapshot import DataQuality, RiskSnapshot
from etrms_core.risk.trade_ledger import TradeLedger, fold_fills, strategy_shares


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A snapshot with what the breakers need beside it.

    Attributes
    ----------
    memory : CycleMemory
        As of this reading, the breakers and restrictions still those of the last one.
    held_scopes : ndarray of shape (n_scopes,)
        Scopes with an account whose equity jumped unexplained: not judged at this reading.
    """

    memory: CycleMemory
    snapshot: RiskSnapshot
    layout: ScopeLayout
    instances: InstanceTable
    nav_restarted: BoolArray
    held_scopes: BoolArray
    events: tuple[Event, ...]


def read_risk(
    memory: CycleMemory,
    accounts: Sequence[AccountState],
    rules: tuple[BreakerRule, ...],
    *,
    as_of: datetime,
    policy: RiskPolicy,
) -> Reading:
    """Measure accounts, which come sorted by name, at a time that never goes back."""
    compiled, evidence = _gather(memory, accounts, rules, as_of=as_of, policy=policy)
    nav_step, pending = _advance_nav(memory, evidence, policy)
    layout, table, flows = evidence.layout, evidence.table, evidence.flows
    return Reading(
        memory=replace(
            memory,
            as_of=as_of,
            accounts=account_memories(
                memory, table, evidence.measured, skipped=evidence.unconfirmed
            ),
            qualities={source.account: source.quality for source in evidence.sources},
            navs=nav_step.book,
            ledger=evidence.ledger,
            in_transit=tuple(flows.in_transit),
            recent_credits=tuple(flows.credits),
            pending_flows=pending,
            held_accounts=frozenset(evidence.jumps),
            known_scopes=layout.scopes,
            compiled=compiled,
        ),
        snapshot=assemble_snapshot(evidence, nav_step.book),
        layout=layout,
        instances=compiled.instances,
        nav_restarted=nav_step.restarted,
        held_scopes=scopes_of_accounts(layout, table, frozenset(evidence.jumps)),
        events=tuple(_events(memory, accounts, evidence)),
    )


def _gather(
    memory: CycleMemory,
    accounts: Sequence[AccountState],
    rules: tuple[BreakerRule, ...],
    *,
    as_of: datetime,
    policy: RiskPolicy,
) -> tuple[CompiledLayout, Evidence]:
    sources = read_sources(accounts, as_of=as_of, policy=policy)
    unknown = frozenset(s.account for s in sources if s.quality is DataQuality.UNKNOWN)
    table = position_table(accounts, as_of=as_of, unknown=unknown)
    measured = measure(table)
    ledger = _fold(memory, accounts, as_of, policy)
    compiled = _compiled(memory, table, ledger, rules)
    jumps = _jumps(memory, accounts, unknown, policy)
    by_account = measured.accounts.equity
    unconfirmed = frozenset(jumps) | frozenset(
        account.account
        for account, equity in zip(accounts, by_account, strict=True)
        if np.isnan(equity)
    )
    confirmed = [account for account in accounts if account.account not in unconfirmed]
    flows = collect_flows(memory, confirmed, as_of=as_of)
    in_transit = sum(transfer.value for transfer in flows.in_transit)
    by_scope = scope_equity(accounts, by_account, compiled.layout, in_transit)
    by_scope[scopes_of_accounts(compiled.layout, table, frozenset(jumps))] = np.nan
    return compiled, Evidence(
        as_of=as_of,
        sources=sources,
        table=table,
        measured=measured,
        ledger=ledger,
        layout=compiled.layout,
        flows=flows,
        jumps=jumps,
        unconfirmed=unconfirmed,
        equity=by_scope,
    )


def _events(
    memory: CycleMemory, accounts: Sequence[AccountState], evidence: Evidence
) -> Iterator[Event]:
    as_of = evidence.as_of
    yield from source_events(evidence.sources, memory.qualities, as_of=as_of)
    yield from account_events(memory, accounts, as_of=as_of)
    yield from evidence.flows.events
    for account, change in evidence.jumps.items():
        yield jump_event(account, change, as_of)
    yield from position_events(memory.ledger, evidence.ledger, accounts, as_of=as_of)


def _fold(
    memory: CycleMemory, accounts: Sequence[AccountState], as_of: datetime, policy: RiskPolicy
) -> TradeLedger:
    day_start_ms = period_bounds(as_of, time_zone=policy.time_zone).starts_ms[0]
    day_start = datetime.fromtimestamp(day_start_ms / 1000, UTC)
    read = [account for account in accounts if account.observed_at is not None]
    return fold_fills(memory.ledger, read, day_start=day_start, day_start_ms=day_start_ms)


def _compiled(
    memory: CycleMemory,
    table: PositionTable,
    ledger: TradeLedger,
    rules: tuple[BreakerRule, ...],
) -> CompiledLayout:
    venues = {account.account: account.venue for account in table.accounts}
    shares = {
        key: strategy_shares(ledger, key, row.quantity)
        for key, row in zip(table.keys, table.rows, strict=True)
    }
    named = {rule.scope for rule in rules if rule.scope.name}
    told = {
        Scope(ScopeKind.SYMBOL, total.symbol)
        for account in table.accounts
        for total in account.ledger or ()
    }
    known = (*memory.known_scopes, *sorted((named | told) - set(memory.known_scopes)))
    key = (table.keys, tuple(venues.items()), tuple(shares.values()), known, rules)
    if memory.compiled is not None and memory.compiled.key == key:
        return memory.compiled
    layout = scope_layout(table.keys, venues, shares, known)
    return CompiledLayout(key, shares, layout, compile_rules(rules, layout.scopes))


def _jumps(
    memory: CycleMemory,
    accounts: Sequence[AccountState],
    unknown: frozenset[str],
    policy: RiskPolicy,
) -> dict[str, float]:
    judged = [
        account
        for account in accounts
        if account.account not in unknown and account.account not in memory.held_accounts
    ]
    return jumped_accounts(judged, memory.accounts, fraction=policy.equity_jump_fraction)


def _advance_nav(
    memory: CycleMemory, evidence: Evidence, policy: RiskPolicy
) -> tuple[NavStep, dict[Scope, float]]:
    """Revalue every scope; flows of a scope whose equity is unknown wait until it is known."""
    layout, equity, skipped = evidence.layout, evidence.equity, evidence.unconfirmed
    results = scope_results(memory, layout, evidence.table, evidence.measured, skipped=skipped)
    flow = scope_flows(
        memory,
        layout,
        evidence.table,
        evidence.flows,
        equity=evidence.measured.accounts.equity,
        skipped=skipped,
    )
    step = advance_nav(
        memory.navs,
        layout,
        equity=np.where(layout.has_units, equity, results),
        flow=flow,
        as_of=evidence.as_of,
        time_zone=policy.time_zone,
    )
    waiting = layout.has_units & np.isnan(equity) & (flow != 0.0)
    return step, {layout.scopes[row]: float(flow[row]) for row in np.flatnonzero(waiting)}
