"""Which scopes exist and which positions count in them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from etrms_core.domain.identifiers import PORTFOLIO, PositionKey, Scope, ScopeKind
from etrms_core.kernels.arrays import BoolArray
from etrms_core.kernels.scope_sums import Membership

KIND_ORDER = {kind: order for order, kind in enumerate(ScopeKind)}

StrategyShares = Mapping[PositionKey, tuple[tuple[str, float], ...]]


@dataclass(frozen=True, slots=True)
class ScopeLayout:
    """Scopes in a fixed order, the portfolio first, with the members of each.

    `owners` are the strategies behind each (account, symbol), with shares that add up to 1;
    `symbol_rows` and `strategy_rows` find a scope by its name.
    """

    scopes: tuple[Scope, ...]
    index: Mapping[Scope, int]
    members: Membership
    has_units: BoolArray
    is_symbol: BoolArray
    owners: Mapping[tuple[str, str], tuple[tuple[str, float], ...]]
    symbol_rows: Mapping[str, int]
    strategy_rows: Mapping[str, int]


def scope_order(scope: Scope) -> tuple[int, str]:
    """Key that sorts the portfolio first, then exchanges, symbols, strategies by name."""
    return KIND_ORDER[scope.kind], scope.name


def scope_layout(
    keys: Sequence[PositionKey],
    venues: Mapping[str, str],
    shares: StrategyShares,
    known: Iterable[Scope],
) -> ScopeLayout:
    """Lay out the scopes of these positions together with those already known.

    Parameters
    ----------
    keys : sequence of PositionKey
        Rows of the position table.
    venues : mapping of str to str
        Venue of each account.
    shares : mapping
        Strategies behind each position with their shares, adding up to 1.
    known : iterable of Scope
        Scopes that exist although nothing is open in them.
    """
    scopes = {PORTFOLIO, *known, *(Scope(ScopeKind.EXCHANGE, venue) for venue in venues.values())}
    members: list[tuple[int, Scope, float]] = []
    for row, key in enumerate(keys):
        own = [
            (PORTFOLIO, 1.0),
            (Scope(ScopeKind.EXCHANGE, venues[key.account]), 1.0),
            (Scope(ScopeKind.SYMBOL, key.symbol), 1.0),
            *((Scope(ScopeKind.STRATEGY, name), share) for name, share in shares[key]),
        ]
        members += [(row, scope, share) for scope, share in own]
        scopes.update(scope for scope, _ in own)
    ordered = tuple(sorted(scopes, key=scope_order))
    index = {scope: position for position, scope in enumerate(ordered)}
    return ScopeLayout(
        ordered,
        index,
        Membership(
            np.array([row for row, _, _ in members], np.int64),
            np.array([index[scope] for _, scope, _ in members], np.int64),
            np.array([share for _, _, share in members], np.float64),
        ),
        np.array([KIND_ORDER[scope.kind] <= 1 for scope in ordered], np.bool_),
        np.array([scope.kind is ScopeKind.SYMBOL for scope in ordered], np.bool_),
        _owners(keys, shares),
        _rows_of(ScopeKind.SYMBOL, ordered),
        _rows_of(ScopeKind.STRATEGY, ordered),
    )


def _rows_of(kind: ScopeKind, scopes: Sequence[Scope]) -> dict[str, int]:
    return {scope.name: row for row, scope in enumerate(scopes) if scope.kind is kind}


def _owners(
    keys: Sequence[PositionKey], shares: StrategyShares
) -> dict[tuple[str, str], tuple[tuple[str, float], ...]]:
    """Average the shares of a symbol's hedge legs, whose results venues do not tell apart."""
    legs: dict[tuple[str, str], list[PositionKey]] = {}
    for key in keys:
        legs.setdefault((key.account, key.symbol), []).append(key)
    owners = {}
    for held, own in legs.items():
        total: dict[str, float] = {}
        for name, share in (each for key in own for each in shares[key]):
            total[name] = total.get(name, 0.0) + share / len(own)
        owners[held] = tuple(sorted(total.items()))
    return owners
