"""Readings of positions and accounts."""

from math import inf, isnan, nan

import numpy as np
import pytest

from etrms_core.kernels import portfolio
from etrms_core.kernels.arrays import FloatArray
from etrms_core.kernels.margin import Tiers
from etrms_core.kernels.portfolio import (
    AccountReadings,
    PositionReadings,
    Positions,
    margin_ratio,
    worse,
)
from tests.kernels.inputs import agree, continuous_tiers, generators, pack_tiers, random_tiers

Pool = tuple[Positions, Tiers, PositionReadings, AccountReadings]


def random_pool(generator: np.random.Generator, rows: int = 6) -> Pool:
    """Draw two accounts whose first two rows are the legs of a hedge; some prices are unknown."""
    mark = generator.uniform(50.0, 150.0, rows)
    mark[generator.random(rows) < 0.15] = nan
    leverage = generator.uniform(1.0, 50.0, rows)
    leverage[generator.random(rows) < 0.15] = nan
    quantity = generator.normal(0.0, 10.0, rows)
    quantity[:2] = abs(quantity[0]), -abs(quantity[1])
    account = generator.integers(0, 2, rows)
    account[:2] = 0
    positions = Positions(
        account=account,
        symbol=generator.integers(0, 3, rows),
        other_leg=np.array([1, 0, *([-1] * (rows - 2))]),
        quantity=quantity,
        entry_price=generator.uniform(50.0, 150.0, rows),
        mark_price=mark,
        quote_price=generator.uniform(0.9, 1.1, rows),
        leverage=leverage,
        isolated_margin=generator.uniform(10.0, 200.0, rows),
        is_isolated=generator.random(rows) < 0.3,
        unguarded_share=generator.uniform(0.0, 1.0, rows),
    )
    tiers = pack_tiers(*(random_tiers(generator) for _ in range(rows)))
    wallet = generator.uniform(100.0, 3000.0, 2)
    return positions, tiers, *empty_readings(rows, wallet)


def empty_readings(rows: int, wallet: FloatArray) -> tuple[PositionReadings, AccountReadings]:
    count = wallet.size
    return (
        PositionReadings(*np.zeros((8, rows))),
        AccountReadings(wallet, 0.9 * wallet, *np.zeros((6, count))),
    )


def test_portfolio_kernels_agree_with_their_twins() -> None:
    for generator in generators(150):
        positions, tiers, readings, accounts = random_pool(generator)
        agree(portfolio.measure_accounts, positions, tiers, readings, accounts)
        portfolio.measure_accounts(positions, tiers, readings, accounts)
        agree(portfolio.measure_liquidation, positions, tiers, readings, accounts)
        for row in range(6):
            agree(portfolio.collateral_behind, positions, readings, accounts, row)
        for first in (1.0, nan):
            agree(worse, first, 2.0)
            agree(worse, 2.0, first)
        for maintenance in (0.0, 1.0, nan):
            for balance in (-1.0, 0.0, 2.0, nan):
                agree(margin_ratio, maintenance, balance)


def test_equity_is_wallet_plus_unrealised_of_every_account() -> None:
    for generator in generators(50):
        positions, tiers, readings, accounts = random_pool(generator)
        portfolio.measure_accounts(positions, tiers, readings, accounts)
        for account in range(2):
            own = readings.unrealized[positions.account == account]
            expected = accounts.wallet[account] + own.sum()
            np.testing.assert_allclose(accounts.equity[account], expected, rtol=1e-12)


def test_a_position_without_a_price_is_unknown_in_every_reading() -> None:
    positions, tiers, readings, accounts = random_pool(np.random.default_rng(0))
    positions.mark_price[2] = nan
    portfolio.measure_accounts(positions, tiers, readings, accounts)
    portfolio.measure_liquidation(positions, tiers, readings, accounts)
    for name in PositionReadings._fields:
        column = dict(zip(PositionReadings._fields, readings, strict=True))[name]
        assert isnan(column[2]), name
    assert isnan(accounts.equity[positions.account[2]])


def test_a_position_at_a_margin_ratio_of_one_has_no_distance_left() -> None:
    positions, _, _, _ = random_pool(np.random.default_rng(1), rows=2)
    positions = positions._replace(
        quantity=np.array([10.0, -10.0]),
        entry_price=np.array([100.0, 100.0]),
        mark_price=np.array([85.0, 85.0]),
        quote_price=np.ones(2),
        isolated_margin=np.array([100.0, 100.0]),
        is_isolated=np.array([True, True]),
        leverage=np.array([10.0, 10.0]),
    )
    tiers = pack_tiers(*(continuous_tiers([0.0], [0.01]),) * 2)
    readings, accounts = empty_readings(2, np.array([1000.0]))
    portfolio.measure_accounts(positions, tiers, readings, accounts)
    portfolio.measure_liquidation(positions, tiers, readings, accounts)
    assert readings.margin_ratio[0] == inf
    assert readings.liquidation_distance[0] == 0.0
    assert readings.liquidation_price[1] == pytest.approx(1100.0 / 10.1, rel=1e-12)


def test_a_margin_ratio_is_infinite_with_nothing_left_and_zero_without_positions() -> None:
    assert margin_ratio(5.0, 20.0) == 0.25
    assert margin_ratio(5.0, 0.0) == inf
    assert margin_ratio(5.0, -1.0) == inf
    assert margin_ratio(0.0, -1.0) == 0.0
    assert isnan(margin_ratio(5.0, nan))
    assert isnan(margin_ratio(nan, 5.0))


def test_the_worse_of_a_known_and_an_unknown_value_is_unknown() -> None:
    assert worse(1.0, 2.0) == 2.0
    assert isnan(worse(nan, 2.0))
    assert isnan(worse(2.0, nan))
