"""Thinning a line for drawing."""

from collections.abc import Sequence
from datetime import timedelta
from math import sin

from app.charts.thinning import Point, thin_series
from tests.builders import NOW

STEP = timedelta(seconds=10)


def thin(values: Sequence[float | None], *, limit: int = 100) -> list[Point]:
    times = [NOW + STEP * place for place in range(len(values))]
    return thin_series(times, values, limit=limit, longest_gap=timedelta(minutes=1))


def test_a_short_series_stays_as_it_is() -> None:
    assert [value for _, value in thin([1.0, 2.0, 3.0])] == [1.0, 2.0, 3.0]


def test_a_long_series_keeps_its_extremes_and_ends_within_the_limit() -> None:
    values = [sin(place / 50) for place in range(8_640)]
    values[4_321], values[1_234] = 5.0, -5.0
    points = thin(values, limit=300)
    shown = [value for _, value in points]
    assert len(points) <= 300
    assert (5.0 in shown, -5.0 in shown) == (True, True)
    assert (shown[0], shown[-1]) == (values[0], values[-1])
    assert [at for at, _ in points] == sorted(at for at, _ in points)


def test_an_unknown_reading_breaks_the_line() -> None:
    assert [value for _, value in thin([1.0, None, 3.0])] == [1.0, None, 3.0]


def test_unknown_readings_break_the_line_after_thinning_too() -> None:
    values: list[float | None] = [float(place % 7) for place in range(2_000)]
    values[1_000:1_010] = [None] * 10
    assert None in [value for _, value in thin(values, limit=50)]


def test_time_without_readings_breaks_the_line() -> None:
    times = [NOW, NOW + STEP, NOW + timedelta(hours=1)]
    points = thin_series(times, [1.0, 2.0, 3.0], limit=10, longest_gap=timedelta(minutes=1))
    assert [value for _, value in points] == [1.0, 2.0, None, 3.0]


def test_nothing_known_draws_nothing() -> None:
    assert thin([None, None]) == []
    assert thin([]) == []
