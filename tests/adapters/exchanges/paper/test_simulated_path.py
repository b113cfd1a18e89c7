"""Shocks have the size they claim; prices, volumes and funding follow from them."""

import numpy as np
import pytest

from etrms_core.adapters.exchanges.paper.simulated_contracts import COLUMNS
from etrms_core.adapters.exchanges.paper.simulated_path import (
    HOURS_PER_BLOCK,
    NODES_PER_HOUR,
    SYMBOLS,
    decaying_path,
    deviation_path,
    draw_bars,
    draw_breath,
    draw_correlated_normals,
    draw_jumps,
    draw_premium,
    draw_volatility,
    first_state,
    funding_rates,
    generate_block,
    price_nodes,
)
from etrms_core.kernels.arrays import BoolArray, FloatArray

CALM = np.zeros(20_000, dtype=np.bool_)
VIOLENT = ~CALM


def generator() -> np.random.Generator:
    return np.random.default_rng(5)


def correlations(is_violent: BoolArray) -> FloatArray:
    shocks = draw_correlated_normals(generator(), is_violent).reshape(-1, SYMBOLS)
    return np.asarray(np.corrcoef(shocks.T))


def test_a_decaying_path_is_the_recursion_it_stands_for() -> None:
    shocks = generator().standard_normal((50, 2))
    value, expected = np.array([3.0, -1.0]), [np.array([3.0, -1.0])]
    for shock in shocks:
        value = 0.9 * value + shock
        expected.append(value)
    path = decaying_path(np.array([3.0, -1.0]), shocks, decay=0.9)
    assert path == pytest.approx(np.array(expected), rel=1e-12)


def test_a_block_goes_on_where_the_one_before_ended() -> None:
    first, state = generate_block(generator(), first_state())
    second, _ = generate_block(generator(), state)
    assert np.array_equal(first.node_prices[-1, -1], second.node_prices[0, 0])
    assert len(second.bars) == HOURS_PER_BLOCK


def test_the_breath_of_volatility_starts_from_the_hour_before() -> None:
    from_high, from_low = (draw_breath(generator(), first) for first in (1.0, 0.0))
    assert from_high[0] - from_low[0] == pytest.approx(0.97)


def test_volatility_averages_to_the_annual_figure_of_its_regime() -> None:
    for is_violent, annual in (
        (CALM, COLUMNS.calm_volatility),
        (VIOLENT, COLUMNS.violent_volatility),
    ):
        five_minutes = draw_volatility(generator(), is_violent, np.full(CALM.size, 0.0625))
        realised = np.sqrt((five_minutes**2).mean(axis=0) * 8760 * NODES_PER_HOUR)
        assert realised == pytest.approx(annual, rel=0.05)


def test_shocks_have_unit_variance_in_both_regimes() -> None:
    for is_violent in (CALM, VIOLENT):
        shocks = draw_correlated_normals(generator(), is_violent).reshape(-1, SYMBOLS)
        assert shocks.std(axis=0) == pytest.approx(np.ones(SYMBOLS), abs=0.01)


def test_the_common_share_is_the_correlation_across_sectors_and_rises_when_violent() -> None:
    calm, violent = correlations(CALM), correlations(VIOLENT)
    bitcoin, doge = COLUMNS.market_share[[0, 5]]
    assert calm[0, 5] == pytest.approx(np.sqrt(bitcoin * doge), abs=0.01)
    assert (violent >= calm - 1e-12).all()
    assert violent[0, 5] > calm[0, 5] + 0.08


def test_symbols_of_one_sector_move_closer_together() -> None:
    assert (
        correlations(CALM)[0, 1] > np.sqrt(COLUMNS.market_share[0] * COLUMNS.market_share[1]) + 0.05
    )


def test_jumps_hit_all_symbols_at_once_mostly_downwards_and_more_often_when_violent() -> None:
    jumps = draw_jumps(generator(), VIOLENT)
    jumped = np.abs(jumps) > 0.005
    assert np.array_equal(jumped.any(axis=2), jumped.all(axis=2))
    bitcoin = jumps[:, :, 0][jumped[:, :, 0]]
    assert (bitcoin < 0.0).mean() == pytest.approx(0.75, abs=0.1)
    assert bitcoin.size == pytest.approx(20_000 / 144, rel=0.25)
    calm = (np.abs(draw_jumps(generator(), CALM)[:, :, 0]) > 0.005).sum()
    assert 0 < calm < bitcoin.size / 4


def test_jumps_leave_no_drift() -> None:
    many = draw_jumps(generator(), np.ones(200_000, dtype=np.bool_))[:, :, 0].sum(axis=1)
    assert abs(many.mean()) < 4.0 * many.std() / np.sqrt(many.size)


def test_prices_are_pulled_back_to_the_anchor() -> None:
    days = 120
    shocks = np.zeros((days * 24, NODES_PER_HOUR, SYMBOLS))
    path = deviation_path(np.full(SYMBOLS, 0.8), shocks)
    assert path[0] == pytest.approx(np.full(SYMBOLS, 0.8))
    assert path[-1] == pytest.approx(np.full(SYMBOLS, 0.4))


def test_prices_never_reach_zero() -> None:
    nodes = price_nodes(np.full((NODES_PER_HOUR + 1, SYMBOLS), -60.0))
    assert nodes.min(axis=(0, 1)) == pytest.approx(1.0 / COLUMNS.ticks_per_unit)


def test_bars_sum_up_their_nodes() -> None:
    deviation = 0.01 * np.array([0, 1, 2, 3, 4, 3, 2, 1, 0, -1, -2, -1, 1.0])
    nodes = price_nodes(np.repeat(deviation[:, None], SYMBOLS, axis=1))
    bitcoin = draw_bars(generator(), nodes)[0, :4, 0]
    expected = [95_000.0 * np.exp(0.01 * each) for each in (0, 4, -2, 1)]
    assert bitcoin == pytest.approx(expected, abs=0.05)


def test_an_hour_without_movement_still_trades_one_lot() -> None:
    still = draw_bars(generator(), price_nodes(np.zeros((NODES_PER_HOUR + 1, SYMBOLS))))
    assert still[0, 4] == pytest.approx(1.0 / COLUMNS.lots_per_unit)


def test_the_premium_follows_the_trend() -> None:
    rising = draw_premium(generator(), np.zeros(SYMBOLS), np.full((48, SYMBOLS), 0.005))
    assert (rising[-1] > 0.0005).all()
    assert (rising[0] == 0.0).all()


def test_funding_is_the_interest_while_the_premium_is_small() -> None:
    premium = np.full((1, SYMBOLS), 0.0003)
    assert funding_rates(premium)[0, 0] == 0.0001
    assert funding_rates(premium)[0, 6] == 0.00005


def test_funding_follows_a_large_premium_up_to_a_cap() -> None:
    rates = [
        funding_rates(np.full((1, SYMBOLS), premium))[0, 0]
        for premium in (0.002, 0.1, -0.002, -0.1)
    ]
    assert rates == pytest.approx([0.0015, 0.0075, -0.0015, -0.0075])
