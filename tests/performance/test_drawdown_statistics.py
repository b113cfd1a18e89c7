"""Depth, length and pain of drawdowns, by hand."""

from math import isnan, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etrms_core.performance.drawdown_statistics import drawdown_metrics

PATHS = st.lists(st.floats(0.01, 100.0), min_size=2, max_size=60)


def test_every_figure_has_its_hand_worked_value() -> None:
    # Drawdowns 0, 0, 0.1, 0.01, 0, 0.05, 0.
    measured = drawdown_metrics(np.array([1.0, 1.1, 0.99, 1.089, 1.3068, 1.24146, 1.4]))
    assert measured == pytest.approx(
        {
            "max_drawdown": 0.1,
            "max_drawdown_bars": 2.0,
            "recovery_bars": 2.0,
            "ulcer_index": sqrt((0.1**2 + 0.01**2 + 0.05**2) / 7.0),
        },
        rel=1e-12,
    )


def test_the_loss_of_the_first_bar_is_a_drawdown() -> None:
    # REFERENCES trap 5.
    assert drawdown_metrics(np.array([1.0, 0.9, 0.95]))["max_drawdown"] == pytest.approx(0.1)


def test_a_drawdown_that_has_not_ended_counts_but_has_no_recovery() -> None:
    measured = drawdown_metrics(np.array([1.0, 0.9, 1.0, 0.8, 0.85, 0.9]))
    assert measured["max_drawdown_bars"] == 3.0
    assert isnan(measured["recovery_bars"])


def test_the_longest_run_need_not_be_the_deepest() -> None:
    measured = drawdown_metrics(np.array([1.0, 0.99, 0.99, 0.99, 1.0, 0.5, 1.0]))
    assert measured["max_drawdown_bars"] == 3.0
    assert measured["recovery_bars"] == 1.0


def test_a_rising_path_has_no_drawdown() -> None:
    measured = drawdown_metrics(np.array([1.0, 1.0, 1.2]))
    assert set(measured.values()) == {0.0}


@given(PATHS)
def test_figures_agree_with_a_walk_along_the_path(path: list[float]) -> None:
    nav = np.array(path) / path[0]
    peak, run, longest, depth, squares = 1.0, 0, 0, 0.0, 0.0
    for value in nav.tolist():
        peak = max(peak, value)
        run = run + 1 if value < peak else 0
        longest, depth = max(longest, run), max(depth, 1.0 - value / peak)
        squares += (1.0 - value / peak) ** 2
    measured = drawdown_metrics(nav)
    assert measured["max_drawdown"] == pytest.approx(depth, rel=1e-12)
    assert measured["max_drawdown_bars"] == longest
    assert measured["ulcer_index"] == pytest.approx(sqrt(squares / nav.size), rel=1e-9)


@given(PATHS)
def test_recovery_ends_at_the_first_point_at_the_old_peak(path: list[float]) -> None:
    nav = np.array([*path, 1.0 + max(path)]) / path[0]
    bars = int(drawdown_metrics(nav)["recovery_bars"])
    drawdown = 1.0 - nav / np.maximum.accumulate(nav)
    trough = int(drawdown.argmax())
    assert drawdown[trough + bars] == 0.0
    assert (drawdown[trough : trough + bars] > 0.0).all()
