"""From packed accounts to the values of every metric in every scope."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from etrms_core.domain.account import AccountState
from etrms_core.domain.identifiers import Scope, ScopeKind
from etrms_core.kernels import scope_ratios, scope_sums
from etrms_core.kernels.arrays import FloatArray
from etrms_core.kernels.portfolio import (
    AccountReadings,
    PositionReadings,
    measure_accounts,
    measure_liquidation,
)
from etrms_core.kernels.scope_sums import sum_scopes
from etrms_core.risk.metrics import COLUMN, METRICS, Metric
from etrms_core.risk.nav import NavBook
from etrms_core.risk.position_table import PositionTable
from etrms_core.risk.scope_layout import ScopeLayout
from etrms_core.risk.trade_ledger import Tally

_RATIO_TARGETS = [
    COLUMN[metric]
    for metric in (
        Metric.NAV,
        Metric.DRAWDOWN,
        Metric.DAILY_LOSS,
        Metric.WEEKLY_LOSS,
        Metric.MONTHLY_LOSS,
        Metric.GROSS_LEVERAGE,
        Metric.MARGIN_UTILIZATION,
        Metric.CONCENTRATION,
    )
]
_SUMS = {
    Metric.GROSS_EXPOSURE: scope_sums.GROSS,
    Metric.NET_EXPOSURE: scope_sums.NET,
    Metric.POSITION_NOTIONAL: scope_sums.WORST_NOTIONAL,
    Metric.POSITION_LOSS: scope_sums.WORST_LOSS,
    Metric.LIQUIDATION_DISTANCE: scope_sums.NEAREST_LIQUIDATION,
    Metric.MARGIN_RATIO: scope_sums.WORST_MARGIN_RATIO,
    Metric.TIME_IN_POSITION_SECONDS: scope_sums.LONGEST_HELD,
    Metric.FUNDING_RATE: scope_sums.WORST_FUNDING,
    Metric.UNGUARDED_NOTIONAL: scope_sums.UNGUARDED,
}
_SUM_TARGETS = [COLUMN[metric] for metric in _SUMS]
_SUM_SOURCES = list(_SUMS.values())
STABLECOINS = frozenset({"USDT", "USDC", "FDUSD", "BUSD", "TUSD", "DAI", "USDE", "USDP"})


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """Readings by position and account, and their sums by scope."""

    positions: PositionReadings
    accounts: AccountReadings


def measure(table: PositionTable) -> Measurement:
    """Measure every position and account of a table."""
    n_positions, n_accounts = len(table.rows), len(table.accounts)
    positions = PositionReadings(*np.empty((8, n_positions)))
    accounts = AccountReadings(table.wallet, table.collateral, *np.empty((6, n_accounts)))
    measure_accounts(table.arrays, table.tiers, positions, accounts)
    measure_liquidation(table.arrays, table.tiers, positions, accounts)
    return Measurement(positions, accounts)


def scope_totals(table: PositionTable, measured: Measurement, layout: ScopeLayout) -> FloatArray:
    """Sum the position readings by scope, columns as in `kernels.scope_sums`."""
    sums = np.empty((len(layout.scopes), scope_sums.COLUMNS))
    sum_scopes(
        table.arrays, measured.positions, table.facts, layout.members, len(table.symbols), sums
    )
    return sums


def scope_equity(
    accounts: Sequence[AccountState], equity: FloatArray, layout: ScopeLayout, in_transit: float
) -> FloatArray:
    """Equity of the portfolio and of each exchange; symbols and strategies have the portfolio's."""
    total = in_transit
    by_scope = np.zeros(len(layout.scopes))
    for row, account in enumerate(accounts):
        total += equity[row]
        by_scope[layout.index[Scope(ScopeKind.EXCHANGE, account.venue)]] += equity[row]
    by_scope[~layout.has_units] = total
    by_scope[0] = total
    return by_scope


def metric_values(
    layout: ScopeLayout,
    *,
    sums: FloatArray,
    equity: FloatArray,
    navs: NavBook,
    extras: Mapping[Metric, FloatArray],
) -> FloatArray:
    """Put every metric of every scope into one table, shape (n_scopes, n_metrics).

    Parameters
    ----------
    extras : mapping
        Columns that come from elsewhere: counts, ages, stablecoins.
    """
    values = np.empty((len(layout.scopes), len(METRICS)))
    ratios = np.empty((len(layout.scopes), scope_ratios.COLUMNS))
    scope_ratios.scope_ratios(sums, navs.table, equity, layout.is_symbol, ratios)
    values[:, _RATIO_TARGETS] = ratios
    values[:, _SUM_TARGETS] = sums[:, _SUM_SOURCES]
    values[:, COLUMN[Metric.EQUITY]] = np.where(layout.has_units, equity, np.nan)
    for metric, column in extras.items():
        values[:, COLUMN[metric]] = column
    return values


def tally_columns(
    layout: ScopeLayout, tallies: Mapping[Scope, Tally]
) -> tuple[FloatArray, FloatArray]:
    """Losing streak and trades of the day by scope."""
    losses, trades = np.zeros(len(layout.scopes)), np.zeros(len(layout.scopes))
    for scope, tally in tallies.items():
        if (row := layout.index.get(scope)) is not None:
            losses[row], trades[row] = tally.consecutive_losses, tally.trades_today
    return losses, trades


def stablecoin_column(accounts: Sequence[AccountState], layout: ScopeLayout) -> FloatArray:
    """Largest distance of a held stablecoin's price from 1, unknown without a price."""
    column = np.where(layout.has_units, 0.0, np.nan)
    for account in accounts:
        row = layout.index[Scope(ScopeKind.EXCHANGE, account.venue)]
        for balance in account.balances:
            if balance.asset in STABLECOINS and balance.amount != 0.0:
                off = np.nan if balance.price is None else abs(balance.price - 1.0)
                column[row] = np.maximum(column[row], off)
                column[0] = np.maximum(column[0], off)
    return column
