"""Crosses: on the bar only, with both neighbours known, compiled and interpreted."""

from math import nan

import numpy as np
import pytest

from etrms_core.kernels.crosses import cross_codes
from tests.kernels.inputs import agree


@pytest.mark.parametrize(
    ("line", "level", "expected"),
    [
        ([1.0, 3.0, 3.0, 1.0], [2.0] * 4, [0, 5, 0, 10]),
        ([2.0, 3.0, 2.0, 3.0], [2.0] * 4, [0, 5, 0, 5]),
        ([2.0, 1.0, 2.0, 1.0], [2.0] * 4, [0, 10, 0, 10]),
        ([3.0, 4.0, 5.0], [2.0] * 3, [0, 0, 0]),
        ([nan, 3.0, 1.0], [2.0] * 3, [0, 0, 10]),
        ([1.0, nan, 3.0], [2.0] * 3, [0, 0, 0]),
        ([1.0, 3.0], [nan, 2.0], [0, 0]),
        ([1.0], [2.0], [0]),
        ([], [], []),
    ],
)
def test_a_cross_is_marked_on_its_bar_only(
    line: list[float], level: list[float], expected: list[int]
) -> None:
    first, second = np.array(line), np.array(level)
    assert agree(cross_codes, first, second, 5, 10).tolist() == expected


def test_both_twins_agree_on_a_rough_wave() -> None:
    rng = np.random.default_rng(1)
    line = np.round(3.0 * np.sin(np.arange(3_000)) + rng.normal(size=3_000))
    level = np.zeros(line.size)
    level[rng.integers(0, line.size, 50)] = nan
    compiled = agree(cross_codes, line, level, 4, 8)
    assert compiled.dtype == np.int8
    assert np.count_nonzero(compiled) > 50
