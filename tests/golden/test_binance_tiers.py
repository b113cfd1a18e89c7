"""Binance's leverage tiers of 2025 for every USD-M contract, as its API published them."""

from math import nextafter

import pandas as pd
import pytest

from etrms_core.domain.instrument import MarginTiers
from etrms_core.kernels.margin import maintenance_margin
from tests.golden.shared_data import shared_file
from tests.kernels.inputs import pack_tiers


@pytest.fixture(scope="module")
def tiers() -> dict[str, MarginTiers]:
    frame = pd.read_parquet(shared_file("formats/binance_usdm_leverage_tiers_2025.parquet"))
    return {
        str(pair): MarginTiers(
            tuple(rows["min_notional"]),
            tuple(rows["maint_margin_rate"]),
            tuple(rows["cum_maint_amount"]),
        )
        for pair, rows in frame.sort_values(["pair", "tier"]).groupby("pair")
    }


def test_maintenance_margin_has_no_jump_at_any_tier_of_any_symbol(
    tiers: dict[str, MarginTiers],
) -> None:
    assert len(tiers) > 500
    for pair, own in tiers.items():
        packed = pack_tiers(own)
        for floor in own.notional_floors[1:]:
            below = maintenance_margin(packed, 0, nextafter(floor, 0.0))
            assert maintenance_margin(packed, 0, floor) == pytest.approx(below, rel=1e-9), pair


def test_the_published_amounts_follow_from_floors_and_rates(tiers: dict[str, MarginTiers]) -> None:
    for pair, own in tiers.items():
        amount = 0.0
        for tier in range(1, len(own.rates)):
            amount += own.notional_floors[tier] * (own.rates[tier] - own.rates[tier - 1])
            assert own.amounts[tier] == pytest.approx(amount, rel=1e-9), pair
