"""Regimes last days when calm and about a day when violent."""

from itertools import groupby

import numpy as np
import pytest

from etrms_core.adapters.exchanges.paper.simulated_regimes import (
    by_regime,
    draw_regimes,
    regime_label,
)


def mean_duration(regimes: list[bool], *, is_violent: bool) -> float:
    lengths = [len(list(run)) for value, run in groupby(regimes) if value == is_violent]
    return float(np.mean(lengths))


def test_regimes_last_as_long_as_they_should() -> None:
    regimes = draw_regimes(np.random.default_rng(1), hours=200_000, was_violent=False).tolist()
    assert mean_duration(regimes, is_violent=False) == pytest.approx(120.0, rel=0.1)
    assert mean_duration(regimes, is_violent=True) == pytest.approx(24.0, rel=0.1)


def test_a_regime_goes_on_from_the_hour_before() -> None:
    starts = {
        was_violent: [
            bool(draw_regimes(np.random.default_rng(seed), hours=1, was_violent=was_violent)[0])
            for seed in range(200)
        ]
        for was_violent in (False, True)
    }
    assert np.mean(starts[False]) < 0.1
    assert np.mean(starts[True]) > 0.9


def test_values_by_regime_have_a_row_per_hour_and_a_column_per_symbol() -> None:
    values = by_regime(np.array([False, True]), np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    assert values.tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_labels_are_calm_and_violent() -> None:
    assert [regime_label(is_violent=each) for each in (False, True)] == ["calm", "violent"]
