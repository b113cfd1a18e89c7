"""Flaws of bars on plain arrays; times are microseconds since 1970, UTC, one entry per row."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from etrms_core.kernels.arrays import BoolArray, FloatArray, IntArray

DAY_US = 86_400_000_000


class Run(NamedTuple):
    """Successive bars: open times of the first and the last of them, and their number."""

    start: int
    end: int
    bars: int


def price_flaws(prices: FloatArray, volume: FloatArray) -> dict[str, BoolArray]:
    """Mark the bars with unsound numbers.

    Parameters
    ----------
    prices : ndarray of shape (4, n_bars)
        Open, high, low, close.
    volume : ndarray of shape (n_bars,)

    Returns
    -------
    dict of str to ndarray of shape (n_bars,)
        Keys non_finite, non_positive, high_below_low, zero_volume. A bar with a NaN or an infinite
        price takes no part in the comparison of its prices with each other.
    """
    opened, high, low, close = prices
    has_prices = np.isfinite(prices).all(axis=0)
    disordered = (high < np.maximum(opened, close)) | (low > np.minimum(opened, close))
    return {
        "non_finite": ~(has_prices & np.isfinite(volume)),
        "non_positive": (prices <= 0.0).any(axis=0) | (volume < 0.0),
        "high_below_low": has_prices & disordered,
        "zero_volume": volume == 0.0,
    }


def time_flaws(times: IntArray, *, step: int | None, now: int | None) -> dict[str, BoolArray]:
    """Mark the bars with unsound open times.

    Keys are out_of_order (before the row above), duplicates (as in any row above), future_bars
    (after `now`, if given) and off_grid (`step` given: not a multiple of it since midnight UTC, or,
    where it does not divide a day, not on its most common phase).
    """
    nowhere = np.zeros(len(times), dtype=np.bool_)
    out_of_order = nowhere.copy()
    out_of_order[1:] = times[1:] < times[:-1]
    return {
        "out_of_order": out_of_order,
        "duplicates": pd.Index(times).duplicated(),
        "future_bars": nowhere if now is None else times > now,
        "off_grid": nowhere if step is None else times % step != _grid_phase(times, step),
    }


def most_common_step(times: IntArray) -> int | None:
    """Return the most common distance of neighbouring open times, the shortest of equals.

    None if all open times are the same.
    """
    steps, counts = np.unique(np.diff(np.unique(times)), return_counts=True)
    return int(steps[counts.argmax()]) if len(steps) else None


def missing_runs(times: IntArray, *, step: int) -> tuple[Run, ...]:
    """Return the bars that lack between the first and the last, oldest first.

    Only bars on the most common phase count as present, so that a stray one closes no gap.
    """
    present = np.unique(times[times % step == _common_phase(times, step)])
    missing = np.diff(present) // step - 1
    return tuple(
        Run(int(present[i]) + step, int(present[i + 1]) - step, int(missing[i]))
        for i in np.flatnonzero(missing)
    )


def flat_runs(
    times: IntArray, high: FloatArray, low: FloatArray, *, shortest: int
) -> tuple[Run, ...]:
    """Return the runs, in order of time, of at least `shortest` bars whose high is their low."""
    order = np.argsort(times, kind="stable")
    edges = np.diff((high == low)[order].astype(np.int8), prepend=0, append=0)
    runs = zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True)
    return tuple(
        Run(int(times[order[start]]), int(times[order[end - 1]]), int(end - start))
        for start, end in runs
        if end - start >= shortest
    )


def _grid_phase(times: IntArray, step: int) -> int:
    return 0 if DAY_US % step == 0 else _common_phase(times, step)


def _common_phase(times: IntArray, step: int) -> int:
    phases, counts = np.unique(times % step, return_counts=True)
    return int(phases[counts.argmax()]) if len(phases) else 0
