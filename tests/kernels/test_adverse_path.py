"""Inside a bar, the adverse side first."""

from math import isnan, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etrms_core.kernels.adverse_path import liquidation_point, margin_excess, price_at, stop_point
from etrms_core.kernels.liquidation import liquidation_price
from tests.kernels.inputs import agree, continuous_tiers, generators, pack_tiers, random_tiers

ONE_TIER = continuous_tiers([0.0], [0.01])


def test_path_kernels_agree_with_their_twins() -> None:
    for generator in generators(100):
        rows = int(generator.integers(0, 4))
        tiers = pack_tiers(*(random_tiers(generator) for _ in range(rows)))
        quantity = generator.normal(0.0, 10.0, rows)
        entry = generator.uniform(90.0, 110.0, rows)
        start = generator.uniform(90.0, 110.0, rows)
        extreme = start * (1.0 - np.sign(quantity) * generator.uniform(0.0, 0.2, rows))
        balance = float(generator.uniform(0.0, 500.0))
        agree(margin_excess, balance, quantity, entry, start, tiers)
        agree(liquidation_point, balance, quantity, entry, start, extreme, tiers)
        low, level, high = generator.uniform(90.0, 110.0, 3).tolist()
        agree(stop_point, float(generator.choice([1.0, -1.0])), level, low, high)
        agree(price_at, low, high, float(generator.uniform()))


def test_a_point_of_the_path_is_a_share_of_the_way_to_the_extreme() -> None:
    assert price_at(100.0, 90.0, 0.0) == 100.0
    assert price_at(100.0, 90.0, 0.25) == 97.5
    assert price_at(100.0, 90.0, 1.0) == 90.0


def test_a_stop_is_reached_on_the_way_to_the_extreme() -> None:
    assert stop_point(1.0, 95.0, 100.0, 90.0) == 0.5
    assert stop_point(-1.0, 105.0, 100.0, 110.0) == 0.5
    assert stop_point(1.0, 90.0, 100.0, 90.0) == 1.0


def test_a_stop_beyond_the_start_is_reached_at_once() -> None:
    assert stop_point(1.0, 101.0, 100.0, 90.0) == 0.0
    assert stop_point(1.0, 100.0, 100.0, 100.0) == 0.0


def test_a_stop_beyond_the_extreme_is_not_reached() -> None:
    assert isnan(stop_point(1.0, 89.0, 100.0, 90.0))
    assert isnan(stop_point(1.0, 99.0, 100.0, 100.0))
    assert isnan(stop_point(1.0, nan, 100.0, 90.0))


def point_of_one_long(balance: float, low: float) -> float:
    return float(
        liquidation_point(
            balance,
            np.array([10.0]),
            np.array([100.0]),
            np.array([100.0]),
            np.array([low]),
            pack_tiers(ONE_TIER),
        )
    )


def test_an_empty_pool_is_never_liquidated() -> None:
    nothing = np.zeros(0)
    assert isnan(liquidation_point(-1.0, nothing, nothing, nothing, nothing, pack_tiers()))


def test_a_pool_below_maintenance_at_the_start_is_liquidated_there() -> None:
    assert point_of_one_long(5.0, 90.0) == 0.0


def test_a_pool_that_survives_the_extreme_is_not_liquidated() -> None:
    assert isnan(point_of_one_long(200.0, 90.0))


@given(st.floats(20.0, 900.0))
def test_one_position_is_liquidated_exactly_at_its_liquidation_price(balance: float) -> None:
    price = liquidation_price(
        balance, (0, 0), (10.0, 0.0), (100.0, 0.0), 100.0, pack_tiers(ONE_TIER)
    )
    point = point_of_one_long(balance, 5.0)
    assert price_at(100.0, 5.0, point) == pytest.approx(price, rel=1e-12)


def test_a_falling_and_a_rising_price_hurt_at_once() -> None:
    pool = np.array([10.0, -10.0]), np.array([100.0, 50.0])
    start, extreme = np.array([100.0, 50.0]), np.array([90.0, 60.0])
    tiers = pack_tiers(ONE_TIER, ONE_TIER)
    # Along the path 100 + 200 x is lost less 0.01 x (1500 + 0 x) of margin: 115 - 15 = 200 x.
    point = liquidation_point(115.0, *pool, start, extreme, tiers)
    assert point == pytest.approx(0.5, rel=1e-12)
