"""Contracts of the simulated market resemble those of a real venue."""

from itertools import pairwise

import numpy as np
import pytest

from etrms_core.adapters.exchanges.paper.simulated_contracts import (
    BITCOIN_TIERS,
    COLUMNS,
    CONTRACTS,
    continuous_tiers,
)

INSTRUMENTS = [contract.instrument for contract in CONTRACTS]


def test_margin_is_continuous_at_every_floor() -> None:
    for instrument in INSTRUMENTS:
        tiers = instrument.tiers
        assert len(tiers.rates) > 3
        rows = list(zip(tiers.notional_floors, tiers.rates, tiers.amounts, strict=True))
        for (_, rate_below, amount_below), (floor, rate, amount) in pairwise(rows):
            below = floor * rate_below - amount_below
            assert floor * rate - amount == pytest.approx(below, rel=1e-12)


def test_amounts_are_those_that_binance_published_for_bitcoin() -> None:
    assert BITCOIN_TIERS.amounts[1:4] == pytest.approx((50.0, 1_300.0, 16_300.0))


def test_rates_that_stay_the_same_add_no_amount() -> None:
    assert continuous_tiers((0.0, 100.0), (0.01, 0.01)).amounts == (0.0, 0.0)


def test_the_largest_leverage_leaves_room_above_maintenance_margin() -> None:
    for instrument in INSTRUMENTS:
        assert 1.0 / instrument.maximum_leverage > instrument.tiers.rates[0]


def test_the_smallest_order_is_a_small_sum_everywhere() -> None:
    for contract in CONTRACTS:
        assert contract.instrument.minimum_notional == 5.0
        assert 0.0 < contract.anchor_price * contract.instrument.lot_size < 150.0


def test_one_tick_is_a_small_part_of_every_price() -> None:
    for contract in CONTRACTS:
        assert 1e-7 < contract.instrument.tick_size / contract.anchor_price < 2e-4


def test_at_least_one_contract_pays_funding_every_four_hours_and_most_every_eight() -> None:
    intervals = [instrument.funding_interval_hours for instrument in INSTRUMENTS]
    assert 1 <= intervals.count(4) < intervals.count(8)


def test_steps_per_unit_invert_the_steps() -> None:
    ticks = [instrument.tick_size for instrument in INSTRUMENTS]
    lots = [instrument.lot_size for instrument in INSTRUMENTS]
    assert np.array_equal(1.0 / COLUMNS.ticks_per_unit, ticks)
    assert np.array_equal(1.0 / COLUMNS.lots_per_unit, lots)
