"""The scopes of a simulated account, as the replay of the same bars names them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.identifiers import PORTFOLIO, Scope, ScopeKind
from etrms_core.errors import ConfigurationError
from etrms_core.kernels.arrays import BoolArray, IntArray
from etrms_core.kernels.simulated_breaker_program import ALL_SYMBOLS, NO_SYMBOL
from etrms_core.risk.scope_layout import scope_order

# A replay plays bars through the paper exchange, and a backtest tells the same of the same bars.
VENUE, ACCOUNT = "paper", "replay"


@dataclass(frozen=True, slots=True, eq=False)
class ScopePlan:
    """Every scope that a run can have, in the live order.

    Attributes
    ----------
    covers : ndarray of int64 of shape (n_scopes,)
        Its symbol, ALL_SYMBOLS, or NO_SYMBOL for a scope that this account has no part in.
    exists : ndarray of bool of shape (n_scopes,)
        Whether it exists before anything was traded: rules that name it make it.
    symbol_scope : ndarray of int64 of shape (n_symbols,)
    own_scopes : ndarray of int64 of shape (2,)
        Scopes of the exchange and the strategy.
    """

    scopes: tuple[Scope, ...]
    covers: IntArray
    exists: BoolArray
    has_units: BoolArray
    is_symbol: BoolArray
    symbol_scope: IntArray
    own_scopes: IntArray


def plan_scopes(
    symbols: Sequence[str], rules: Sequence[BreakerRule], *, strategy_name: str
) -> ScopePlan:
    """Lay out the scopes of one account that trades symbols by one strategy.

    Raises
    ------
    ConfigurationError
        If a rule names a symbol that is not traded.
    """
    _check(symbols, rules)
    exchange, strategy = Scope(ScopeKind.EXCHANGE, VENUE), Scope(ScopeKind.STRATEGY, strategy_name)
    named = {rule.scope for rule in rules if rule.scope.name}
    own = [Scope(ScopeKind.SYMBOL, symbol) for symbol in symbols]
    scopes = tuple(sorted({PORTFOLIO, exchange, strategy, *own, *named}, key=scope_order))
    index = {scope: row for row, scope in enumerate(scopes)}
    covers = np.full(len(scopes), NO_SYMBOL)
    covers[[index[PORTFOLIO], index[exchange], index[strategy]]] = ALL_SYMBOLS
    symbol_scope = np.array([index[scope] for scope in own], np.int64)
    covers[symbol_scope] = np.arange(len(symbols))
    kinds = [scope.kind for scope in scopes]
    return ScopePlan(
        scopes,
        covers,
        exists=np.array([s in named or s in (PORTFOLIO, exchange) for s in scopes], np.bool_),
        has_units=np.array(
            [kind in (ScopeKind.PORTFOLIO, ScopeKind.EXCHANGE) for kind in kinds], np.bool_
        ),
        is_symbol=np.array([kind is ScopeKind.SYMBOL for kind in kinds], np.bool_),
        symbol_scope=symbol_scope,
        own_scopes=np.array([index[exchange], index[strategy]], np.int64),
    )


def _check(symbols: Sequence[str], rules: Sequence[BreakerRule]) -> None:
    for number, rule in enumerate(rules):
        scope = rule.scope
        if scope.kind is ScopeKind.SYMBOL and scope.name and scope.name not in symbols:
            raise ConfigurationError(
                f"{scope.name} is not traded, only {', '.join(symbols)}",
                field=f"breakers.{number}.scope.name",
            )
