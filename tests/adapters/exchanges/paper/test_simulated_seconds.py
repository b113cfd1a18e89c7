"""Prices inside an hour pass its nodes and stay between its extremes."""

import numpy as np
import pytest

from etrms_core.adapters.exchanges.paper.simulated_history import SimulatedHistory
from etrms_core.adapters.exchanges.paper.simulated_path import NODES_PER_HOUR, MarketHours
from etrms_core.adapters.exchanges.paper.simulated_seconds import (
    SECONDS_PER_HOUR,
    SECONDS_PER_NODE,
    draw_bridges,
    draw_second_prices,
    fold_into,
    half_spreads,
    interpolate_nodes,
)

HISTORY = SimulatedHistory(3)
HOURS = [HISTORY.hours(number, number + 1) for number in range(0, 150, 10)]


def generator() -> np.random.Generator:
    return np.random.default_rng(8)


@pytest.mark.parametrize("hour", HOURS)
def test_marks_pass_every_node_and_stay_inside_the_bar(hour: MarketHours) -> None:
    mark = draw_second_prices(generator(), hour).mark
    assert mark.shape[0] == SECONDS_PER_HOUR
    assert np.array_equal(mark[::SECONDS_PER_NODE], hour.node_prices[0, :-1])
    assert (mark >= hour.bars[0, 2]).all()
    assert (mark <= hour.bars[0, 1]).all()


@pytest.mark.parametrize("hour", HOURS)
def test_the_mark_lies_between_bid_and_ask(hour: MarketHours) -> None:
    mark, bid, ask = draw_second_prices(generator(), hour)
    assert (bid <= mark).all()
    assert (mark <= ask).all()
    assert (bid < ask).all()


def test_marks_wander_around_the_lines_between_nodes() -> None:
    hour = HOURS[3]
    lines = interpolate_nodes(hour.node_prices[0])[:, :, 0].ravel()
    distance = draw_second_prices(generator(), hour).mark[:, 0] / lines - 1.0
    assert 0.05 < distance.std() / hour.volatility[0, 0] < 0.5


def test_marks_do_not_stick_to_the_extremes() -> None:
    hour = HOURS[3]
    mark = draw_second_prices(generator(), hour).mark[:, 0]
    at_extremes = (mark == hour.bars[0, 1, 0]) | (mark == hour.bars[0, 2, 0])
    assert at_extremes.mean() < 0.02


def test_lines_between_nodes_are_straight() -> None:
    nodes = np.array([[0.0], [300.0], [0.0]])
    lines = interpolate_nodes(nodes)
    assert lines[0, :, 0] == pytest.approx(np.arange(300.0))
    assert lines[1, :, 0] == pytest.approx(300.0 - np.arange(300.0))


def test_bridges_start_at_zero_and_are_widest_in_the_middle() -> None:
    draws = generator()
    bridges = np.concatenate([draw_bridges(draws) for _ in range(50)])
    assert (bridges[:, 0] == 0.0).all()
    assert bridges[:, SECONDS_PER_NODE // 2].std() == pytest.approx(0.5, rel=0.05)
    assert bridges[:, -1].std() < 0.1
    assert bridges.shape[0] == 50 * NODES_PER_HOUR


def test_prices_beyond_an_extreme_are_reflected() -> None:
    low, high = np.array([10.0]), np.array([20.0])
    prices = np.array([[12.0], [21.0], [9.0], [10.0], [20.0]])
    assert fold_into(prices, low, high).ravel().tolist() == [12.0, 19.0, 11.0, 10.0, 20.0]


def test_prices_far_beyond_an_extreme_still_end_inside() -> None:
    low, high = np.array([10.0]), np.array([20.0])
    folded = fold_into(np.array([[-500.0], [500.0]]), low, high)
    assert (folded >= low).all()
    assert (folded <= high).all()


def test_spreads_are_wider_in_a_violent_hour_of_the_same_price() -> None:
    calm = HOURS[0]._replace(is_violent=np.array([False]))
    below, above = half_spreads(calm)
    violent_below, violent_above = half_spreads(calm._replace(is_violent=np.array([True])))
    assert (below + above >= 1.0).all()
    assert (violent_below + violent_above > 1.5 * (below + above)).all()
