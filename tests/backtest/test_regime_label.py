"""Labels of bars: simple, and known at their close."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etrms_core.backtest.regime_label import (
    RANGE_CALM,
    REGIME_NAMES,
    TREND_CALM,
    TREND_VOLATILE,
    UNKNOWN,
    label_regimes,
)
from etrms_core.errors import DomainError
from etrms_core.kernels.arrays import FloatArray


def path(*steps: float) -> FloatArray:
    return 100.0 * np.exp(np.cumsum((0.0, *steps)))


def test_a_straight_path_trends_and_a_zigzag_ranges() -> None:
    straight = label_regimes(path(*[0.001] * 40), window=10)
    zigzag = label_regimes(path(*[0.001, -0.001] * 20), window=10)
    assert set(straight[:10]) == {UNKNOWN}
    assert set(straight[10:]) <= {TREND_CALM, TREND_VOLATILE}
    assert set(zigzag[10:]) == {RANGE_CALM}


def test_a_path_that_grows_wilder_becomes_volatile() -> None:
    labels = label_regimes(path(*[0.001] * 40, *[0.01] * 40), window=10)
    assert labels[45] == TREND_VOLATILE
    assert labels[30] in {TREND_CALM, TREND_VOLATILE}


@settings(max_examples=60)
@given(st.lists(st.floats(-0.05, 0.05), min_size=5, max_size=60), st.integers(1, 59))
def test_no_label_knows_the_future(steps: list[float], cut: int) -> None:
    close = path(*steps)
    whole = label_regimes(close, window=3)
    begun = label_regimes(close[:cut], window=3)
    assert np.array_equal(whole[:cut], begun)
    assert set(whole.tolist()) <= set(REGIME_NAMES)


@pytest.mark.parametrize("flaw", [np.nan, 0.0, -1.0, np.inf])
def test_a_price_that_is_none_makes_its_window_unknown(flaw: float) -> None:
    close = path(*[0.001] * 40)
    close[20] = flaw
    labels = label_regimes(close, window=5)
    assert set(labels[20:26]) == {UNKNOWN}
    assert UNKNOWN not in labels[26:]


def test_too_few_bars_have_no_label_and_a_window_has_two() -> None:
    assert set(label_regimes(path(0.1), window=2)) == {UNKNOWN}
    assert label_regimes(np.zeros(0)).size == 0
    with pytest.raises(DomainError, match="at least 2"):
        label_regimes(path(0.1), window=1)
