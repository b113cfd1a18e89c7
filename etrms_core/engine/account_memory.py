"""What an account earned since its last confirmed reading, and what nobody can explain."""

from collections.abc import Mapping, Sequence

import numpy as np

from etrms_core.domain.account import AccountState
from etrms_core.domain.identifiers import Scope, ScopeKind
from etrms_core.engine.flows import FlowTotals, known_prices, new_flows, seen_flows
from etrms_core.engine.memory import AccountMemory, CycleMemory
from etrms_core.kernels.arrays import FloatArray
from etrms_core.kernels.nav_book import RESULT
from etrms_core.risk.measurement import STABLECOINS, Measurement
from etrms_core.risk.nav import align_nav_book
from etrms_core.risk.position_table import REPORTING_CURRENCY, PositionTable, asset_prices
from etrms_core.risk.scope_layout import ScopeLayout
from etrms_core.risk.trade_ledger import strategy_shares

SMALLEST_EQUITY = 1.0


def jumped_accounts(
    accounts: Sequence[AccountState], known: Mapping[str, AccountMemory], *, fraction: float
) -> dict[str, float]:
    """Accounts whose unexplained change exceeds `fraction` of their equity, with the change."""
    jumps: dict[str, float] = {}
    for account in accounts:
        memory = known.get(account.account)
        if memory is None:
            continue
        change = unexplained_change(account, memory)
        limit = fraction * max(abs(memory.equity), SMALLEST_EQUITY)
        if change is not None and abs(change) > limit:
            jumps[account.account] = change
    return jumps


def unexplained_change(account: AccountState, known: AccountMemory) -> float | None:
    """Sum up the reporting currency that came or went without a result or a flow.

    Prices of held assets explain their own changes: only units are compared. None where the venue
    tells no results.
    """
    if account.ledger is None or known.net_results is None:
        return None
    prices = known_prices(account, known)
    amounts = {balance.asset: balance.amount for balance in account.balances}
    change = 0.0
    for asset in sorted({*amounts, *known.amounts}):
        units = amounts.get(asset, 0.0) - known.amounts.get(asset, 0.0)
        if units != 0.0:
            change += units * prices.get(asset, np.nan)
    earned = 0.0
    for total in account.ledger:
        earned += total.net - known.net_results.get(total.symbol, 0.0)
    flow = sum(value for _, value in new_flows(account, known))
    return change - (earned * quote_price(account) if earned else 0.0) - flow


def quote_price(account: AccountState) -> float:
    """Price the asset that the account's results come in, reporting currency per unit.

    It is what the open positions are quoted in; without one, the stablecoin that is held.
    """
    assets = [balance.asset for balance in account.balances]
    candidates = [
        *(position.quote_asset for position in account.positions[:1]),
        *(asset for asset in assets if asset in STABLECOINS or asset == REPORTING_CURRENCY),
        *assets,
        REPORTING_CURRENCY,
    ]
    prices = asset_prices(account)
    known = (prices[asset] for asset in candidates if not np.isnan(prices.get(asset, np.nan)))
    return next(known, np.nan)


def account_memories(
    memory: CycleMemory, table: PositionTable, measured: Measurement, *, skipped: frozenset[str]
) -> dict[str, AccountMemory]:
    """Remember every confirmed account; those `skipped` keep their last confirmed reading."""
    memories: dict[str, AccountMemory] = {}
    marked = marked_results(table, measured)
    for row, account in enumerate(table.accounts):
        known = memory.accounts.get(account.account)
        if account.account in skipped:
            if known is not None:
                memories[account.account] = known
            continue
        results = account.ledger
        memories[account.account] = AccountMemory(
            venue=account.venue,
            amounts={balance.asset: balance.amount for balance in account.balances},
            net_results=None if results is None else {total.symbol: total.net for total in results},
            marked_results=marked[row],
            equity=float(measured.accounts.equity[row]),
            seen_flows=seen_flows(account, known),
            prices=known_prices(account, known),
        )
    return memories


def marked_results(table: PositionTable, measured: Measurement) -> list[dict[str, float] | None]:
    """By account: realised result, fees, funding and unrealised result of each symbol, in money."""
    by_account: list[dict[str, float] | None] = []
    for account in table.accounts:
        price = quote_price(account)
        ledger = account.ledger
        by_account.append(
            None if ledger is None else {total.symbol: total.net * price for total in ledger}
        )
    for row, position in enumerate(table.rows):
        results = by_account[table.arrays.account[row]]
        if results is not None:
            unrealized = float(measured.positions.unrealized[row])
            results[position.symbol] = results.get(position.symbol, 0.0) + unrealized
    return by_account


def scope_results(
    memory: CycleMemory,
    layout: ScopeLayout,
    table: PositionTable,
    measured: Measurement,
    *,
    skipped: frozenset[str],
) -> FloatArray:
    """Add up the results of every symbol and strategy so far.

    A symbol's change is spread over the strategies that hold it now; without a position it goes to
    those that held it at the last reading. What accounts in `skipped` earned counts when they are
    confirmed again.
    """
    results = align_nav_book(memory.navs, layout).table[:, RESULT].copy()
    marked = marked_results(table, measured)
    for row, account in enumerate(table.accounts):
        known = memory.accounts.get(account.account)
        now = marked[row]
        if now is None or account.account in skipped:
            continue
        before = now if known is None or known.marked_results is None else known.marked_results
        for symbol, value in now.items():
            change = value - before.get(symbol, 0.0)
            if change != 0.0:
                _spread(memory, layout, results, account.account, symbol, change)
    return results


def _spread(
    memory: CycleMemory,
    layout: ScopeLayout,
    results: FloatArray,
    account: str,
    symbol: str,
    change: float,
) -> None:
    results[layout.symbol_rows[symbol]] += change
    owners = layout.owners.get((account, symbol)) or _last_owners(memory, account, symbol)
    for strategy, share in owners:
        row = layout.strategy_rows.get(strategy)
        if row is not None:
            results[row] += change * share


def _last_owners(memory: CycleMemory, account: str, symbol: str) -> tuple[tuple[str, float], ...]:
    for key, trade in memory.ledger.trades.items():
        if (key.account, key.symbol) == (account, symbol) and trade.lots:
            return strategy_shares(memory.ledger, key, trade.quantity)
    return ()


def scope_flows(
    memory: CycleMemory,
    layout: ScopeLayout,
    table: PositionTable,
    flows: FlowTotals,
    *,
    equity: FloatArray,
    skipped: frozenset[str],
) -> FloatArray:
    """Add up the external flows of every scope.

    An account that joins or leaves counts as a flow of its equity; one in `skipped` has not joined
    yet. Flows of scopes whose equity was unknown since are still in `pending_flows`.

    Parameters
    ----------
    equity : ndarray of shape (n_accounts,)
    """
    by_scope = np.zeros(len(layout.scopes))
    for scope, flow in memory.pending_flows.items():
        by_scope[layout.index[scope]] = flow
    if flows.portfolio:
        by_scope[0] += flows.portfolio
    present = set()
    for row, account in enumerate(table.accounts):
        present.add(account.account)
        exchange = layout.index[Scope(ScopeKind.EXCHANGE, account.venue)]
        flow = flows.by_account.get(account.account, 0.0)
        joins = account.account not in memory.accounts and account.account not in skipped
        if joins and memory.accounts:
            flow = float(equity[row])
            by_scope[0] += flow
        by_scope[exchange] += flow
    for name, known in memory.accounts.items():
        if name not in present:
            by_scope[0] -= known.equity
            by_scope[layout.index[Scope(ScopeKind.EXCHANGE, known.venue)]] -= known.equity
    return by_scope
