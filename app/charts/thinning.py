"""Fewer points for the same picture."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
from tsdownsample import MinMaxLTTBDownsampler

Point = tuple[datetime, float | None]


def thin_series(
    times: Sequence[datetime],
    values: Sequence[float | None],
    *,
    limit: int,
    longest_gap: timedelta,
) -> list[Point]:
    """Pick at most `limit` known points that keep the line's shape, with its extremes.

    Where a value is unknown, or nothing was stored for longer than `longest_gap`, a point without
    a value breaks the line: what was not measured is not drawn.

    Parameters
    ----------
    times : sequence of datetime of length n
        Rising.
    values : sequence of float or None of length n
    limit : int
        At least 3; the breaks come on top.
    """
    known = [row for row, value in enumerate(values) if value is not None]
    picked = _picked([times[row] for row in known], [values[row] for row in known], limit)
    kept = [known[place] for place in picked]
    unknown_before = np.cumsum([value is None for value in values])
    points: list[Point] = []
    for place, row in enumerate(kept):
        if place > 0:
            last = kept[place - 1]
            lacks = unknown_before[last] != unknown_before[row]
            if lacks or _has_hole(times, last, row, longest_gap):
                points.append((times[last] + (times[row] - times[last]) / 2, None))
        points.append((times[row], values[row]))
    return points


def _picked(times: list[datetime], values: list[float | None], limit: int) -> list[int]:
    if len(values) <= limit:
        return list(range(len(values)))
    seconds = np.array([time.timestamp() for time in times])
    sampler: Any = MinMaxLTTBDownsampler()  # type: ignore[no-untyped-call]
    chosen = sampler.downsample(seconds, np.array(values, float), n_out=limit)
    return sorted({int(place) for place in chosen})


def _has_hole(times: Sequence[datetime], row: int, following: int, longest_gap: timedelta) -> bool:
    span = times[row : following + 1]
    return any(later - earlier > longest_gap for earlier, later in pairwise(span))
