"""Targets that are worth an order, compiled and interpreted."""

from math import nan

import numpy as np
import pytest

from etrms_core.kernels.target_changes import changed_targets
from tests.kernels.inputs import agree


@pytest.mark.parametrize(
    ("target", "band", "expected"),
    [
        ([nan, 0.0, 0.0, 1.0, 1.0, nan, 1.0, -1.0], 0.0, [nan, 0, nan, 1, nan, nan, nan, -1]),
        ([1.0, 1.1, 1.05, 1.2, 1.0], 0.11, [1.0, nan, nan, 1.2, 1.0]),
        ([0.0, 0.1, -0.1], 0.5, [0.0, 0.1, -0.1]),
        ([], 0.1, []),
    ],
)
def test_only_changes_beyond_the_band_are_kept(
    target: list[float], band: float, expected: list[float]
) -> None:
    values = np.array(target, np.float64)
    kept = agree(changed_targets, values, band)
    assert np.array_equal(kept, np.array(expected, float), equal_nan=True)
