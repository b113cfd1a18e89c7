"""Every figure of a desk of two venues, computed by hand."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from etrms_core.domain.account import AccountState, Balance
from etrms_core.domain.identifiers import PORTFOLIO, PositionSide, Scope, ScopeKind
from etrms_core.risk.measurement import tally_columns
from etrms_core.risk.metrics import Metric
from etrms_core.risk.scope_layout import scope_layout
from etrms_core.risk.snapshot import RiskSnapshot
from etrms_core.risk.trade_ledger import Tally
from tests.builders import make_account, make_position
from tests.risk.desk import measure_desk

BINANCE, BYBIT = Scope(ScopeKind.EXCHANGE, "binance"), Scope(ScopeKind.EXCHANGE, "bybit")
BTC, ETH = Scope(ScopeKind.SYMBOL, "BTCUSDT"), Scope(ScopeKind.SYMBOL, "ETHUSDT")
SOL, MANUAL = Scope(ScopeKind.SYMBOL, "SOLUSDT"), Scope(ScopeKind.STRATEGY, "manual")

LONG_LEG = replace(
    make_position("BTCUSDT", 0.1, 50_000.0, mark_price=49_000.0), side=PositionSide.LONG
)
SHORT_LEG = replace(
    make_position("BTCUSDT", -0.04, 48_000.0, mark_price=49_000.0), side=PositionSide.SHORT
)
ISOLATED = make_position("ETHUSDT", 2.0, 2000.0, mark_price=2100.0, isolated_margin=400.0)
SHORT = replace(
    make_position("SOLUSDT", -10.0, 100.0, mark_price=110.0, leverage=5.0), funding_rate=-0.0002
)
# Wallet 1000 + 500; the haircut leaves 1475 of collateral.
FIRST = replace(
    make_account(LONG_LEG, SHORT_LEG, ISOLATED, account="a", venue="binance"),
    balances=(Balance("USDT", 1000.0, 1.0), Balance("BTC", 0.01, 50_000.0, 0.05)),
)
SECOND = make_account(SHORT, account="b", venue="bybit", wallet=500.0)


@pytest.fixture(scope="module")
def snapshot() -> RiskSnapshot:
    return measure_desk([FIRST, SECOND])


@pytest.mark.parametrize(
    ("metric", "scope", "expected"),
    [
        (Metric.EQUITY, BINANCE, 1560.0),
        (Metric.EQUITY, BYBIT, 400.0),
        (Metric.EQUITY, PORTFOLIO, 1960.0),
        (Metric.NAV, PORTFOLIO, 1.0),
        (Metric.DRAWDOWN, PORTFOLIO, 0.0),
        (Metric.DAILY_LOSS, BINANCE, 0.0),
        (Metric.GROSS_EXPOSURE, BTC, 6860.0),
        (Metric.GROSS_EXPOSURE, BINANCE, 11_060.0),
        (Metric.GROSS_EXPOSURE, PORTFOLIO, 12_160.0),
        (Metric.GROSS_EXPOSURE, MANUAL, 12_160.0),
        (Metric.NET_EXPOSURE, BTC, 2940.0),
        (Metric.NET_EXPOSURE, BYBIT, -1100.0),
        (Metric.NET_EXPOSURE, PORTFOLIO, 6040.0),
        (Metric.GROSS_LEVERAGE, BINANCE, 11_060.0 / 1560.0),
        (Metric.GROSS_LEVERAGE, ETH, 4200.0 / 1960.0),
        (Metric.GROSS_LEVERAGE, PORTFOLIO, 12_160.0 / 1960.0),
        (Metric.MARGIN_UTILIZATION, BYBIT, 220.0 / 400.0),
        (Metric.MARGIN_UTILIZATION, PORTFOLIO, 1326.0 / 1960.0),
        # Cross: 1475 - 400 set aside - 140 of loss; isolated: 400 + 200 of gain.
        (Metric.MARGIN_RATIO, BTC, 34.3 / 935.0),
        (Metric.MARGIN_RATIO, ETH, 21.0 / 600.0),
        (Metric.MARGIN_RATIO, BYBIT, 5.5 / 400.0),
        (Metric.MARGIN_RATIO, PORTFOLIO, 34.3 / 935.0),
        (Metric.CONCENTRATION, PORTFOLIO, 6860.0 / 12_160.0),
        (Metric.CONCENTRATION, BINANCE, 6860.0 / 11_060.0),
        (Metric.CONCENTRATION, ETH, 4200.0 / 12_160.0),
        (Metric.POSITION_NOTIONAL, BTC, 4900.0),
        (Metric.POSITION_NOTIONAL, PORTFOLIO, 4900.0),
        (Metric.POSITION_LOSS, BTC, 40.0 / 1920.0),
        (Metric.POSITION_LOSS, ETH, 0.0),
        (Metric.POSITION_LOSS, PORTFOLIO, 0.1),
        # Legs together: 1075 - 5000 + 1920 + 0.06 p = 0.005 x 0.14 p.
        (Metric.LIQUIDATION_DISTANCE, BTC, 1.0 - 2005.0 / 0.0593 / 49_000.0),
        (Metric.LIQUIDATION_DISTANCE, ETH, 1.0 - 3600.0 / 1.99 / 2100.0),
        (Metric.LIQUIDATION_DISTANCE, SOL, 1500.0 / 10.05 / 110.0 - 1.0),
        (Metric.LIQUIDATION_DISTANCE, PORTFOLIO, 1.0 - 3600.0 / 1.99 / 2100.0),
        (Metric.TIME_IN_POSITION_SECONDS, PORTFOLIO, 60.0),
        (Metric.FUNDING_RATE, SOL, 0.0002),
        (Metric.FUNDING_RATE, BTC, 0.0),
        (Metric.UNGUARDED_NOTIONAL, PORTFOLIO, 12_160.0),
        (Metric.DATA_AGE_SECONDS, BYBIT, 60.0),
    ],
)
def test_a_figure_of_the_desk(
    snapshot: RiskSnapshot, metric: Metric, scope: Scope, expected: float
) -> None:
    assert snapshot.value(metric, scope) == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_a_symbol_has_no_equity_of_its_own(snapshot: RiskSnapshot) -> None:
    assert snapshot.value(Metric.EQUITY, BTC) is None
    assert snapshot.value(Metric.STABLECOIN_DEVIATION, BTC) is None


@pytest.mark.parametrize("metric", [Metric.EQUITY, Metric.GROSS_EXPOSURE, Metric.NET_EXPOSURE])
def test_the_sum_over_exchanges_is_the_total(snapshot: RiskSnapshot, metric: Metric) -> None:
    parts = [snapshot.value(metric, scope) or 0.0 for scope in (BINANCE, BYBIT)]
    assert snapshot.value(metric) == pytest.approx(sum(parts), rel=1e-12)


def test_permuting_venues_and_positions_changes_nothing(snapshot: RiskSnapshot) -> None:
    for positions in permutations(FIRST.positions):
        other = measure_desk([SECOND, replace(FIRST, positions=positions)])
        assert other.scopes == snapshot.scopes
        np.testing.assert_allclose(other.values, snapshot.values, rtol=1e-12, atol=1e-15)


def test_money_in_transit_is_the_portfolios_but_no_exchanges() -> None:
    moving = measure_desk([FIRST, SECOND], in_transit=100.0)
    assert moving.value(Metric.EQUITY) == 2060.0
    assert moving.value(Metric.EQUITY, BINANCE) == 1560.0
    assert moving.value(Metric.GROSS_LEVERAGE, BTC) == pytest.approx(6860.0 / 2060.0)


def known(snapshot: RiskSnapshot, scope: Scope) -> set[Metric]:
    return {metric for metric in Metric if snapshot.value(metric, scope) is not None}


UNTOUCHED_BY_PRICES = {
    Metric.CONSECUTIVE_LOSSES,
    Metric.TRADES_PER_DAY,
    Metric.DATA_AGE_SECONDS,
    Metric.TIME_IN_POSITION_SECONDS,
    Metric.FUNDING_RATE,
}


def test_an_unknown_price_makes_figures_unknown_not_zero(snapshot: RiskSnapshot) -> None:
    blind = measure_desk(
        [
            replace(FIRST, positions=(LONG_LEG, SHORT_LEG, replace(ISOLATED, mark_price=None))),
            SECOND,
        ]
    )
    assert known(blind, ETH) == UNTOUCHED_BY_PRICES
    assert known(blind, PORTFOLIO) == UNTOUCHED_BY_PRICES | {Metric.STABLECOIN_DEVIATION}
    assert known(blind, BYBIT) == known(snapshot, BYBIT)


def test_an_unknown_leverage_makes_margin_utilisation_unknown_not_zero(
    snapshot: RiskSnapshot,
) -> None:
    silent = measure_desk([FIRST, replace(SECOND, positions=(replace(SHORT, leverage=None),))])
    for scope in (PORTFOLIO, BYBIT, SOL):
        assert known(snapshot, scope) - known(silent, scope) == {Metric.MARGIN_UTILIZATION}
    assert known(silent, BINANCE) == known(snapshot, BINANCE)


def test_an_asset_without_a_price_makes_equity_unknown_but_not_exposure() -> None:
    odd = replace(SECOND, balances=(*SECOND.balances, Balance("XYZ", 1.0, None)))
    blind = measure_desk([FIRST, odd])
    assert blind.value(Metric.EQUITY) is None
    assert blind.value(Metric.DRAWDOWN) is None
    assert blind.value(Metric.GROSS_LEVERAGE, BYBIT) is None
    assert blind.value(Metric.GROSS_EXPOSURE) == 12_160.0
    assert blind.value(Metric.EQUITY, BINANCE) == 1560.0


def test_a_desk_without_positions_risks_nothing() -> None:
    idle = measure_desk([make_account()])
    assert idle.value(Metric.GROSS_EXPOSURE) == 0.0
    assert idle.value(Metric.GROSS_LEVERAGE) == 0.0
    assert idle.value(Metric.MARGIN_RATIO) == 0.0
    assert idle.value(Metric.LIQUIDATION_DISTANCE) == np.inf


def with_balances(*balances: Balance) -> AccountState:
    return replace(make_account(), balances=balances)


def test_the_largest_distance_of_a_held_stablecoin_counts() -> None:
    depegged = with_balances(
        Balance("USDT", 10.0, 0.999), Balance("USDC", 1.0, 0.93), Balance("DAI", 0.0, 0.5)
    )
    assert measure_desk([depegged]).value(Metric.STABLECOIN_DEVIATION) == pytest.approx(0.07)


def test_a_stablecoin_without_a_price_has_an_unknown_distance() -> None:
    unpriced = with_balances(Balance("USDT", 10.0, 0.999), Balance("USDC", 1.0, None))
    assert measure_desk([unpriced]).value(Metric.STABLECOIN_DEVIATION) is None


def test_tallies_stand_in_the_rows_of_their_scopes() -> None:
    layout = scope_layout([], {"a": "paper"}, {}, known=(BTC,))
    gone = Scope(ScopeKind.SYMBOL, "GONE")
    losses, trades = tally_columns(layout, {BTC: Tally(3, 7), gone: Tally(9, 9)})
    assert losses.tolist() == [0.0, 0.0, 3.0]
    assert trades.tolist() == [0.0, 0.0, 7.0]
