"""Where positions are liquidated, and what that costs."""

from math import isnan, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etrms_core.domain.instrument import MarginTiers
from etrms_core.kernels.liquidation import (
    bankruptcy_price,
    liquidation_fill,
    liquidation_price,
    margin_line,
    price_in_last_tier,
    root_seen_from,
)
from tests.kernels.inputs import (
    agree,
    continuous_tiers,
    generators,
    pack_tiers,
    random_tiers,
)

Legs = tuple[tuple[float, float], tuple[float, float]]
ONE_TIER = continuous_tiers([0.0], [0.01])
THREE_TIERS = continuous_tiers([0.0, 500.0, 2000.0], [0.01, 0.05, 0.2])

ENTRIES = st.floats(1.0, 1000.0)
SIZES = st.floats(0.01, 100.0)
RATES = st.lists(st.floats(0.004, 0.5), min_size=4, max_size=4).map(sorted)
FLOORS = st.lists(st.integers(1, 500_000), min_size=3, max_size=3, unique=True).map(sorted)
TIERS = st.builds(lambda floors, rates: continuous_tiers([0.0, *floors], rates), FLOORS, RATES)


def excess(price: float, collateral: float, legs: Legs, tiers: MarginTiers) -> float:
    """Equity behind the legs less their maintenance margin, written down independently."""
    total = collateral
    for quantity, entry in legs:
        notional = abs(quantity) * price
        tier = max(i for i, floor in enumerate(tiers.notional_floors) if notional >= floor)
        total += quantity * (price - entry)
        total -= notional * tiers.rates[tier] - tiers.amounts[tier]
    return total


def money_at_stake(price: float, collateral: float, legs: Legs) -> float:
    return abs(collateral) + sum(abs(quantity) * (price + entry) for quantity, entry in legs)


def solve(collateral: float, legs: Legs, mark: float, tiers: MarginTiers) -> float:
    (first, first_entry), (second, second_entry) = legs
    return float(
        liquidation_price(
            collateral,
            (0, 1),
            (first, second),
            (first_entry, second_entry),
            mark,
            pack_tiers(tiers, tiers),
        )
    )


def one_leg(quantity: float, entry: float) -> Legs:
    return (quantity, entry), (0.0, entry)


def test_liquidation_kernels_agree_with_their_twins() -> None:
    for generator in generators(200):
        tiers = pack_tiers(random_tiers(generator), random_tiers(generator))
        quantities = tuple(generator.normal(0.0, 50.0, 2).tolist())
        entries = tuple(generator.uniform(10.0, 1000.0, 2).tolist())
        collateral = float(generator.normal(5000.0, 5000.0))
        mark, side = float(generator.uniform(10.0, 1000.0)), float(generator.choice([1.0, -1.0]))
        for held in (quantities, (quantities[0], 0.0), (0.0, 0.0)):
            pool = (collateral, (0, 1), held, entries)
            agree(margin_line, *pool, mark, tiers)
            agree(root_seen_from, side, *pool, tiers)
            agree(liquidation_price, *pool, mark, tiers)
            agree(price_in_last_tier, (0, 1), held, tiers)
        agree(bankruptcy_price, collateral, quantities[0], entries[0])
        agree(liquidation_fill, collateral, quantities[0], entries[0], mark, 0.01)


def test_a_leveraged_long_does_not_survive_minus_half() -> None:
    price = solve(100.0, one_leg(10.0, 100.0), 100.0, ONE_TIER)
    assert price == pytest.approx((10.0 * 100.0 - 100.0) / (10.0 * 0.99), rel=1e-12)
    assert price > 50.0


def test_a_short_is_liquidated_above_its_entry() -> None:
    price = solve(100.0, one_leg(-10.0, 100.0), 100.0, ONE_TIER)
    assert price == pytest.approx((10.0 * 100.0 + 100.0) / (10.0 * 1.01), rel=1e-12)


def test_the_tier_is_that_of_the_liquidation_price() -> None:
    # 10 @ 100 with 600 behind it: at 4 x 10 the notional is back in the first tier.
    assert solve(600.0, one_leg(10.0, 100.0), 100.0, THREE_TIERS) == pytest.approx(
        400.0 / (10.0 * 0.99), rel=1e-12
    )
    # A short grows into the last tier: 600 + 1000 + 320 = 10 p (1 + 0.2).
    assert solve(1600.0, one_leg(-10.0, 100.0), 100.0, THREE_TIERS) == pytest.approx(
        (1600.0 + 1000.0 + 320.0) / 12.0, rel=1e-12
    )


def test_a_long_that_is_fully_paid_is_never_liquidated() -> None:
    assert isnan(solve(1000.0, one_leg(10.0, 100.0), 100.0, ONE_TIER))
    assert isnan(solve(5000.0, one_leg(10.0, 100.0), 100.0, THREE_TIERS))


def test_no_position_has_no_liquidation_price() -> None:
    assert isnan(solve(1000.0, one_leg(0.0, 100.0), 100.0, ONE_TIER))


def test_a_balanced_hedge_is_liquidated_by_a_rise_through_the_tiers() -> None:
    # Net long at a mark in the first tier, so that a fall seems to be the danger; the maintenance
    # margin of both legs outgrows the gain when prices rise.
    tiers = continuous_tiers([0.0, 15_000.0], [0.004, 0.1])
    legs = ((100.0, 100.0), (-98.0, 100.0))
    price = solve(1000.0, legs, 100.0, tiers)
    assert price > 100.0
    assert excess(price, 1000.0, legs, tiers) == pytest.approx(0.0, abs=1e-6)
    assert excess(1.0, 1000.0, legs, tiers) > 0.0


def test_of_two_liquidation_prices_the_nearer_one_counts() -> None:
    tiers = continuous_tiers([0.0, 15_000.0], [0.004, 0.1])
    legs = ((100.0, 100.0), (-90.0, 100.0))
    low, high = solve(600.0, legs, 60.0, tiers), solve(600.0, legs, 190.0, tiers)
    assert low < 60.0
    assert high > 190.0
    assert excess(low, 600.0, legs, tiers) == pytest.approx(0.0, abs=1e-6)
    assert excess(high, 600.0, legs, tiers) == pytest.approx(0.0, abs=1e-6)


@given(st.floats(-1e4, 1e5), SIZES, ENTRIES, st.sampled_from([1.0, -1.0]), ENTRIES, TIERS)
def test_the_price_of_one_position_solves_the_equation(
    collateral: float, size: float, entry: float, side: float, mark: float, tiers: MarginTiers
) -> None:
    require_solution(collateral, one_leg(side * size, entry), mark, tiers)


@given(st.floats(-1e4, 1e5), SIZES, SIZES, ENTRIES, ENTRIES, TIERS)
def test_the_price_of_hedged_legs_solves_the_equation(
    collateral: float, long: float, short: float, entry: float, mark: float, tiers: MarginTiers
) -> None:
    require_solution(collateral, ((long, entry), (-short, 0.9 * entry)), mark, tiers)


@given(st.floats(-1e4, 1e5), SIZES, st.floats(0.95, 1.05), ENTRIES, ENTRIES, TIERS)
def test_the_price_of_nearly_balanced_legs_solves_the_equation(
    collateral: float, long: float, ratio: float, entry: float, mark: float, tiers: MarginTiers
) -> None:
    require_solution(collateral, ((long, entry), (-ratio * long, entry)), mark, tiers)


def require_solution(collateral: float, legs: Legs, mark: float, tiers: MarginTiers) -> None:
    """Check that the price solves the equation and is the nearest to do so; NaN means none."""
    price = solve(collateral, legs, mark, tiers)
    noise = 1e-9 * money_at_stake(mark, collateral, legs)
    if isnan(price):
        reach = 1e4 * max(mark, *(entry for _, entry in legs))
        kinks = [
            floor / abs(quantity)
            for quantity, _ in legs
            if quantity != 0.0
            for floor in tiers.notional_floors
        ]
        values = [excess(p, collateral, legs, tiers) for p in (mark, *kinks, reach)]
        far = 1e-9 * money_at_stake(reach, collateral, legs)
        assert min(values) > -far or max(values) < noise
        return
    tolerance = 1e-9 * money_at_stake(price, collateral, legs)
    assert abs(excess(price, collateral, legs, tiers)) <= tolerance
    between = np.linspace(mark, price, 50)[1:-1].tolist()
    values = [excess(p, collateral, legs, tiers) for p in between]
    tolerance += noise
    assert min(values) >= -tolerance or max(values) <= tolerance


def test_the_bankruptcy_price_loses_exactly_the_collateral() -> None:
    assert bankruptcy_price(100.0, 10.0, 100.0) == 90.0
    assert bankruptcy_price(100.0, -10.0, 100.0) == 110.0


def test_a_liquidation_pays_its_fee_from_what_is_left() -> None:
    assert liquidation_fill(100.0, 10.0, 100.0, 91.0, 0.005) == pytest.approx((91.0, 4.55))
    assert liquidation_fill(100.0, 10.0, 100.0, 91.0, 0.05) == (91.0, 10.0)


def test_a_gap_beyond_bankruptcy_is_borne_by_the_venue() -> None:
    assert liquidation_fill(100.0, 10.0, 100.0, 60.0, 0.01) == (90.0, 0.0)
    assert liquidation_fill(100.0, -10.0, 100.0, 150.0, 0.01) == (110.0, 0.0)


@given(
    st.floats(0.0, 1e5),
    SIZES,
    st.sampled_from([1.0, -1.0]),
    ENTRIES,
    st.floats(0.01, 1e4),
    st.floats(0.0, 0.1),
)
def test_a_liquidation_never_takes_more_than_the_collateral(
    collateral: float, size: float, side: float, entry: float, price: float, fee_rate: float
) -> None:
    filled, fee = liquidation_fill(collateral, side * size, entry, price, fee_rate)
    left = collateral + side * size * (filled - entry) - fee
    assert filled > 0.0
    assert fee >= 0.0
    assert left >= -1e-9 * money_at_stake(filled, collateral, one_leg(side * size, entry))
    assert side * (filled - price) >= 0.0


def test_an_unknown_collateral_gives_no_price() -> None:
    assert isnan(solve(nan, one_leg(1.0, 100.0), 100.0, ONE_TIER))
