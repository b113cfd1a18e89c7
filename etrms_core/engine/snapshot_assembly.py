"""The snapshot of one reading, with how far each scope can be trusted and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf

import numpy as np

from etrms_core.domain.identifiers import PORTFOLIO, Scope, ScopeKind
from etrms_core.engine.flows import FlowTotals
from etrms_core.engine.sources import age_in_words
from etrms_core.kernels import nav_book
from etrms_core.kernels.arrays import BoolArray, FloatArray
from etrms_core.risk.measurement import (
    Measurement,
    metric_values,
    scope_totals,
    stablecoin_column,
    tally_columns,
)
from etrms_core.risk.metrics import Metric
from etrms_core.risk.nav import NavBook
from etrms_core.risk.position_table import PositionTable
from etrms_core.risk.scope_layout import ScopeLayout
from etrms_core.risk.snapshot import DataQuality, RiskSnapshot, SourceReading
from etrms_core.risk.trade_ledger import TradeLedger

SEVERITY = {DataQuality.FRESH: 0, DataQuality.STALE: 1, DataQuality.UNKNOWN: 2}
BY_SEVERITY = tuple(SEVERITY)


def scopes_of_accounts(
    layout: ScopeLayout, table: PositionTable, names: frozenset[str]
) -> BoolArray:
    """Which scopes hold something of these accounts; the portfolio holds everything."""
    touched = np.zeros(len(layout.scopes), np.bool_)
    if not names:
        return touched
    touched[0] = True
    for row, account in enumerate(table.accounts):
        if account.account in names:
            touched[layout.index[Scope(ScopeKind.EXCHANGE, account.venue)]] = True
            mine = table.arrays.account[layout.members.position] == row
            touched[layout.members.scope[mine]] = True
    return touched


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What one reading found, before NAVs follow from it.

    Attributes
    ----------
    jumps : mapping
        Accounts whose equity changed unexplained, with the change in reporting currency.
    unconfirmed : frozenset of str
        Accounts that jumped or whose equity is unknown: their results and flows count later.
    equity : ndarray of shape (n_scopes,)
        Equity of each scope, reporting currency, NaN where it is unknown or jumped.
    """

    as_of: datetime
    sources: tuple[SourceReading, ...]
    table: PositionTable
    measured: Measurement
    ledger: TradeLedger
    layout: ScopeLayout
    flows: FlowTotals
    jumps: Mapping[str, float]
    unconfirmed: frozenset[str]
    equity: FloatArray


def assemble_snapshot(evidence: Evidence, navs: NavBook) -> RiskSnapshot:
    """Put all figures of one reading together."""
    layout, table, measured = evidence.layout, evidence.table, evidence.measured
    losses, trades = tally_columns(layout, evidence.ledger.tallies)
    severity, ages = _by_scope(layout, table, evidence.sources)
    sums = scope_totals(table, measured, layout)
    # Nobody knows what an account that was not read holds, also when it held nothing last.
    sums[np.array(severity) == SEVERITY[DataQuality.UNKNOWN]] = np.nan
    values = metric_values(
        layout,
        sums=sums,
        equity=evidence.equity,
        navs=navs,
        extras={
            Metric.CONSECUTIVE_LOSSES: losses,
            Metric.TRADES_PER_DAY: trades,
            Metric.DATA_AGE_SECONDS: ages,
            Metric.STABLECOIN_DEVIATION: stablecoin_column(table.accounts, layout),
        },
    )
    return RiskSnapshot(
        as_of=evidence.as_of,
        scopes=layout.scopes,
        values=values,
        results=_results(navs),
        qualities=tuple(BY_SEVERITY[level] for level in severity),
        sources=evidence.sources,
        table=table,
        positions=measured.positions,
        accounts=measured.accounts,
        strategies=layout.owners,
        reasons=_reasons(layout, table, evidence.sources, evidence.jumps),
        in_transit=sum(transfer.value for transfer in evidence.flows.in_transit),
        index=layout.index,
    )


def _results(navs: NavBook) -> FloatArray:
    table = navs.table
    total = table[:, nav_book.RESULT]
    return np.column_stack(
        [
            total,
            total - table[:, nav_book.DAY_RESULT],
            total - table[:, nav_book.WEEK_RESULT],
            total - table[:, nav_book.MONTH_RESULT],
        ]
    )


def _by_scope(
    layout: ScopeLayout, table: PositionTable, sources: Sequence[SourceReading]
) -> tuple[list[int], FloatArray]:
    severity = np.zeros(len(layout.scopes), np.int64)
    ages = np.zeros(len(layout.scopes))
    for row, source in enumerate(sources):
        exchange = layout.index[Scope(ScopeKind.EXCHANGE, source.venue)]
        mine = table.arrays.account[layout.members.position] == row
        for scopes in ([0, exchange], layout.members.scope[mine]):
            severity[scopes] = np.maximum(severity[scopes], SEVERITY[source.quality])
            ages[scopes] = np.maximum(ages[scopes], source.age_seconds)
    return severity.tolist(), ages


def _reasons(
    layout: ScopeLayout,
    table: PositionTable,
    sources: Sequence[SourceReading],
    jumps: Mapping[str, float],
) -> dict[Scope, str]:
    sentences: dict[str, str] = {}
    for row, source in enumerate(sources):
        missing = _missing(table, row)
        if source.quality is not DataQuality.FRESH or source.age_seconds == inf:
            sentences[source.account] = age_in_words(source)
        elif source.account in jumps:
            sentences[source.account] = f"{source.account} jumped by {jumps[source.account]:+,.2f}"
        elif missing:
            sentences[source.account] = f"{source.account} lacks {', '.join(missing)}"
    if not sentences:
        return {}
    reasons = {PORTFOLIO: "; ".join(sentences.values())}
    for name, sentence in sentences.items():
        touched = scopes_of_accounts(layout, table, frozenset({name}))
        for position in np.flatnonzero(touched):
            reasons.setdefault(layout.scopes[position], sentence)
    return reasons


def _missing(table: PositionTable, row: int) -> list[str]:
    account = table.accounts[row]
    missing = [
        f"a price of {balance.asset}"
        for balance in account.balances
        if balance.price is None and balance.amount != 0.0
    ]
    for position in account.positions:
        if position.mark_price is None:
            missing.append(f"a mark price of {position.symbol}")
        if position.leverage is None:
            missing.append(f"the leverage of {position.symbol}")
    return missing
