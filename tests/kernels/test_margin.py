"""Maintenance margin by tiers."""

from math import isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etrms_core.kernels.margin import initial_margin, maintenance_margin, tier_index
from tests.kernels.inputs import agree, continuous_tiers, generators, pack_tiers, random_tiers

TIERS = pack_tiers(
    continuous_tiers([0.0], [0.05]),
    continuous_tiers([0.0, 1000.0, 5000.0], [0.01, 0.02, 0.05]),
)


def test_margin_kernels_agree_with_their_twins() -> None:
    for generator in generators(100):
        tiers = pack_tiers(random_tiers(generator), random_tiers(generator))
        notional = float(generator.exponential(1e5))
        for position in (0, 1):
            agree(tier_index, tiers, position, notional)
            agree(maintenance_margin, tiers, position, notional)
        agree(maintenance_margin, tiers, 0, nan)
        agree(initial_margin, notional, float(generator.uniform(1.0, 125.0)))


@pytest.mark.parametrize(
    ("notional", "tier", "margin"),
    [(0.0, 1, 0.0), (999.0, 1, 9.99), (1000.0, 2, 10.0), (4000.0, 2, 70.0), (6000.0, 3, 140.0)],
)
def test_a_notional_pays_by_its_tier(notional: float, tier: int, margin: float) -> None:
    assert tier_index(TIERS, 1, notional) == tier
    assert maintenance_margin(TIERS, 1, notional) == pytest.approx(margin, rel=1e-12)


def test_positions_have_tiers_of_their_own() -> None:
    assert maintenance_margin(TIERS, 0, 4000.0) == 200.0


def test_an_unknown_notional_has_an_unknown_margin() -> None:
    assert isnan(maintenance_margin(TIERS, 0, nan))
    assert isnan(initial_margin(100.0, nan))


def test_initial_margin_is_notional_over_leverage() -> None:
    assert initial_margin(1000.0, 20.0) == 50.0


@given(st.floats(0.0, 1e5), st.floats(0.0, 1e4))
def test_more_notional_never_needs_less_margin(notional: float, more: float) -> None:
    assert maintenance_margin(TIERS, 1, notional + more) >= maintenance_margin(TIERS, 1, notional)
