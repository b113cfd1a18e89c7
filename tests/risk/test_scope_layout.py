"""Which positions count where."""

from collections import defaultdict

import numpy as np

from etrms_core.domain.identifiers import PORTFOLIO, PositionKey, PositionSide, Scope, ScopeKind
from etrms_core.risk.scope_layout import ScopeLayout, scope_layout

BTC = PositionKey("main", "BTCUSDT", PositionSide.NET)
ETH = PositionKey("second", "ETHUSDT", PositionSide.NET)
VENUES = {"main": "binance", "second": "bybit", "third": "bybit"}
SHARES = {BTC: (("manual", 0.25), ("trend", 0.75)), ETH: (("manual", 1.0),)}


def members(layout: ScopeLayout) -> dict[str, dict[int, float]]:
    found: defaultdict[str, dict[int, float]] = defaultdict(dict)
    for row, scope, share in zip(*(column.tolist() for column in layout.members), strict=True):
        found[str(layout.scopes[scope])][row] = share
    return found


def test_scopes_are_the_portfolio_then_exchanges_symbols_and_strategies_by_name() -> None:
    layout = scope_layout([ETH, BTC], VENUES, SHARES, known=())
    assert [str(scope) for scope in layout.scopes] == [
        "portfolio",
        "exchange:binance",
        "exchange:bybit",
        "symbol:BTCUSDT",
        "symbol:ETHUSDT",
        "strategy:manual",
        "strategy:trend",
    ]
    assert all(layout.index[scope] == row for row, scope in enumerate(layout.scopes))


def test_a_position_counts_in_the_portfolio_its_exchange_its_symbol_and_its_strategies() -> None:
    assert members(scope_layout([BTC, ETH], VENUES, SHARES, known=())) == {
        "portfolio": {0: 1.0, 1: 1.0},
        "exchange:binance": {0: 1.0},
        "exchange:bybit": {1: 1.0},
        "symbol:BTCUSDT": {0: 1.0},
        "symbol:ETHUSDT": {1: 1.0},
        "strategy:manual": {0: 0.25, 1: 1.0},
        "strategy:trend": {0: 0.75},
    }


def test_the_same_symbol_on_two_venues_is_one_symbol() -> None:
    twin = BTC._replace(account="second")
    shares = {BTC: SHARES[BTC], twin: (("trend", 1.0),)}
    counted = members(scope_layout([BTC, twin], VENUES, shares, known=()))
    assert counted["symbol:BTCUSDT"] == {0: 1.0, 1: 1.0}
    assert counted["strategy:trend"] == {0: 0.75, 1: 1.0}


def test_a_scope_that_emptied_stays() -> None:
    gone = Scope(ScopeKind.SYMBOL, "SOLUSDT")
    layout = scope_layout([], {"main": "paper"}, {}, known=(gone, PORTFOLIO))
    assert layout.scopes == (PORTFOLIO, Scope(ScopeKind.EXCHANGE, "paper"), gone)
    assert layout.members.position.size == 0


def test_only_portfolio_and_exchanges_have_units_of_their_own() -> None:
    layout = scope_layout([BTC, ETH], VENUES, SHARES, known=())
    assert np.flatnonzero(layout.has_units).tolist() == [0, 1, 2]
    assert np.flatnonzero(layout.is_symbol).tolist() == [3, 4]


def test_hedge_legs_share_their_owners() -> None:
    long, short = (BTC._replace(side=side) for side in (PositionSide.LONG, PositionSide.SHORT))
    shares = {long: (("trend", 1.0),), short: (("carry", 0.5), ("manual", 0.5))}
    layout = scope_layout([long, short], VENUES, shares, known=())
    assert layout.owners == {
        ("main", "BTCUSDT"): (("carry", 0.25), ("manual", 0.25), ("trend", 0.5))
    }
