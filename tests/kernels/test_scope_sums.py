"""Sums by scope."""

from math import inf, isnan, nan

import numpy as np

from etrms_core.kernels import portfolio, scope_sums
from etrms_core.kernels.arrays import FloatArray
from etrms_core.kernels.scope_sums import (
    GROSS,
    LARGEST_SYMBOL,
    NEAREST_LIQUIDATION,
    NET,
    UNGUARDED,
    WORST_FUNDING,
    WORST_NOTIONAL,
    Membership,
    PositionFacts,
)
from tests.kernels.inputs import agree, generators
from tests.kernels.test_portfolio import Pool, random_pool

N_SCOPES, N_SYMBOLS = 5, 3


def measured_pool(generator: np.random.Generator) -> Pool:
    positions, tiers, readings, accounts = random_pool(generator)
    portfolio.measure_accounts(positions, tiers, readings, accounts)
    portfolio.measure_liquidation(positions, tiers, readings, accounts)
    return positions, tiers, readings, accounts


def known_pool() -> Pool:
    """Find a pool of which every price is known."""
    pools = map(measured_pool, generators(50))
    return next(pool for pool in pools if not np.isnan(pool[0].mark_price).any())


def facts(generator: np.random.Generator) -> PositionFacts:
    return PositionFacts(generator.uniform(0.0, 1e4, 6), generator.normal(0.0, 1e-4, 6))


def everything_in(*scopes: int) -> Membership:
    """Count every position fully in each of these scopes."""
    rows = np.tile(np.arange(6), len(scopes))
    return Membership(rows, np.repeat(scopes, 6), np.ones(rows.size))


def sum_up(pool: Pool, members: Membership, known: PositionFacts) -> FloatArray:
    sums = np.empty((N_SCOPES, scope_sums.COLUMNS))
    scope_sums.sum_scopes(pool[0], pool[2], known, members, N_SYMBOLS, sums)
    return sums


def test_sum_kernels_agree_with_their_twins() -> None:
    for generator in generators(100):
        positions, _, readings, _ = measured_pool(generator)
        members = Membership(
            generator.integers(0, 6, 15),
            generator.integers(0, N_SCOPES, 15),
            generator.uniform(0.0, 1.0, 15),
        )
        known = facts(generator)
        sums = np.full((N_SCOPES, scope_sums.COLUMNS), nan)
        agree(scope_sums.clear_sums, sums)
        agree(scope_sums.sum_scopes, positions, readings, known, members, N_SYMBOLS, sums)
        agree(scope_sums.add_member, positions, readings, known, 3, 0.5, np.zeros(12))


def test_an_empty_scope_has_nothing_to_lose() -> None:
    sums = sum_up(known_pool(), everything_in(0), facts(np.random.default_rng(0)))
    empty = sums[1]
    assert empty[NEAREST_LIQUIDATION] == inf
    assert np.delete(empty, NEAREST_LIQUIDATION).tolist() == [0.0] * 11


def test_gross_adds_hedge_legs_and_net_nets_them() -> None:
    pool = known_pool()
    legs = Membership(np.array([0, 1]), np.array([0, 0]), np.ones(2))
    total = sum_up(pool, legs, facts(np.random.default_rng(0)))[0]
    long, short = pool[2].notional[:2].tolist()
    assert long > 0.0 > short
    assert total[GROSS] == long - short
    assert total[NET] == long + short
    assert total[WORST_NOTIONAL] == max(long, -short)


def test_a_share_counts_as_a_share_of_the_money() -> None:
    pool = known_pool()
    half = Membership(np.array([2]), np.array([0]), np.array([0.5]))
    total = sum_up(pool, half, facts(np.random.default_rng(0)))[0]
    size = abs(pool[2].notional[2])
    assert total[GROSS] == total[LARGEST_SYMBOL] == 0.5 * size
    assert total[UNGUARDED] == 0.5 * size * pool[0].unguarded_share[2]
    assert total[WORST_NOTIONAL] == size


def test_one_unknown_price_makes_what_is_built_on_it_unknown() -> None:
    pool = known_pool()
    pool[2].notional[4] = nan
    sums = sum_up(pool, everything_in(0), facts(np.random.default_rng(0)))
    assert all(isnan(value) for value in sums[0, [GROSS, NET, UNGUARDED, LARGEST_SYMBOL]])
    assert not np.isnan(sums[1]).any()


def test_the_worst_funding_is_negative_where_every_position_receives() -> None:
    received = PositionFacts(np.zeros(6), np.array([-3e-4, -1e-4, -2e-4, -5e-4, -4e-4, -6e-4]))
    assert sum_up(known_pool(), everything_in(0), received)[0, WORST_FUNDING] == -1e-4
