"""Hours are generated in order, whatever is asked for, also by several threads."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from etrms_core.adapters.exchanges.paper.simulated_history import (
    BOOK,
    SECONDS,
    SimulatedHistory,
    seeded_generator,
)
from etrms_core.adapters.exchanges.paper.simulated_path import HOURS_PER_BLOCK


def test_a_window_over_blocks_is_its_hours_one_by_one() -> None:
    history = SimulatedHistory(1)
    first, end = HOURS_PER_BLOCK - 2, 2 * HOURS_PER_BLOCK + 2
    window = history.hours(first, end)
    singles = [history.hours(number, number + 1) for number in range(first, end)]
    assert len(window.is_violent) == end - first
    for column, parts in zip(window, zip(*singles, strict=True), strict=True):
        assert np.array_equal(column, np.concatenate(parts))


def test_an_empty_window_has_no_hours() -> None:
    history = SimulatedHistory(1)
    for first in (0, 5, HOURS_PER_BLOCK):
        assert len(history.hours(first, first).bars) == 0


def test_later_blocks_do_not_depend_on_who_asked_first() -> None:
    at_once, in_order = SimulatedHistory(1), SimulatedHistory(1)
    last = at_once.block(3)
    blocks = [in_order.block(index) for index in range(4)]
    assert all(map(np.array_equal, last, blocks[3]))
    assert not np.array_equal(blocks[2].volatility, blocks[3].volatility)


def test_threads_that_ask_at_once_get_the_same_hours() -> None:
    shared, alone = SimulatedHistory(1), SimulatedHistory(1)
    numbers = [index * HOURS_PER_BLOCK for index in range(30)] * 4
    with ThreadPoolExecutor(8) as pool:
        prices = list(pool.map(lambda number: shared.hours(number, number + 1).bars, numbers))
    expected = [alone.hours(number, number + 1).bars for number in numbers]
    assert all(map(np.array_equal, prices, expected))


def test_streams_and_places_have_chance_of_their_own() -> None:
    draws = {
        float(seeded_generator(*key).random())
        for key in (
            (1, SECONDS, 7),
            (1, BOOK, 7),
            (2, SECONDS, 7),
            (1, SECONDS, 8),
            (1, BOOK, 7, 1),
        )
    }
    assert len(draws) == 5
