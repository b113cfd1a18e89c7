"""Which positions and orders a scope holds, and what a position metric says of each."""

from collections.abc import Iterator

import numpy as np

from etrms_core.domain.account import AccountState
from etrms_core.domain.commands import CancelOrders, Cause
from etrms_core.domain.identifiers import Scope, ScopeKind, strategy_of
from etrms_core.kernels.arrays import FloatArray
from etrms_core.risk.metrics import Metric
from etrms_core.risk.scope_layout import ScopeLayout
from etrms_core.risk.snapshot import RiskSnapshot


def position_values(snapshot: RiskSnapshot, metric: Metric) -> FloatArray:
    """Read a position metric, one value per row of the position table."""
    readings = snapshot.positions
    columns: dict[Metric, FloatArray] = {
        Metric.POSITION_NOTIONAL: np.abs(readings.notional),
        Metric.POSITION_LOSS: readings.loss,
        Metric.LIQUIDATION_DISTANCE: readings.liquidation_distance,
        Metric.TIME_IN_POSITION_SECONDS: snapshot.table.facts.held_seconds,
        Metric.FUNDING_RATE: snapshot.table.facts.funding_rate,
    }
    return columns[metric]


def scope_members(layout: ScopeLayout, scope: Scope) -> Iterator[tuple[int, float]]:
    """Rows of the position table that count in a scope, with their shares."""
    row = layout.index[scope]
    for position in np.flatnonzero(layout.members.scope == row):
        yield int(layout.members.position[position]), float(layout.members.share[position])


def cancellations(
    scope: Scope, cause: Cause, snapshot: RiskSnapshot, layout: ScopeLayout
) -> Iterator[CancelOrders]:
    """Cancel what is open in a scope.

    Venues cancel by account and symbol: for a strategy these are the symbols that it holds or has
    orders in.
    """
    held = {snapshot.table.keys[row][:2] for row, _ in scope_members(layout, scope)}
    for account in snapshot.table.accounts:
        match scope.kind:
            case ScopeKind.PORTFOLIO:
                yield CancelOrders(account.account, None, (cause,))
            case ScopeKind.EXCHANGE if account.venue == scope.name:
                yield CancelOrders(account.account, None, (cause,))
            case ScopeKind.SYMBOL if any(
                order.request.symbol == scope.name for order in account.orders
            ):
                yield CancelOrders(account.account, scope.name, (cause,))
            case ScopeKind.STRATEGY:
                own = {symbol for name, symbol in held if name == account.account}
                for symbol in sorted(own | _ordered_symbols(account, scope.name)):
                    yield CancelOrders(account.account, symbol, (cause,))


def _ordered_symbols(account: AccountState, strategy: str) -> set[str]:
    return {
        order.request.symbol
        for order in account.orders
        if strategy_of(order.request.client_order_id) == strategy
    }
