"""Every flaw of bars is counted, placed and told; none is repaired."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etrms_core.backtest.bar_quality import (
    BAR_COLUMNS,
    FlatStretch,
    Gap,
    check_bars,
    require_usable,
    timeframe_seconds,
)
from etrms_core.errors import DataError, DomainError
from tests.backtest.bar_frames import sound_bars

START = datetime(2024, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def at(hour: int) -> datetime:
    return START + hour * HOUR


def changed(bars: pd.DataFrame, row: int, **values: float) -> pd.DataFrame:
    copy = bars.copy()
    for column, value in values.items():
        copy.iloc[row, copy.columns.get_loc(column)] = value
    return copy


def rows(bars: pd.DataFrame, *numbers: int) -> pd.DataFrame:
    return bars.iloc[list(numbers)]


def test_sound_bars_have_no_problem() -> None:
    bars = sound_bars(48)
    quality = check_bars(bars, timeframe="1h", now=at(48))
    assert quality.problems() == []
    assert quality.is_usable
    assert (quality.rows, quality.first, quality.last) == (48, at(0), at(47))
    assert quality.missing_bars == 0
    assert dict(quality.first_at) == {}
    require_usable(bars, quality, name="sound")


@pytest.mark.parametrize("step", ["1m", "15m", "30m", "1h", "4h", "1d", "3d", "1w"])
def test_the_timeframe_is_the_most_common_step(step: str) -> None:
    index_step = f"{timeframe_seconds(step)}s"
    bars = sound_bars(30, step=index_step, start="2024-03-04").drop(
        sound_bars(30, step=index_step, start="2024-03-04").index[[5, 6, 11]]
    )
    quality = check_bars(bars)
    assert quality.timeframe == step
    assert quality.missing_bars == 3
    assert quality.off_grid == 0


def test_of_equally_common_steps_the_shortest_is_the_timeframe() -> None:
    assert check_bars(rows(sound_bars(), 0, 3, 4)).timeframe == "1h"


def test_neither_repeated_nor_disordered_bars_mislead_about_the_timeframe() -> None:
    quality = check_bars(rows(sound_bars(), 3, 3, 3, 3, 0, 2, 1))
    assert (quality.timeframe, quality.missing_bars) == ("1h", 0)


@pytest.mark.parametrize("seconds", [0.25, 1.5, 59.999])
def test_a_step_that_no_timeframe_has_is_not_named(seconds: float) -> None:
    bars = sound_bars(3)
    bars.index = pd.DatetimeIndex([START + timedelta(seconds=seconds) * i for i in range(3)])
    quality = check_bars(bars)
    assert quality.timeframe is None
    assert quality.problems() == [
        "no timeframe can be told from the open times, so gaps are unknown"
    ]


def test_a_single_bar_has_no_timeframe_unless_one_is_given() -> None:
    assert check_bars(sound_bars(1)).timeframe is None
    assert check_bars(sound_bars(1), timeframe="1h").problems() == []


def test_no_bars_are_not_usable() -> None:
    bars = sound_bars(0)
    quality = check_bars(bars, timeframe="1h", now=START)
    assert (quality.rows, quality.first, quality.last) == (0, None, None)
    assert quality.problems() == ["there are no bars"]
    with pytest.raises(DataError, match=r"^empty: there are no bars$"):
        require_usable(bars, quality, name="empty")


def test_gaps_are_given_by_their_first_and_last_missing_bar() -> None:
    bars = rows(sound_bars(), 0, 1, 3, 4, 5, 9, 10, 11)
    quality = check_bars(bars)
    assert quality.gaps == (Gap(at(2), at(2), 1), Gap(at(6), at(8), 3))
    assert quality.missing_bars == 4
    assert quality.is_usable
    assert quality.problems() == [
        "4 missing bars in 2 gaps, first at 2024-03-01 02:00:00 UTC"
        ", longest 3 from 2024-03-01 06:00:00 UTC"
    ]


def test_a_duplicate_counts_every_row_but_the_first() -> None:
    bars = rows(sound_bars(), 0, 1, 1, 1, 2, 3)
    quality = check_bars(bars)
    assert quality.duplicates == 2
    assert quality.out_of_order == 0
    assert quality.problems() == [
        "2 bars with an open time that occurred before, first at 2024-03-01 01:00:00 UTC"
    ]
    with pytest.raises(DataError, match="2 bars with an open time that occurred before"):
        require_usable(bars, quality, name="twice")


def test_a_bar_before_the_row_above_is_out_of_order() -> None:
    bars = rows(sound_bars(), 0, 1, 3, 2, 4)
    quality = check_bars(bars)
    assert (quality.out_of_order, quality.duplicates, quality.gaps) == (1, 0, ())
    assert quality.first_at["out_of_order"] == at(2)
    assert not quality.is_usable


@pytest.mark.parametrize(
    "values",
    [
        {"high": 90.0},
        {"low": 120.0},
        {"open": 200.0},
        {"close": 1.0},
        {"high": 104.0, "low": 106.0, "open": 105.0, "close": 105.0},
    ],
)
def test_prices_outside_high_and_low_are_counted(values: dict[str, float]) -> None:
    bars = changed(sound_bars(), 5, **values)
    quality = check_bars(bars)
    assert (quality.high_below_low, quality.non_finite, quality.non_positive) == (1, 0, 0)
    assert not quality.is_usable
    with pytest.raises(DataError) as error:
        require_usable(bars, quality, name="x.csv")
    assert str(error.value).startswith(
        "x.csv: 1 bar not within low <= open, close <= high, first at 2024-03-01 05:00:00 UTC (open"
    )
    column, value = next(iter(values.items()))
    assert f"{column} {value:.12g}" in str(error.value)


@pytest.mark.parametrize("column", BAR_COLUMNS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_counted_in_every_column(column: str, value: float) -> None:
    quality = check_bars(changed(sound_bars(), 7, **{column: value}))
    assert quality.non_finite == 1
    assert quality.high_below_low == 0
    assert quality.first_at["non_finite"] == at(7)
    assert not quality.is_usable


@pytest.mark.parametrize(
    "values", [{"low": 0.0}, {"low": -1.0}, {"volume": -0.1}, dict.fromkeys(BAR_COLUMNS[:4], 0.0)]
)
def test_prices_at_or_below_zero_and_negative_volume_are_counted(values: dict[str, float]) -> None:
    quality = check_bars(changed(sound_bars(), 7, **values))
    assert (quality.non_positive, quality.non_finite, quality.high_below_low) == (1, 0, 0)
    assert not quality.is_usable


def test_zero_volume_is_told_and_accepted() -> None:
    quality = check_bars(changed(changed(sound_bars(), 7, volume=0.0), 9, volume=0.0))
    assert quality.zero_volume == 2
    assert quality.is_usable
    assert quality.problems() == ["2 bars without volume, first at 2024-03-01 07:00:00 UTC"]


def test_flat_stretches_have_at_least_three_bars() -> None:
    bars = sound_bars()
    for row in (2, 3, 6, 7, 8, 45, 46, 47):
        bars.iloc[row, :4] = 100.0 + row
    quality = check_bars(bars)
    assert quality.flat_stretches == (
        FlatStretch(at(6), at(8), 3),
        FlatStretch(at(45), at(47), 3),
    )
    assert quality.is_usable
    assert quality.problems() == [
        "6 bars in 2 flat stretches, first at 2024-03-01 06:00:00 UTC (3 bars)"
    ]


def test_bars_that_open_after_now_are_in_the_future() -> None:
    bars = sound_bars(10)
    quality = check_bars(bars, now=at(7))
    assert quality.future_bars == 2
    with pytest.raises(DataError, match="2 bars in the future, first at 2024-03-01 08:00:00 UTC"):
        require_usable(bars, quality, name="x")
    assert check_bars(bars).future_bars == 0


def test_now_in_another_zone_is_the_same_moment() -> None:
    tokyo = timedelta(hours=9)
    later = (at(7) + tokyo).replace(tzinfo=None)
    zoned = pd.Timestamp(later).tz_localize("Asia/Tokyo").to_pydatetime()
    assert check_bars(sound_bars(10), now=zoned).future_bars == 2


def test_a_bar_off_the_grid_is_counted_and_closes_no_gap() -> None:
    bars = sound_bars(24)
    times = bars.index.to_list()
    times[5] += timedelta(minutes=20)
    bars.index = pd.DatetimeIndex(times)
    quality = check_bars(bars)
    assert quality.off_grid == 1
    assert quality.first_at["off_grid"] == at(5) + timedelta(minutes=20)
    assert quality.gaps == (Gap(at(5), at(5), 1),)


def test_hours_that_all_open_at_half_past_are_off_the_grid_but_complete() -> None:
    quality = check_bars(sound_bars(24, start="2024-03-01 00:30"))
    assert (quality.timeframe, quality.off_grid, quality.missing_bars) == ("1h", 24, 0)


def test_weeks_may_begin_on_any_one_day() -> None:
    monday = sound_bars(10, step="7D", start="2024-03-04")
    assert check_bars(monday).off_grid == 0
    strayed = monday.copy()
    times = strayed.index.to_list()
    times[4] += timedelta(days=1)
    strayed.index = pd.DatetimeIndex(times)
    assert check_bars(strayed, timeframe="1w").off_grid == 1


def test_a_shorter_timeframe_than_the_bars_have_is_all_gaps() -> None:
    quality = check_bars(sound_bars(3), timeframe="15m")
    assert (quality.timeframe, quality.missing_bars, len(quality.gaps)) == ("15m", 6, 2)


def test_the_frame_is_not_changed() -> None:
    bars = rows(sound_bars(), 3, 1, 1, 2)
    before = bars.copy(deep=True)
    check_bars(bars, now=START)
    pd.testing.assert_frame_equal(bars, before)


def test_problems_tell_what_is_fatal_first() -> None:
    bars = rows(changed(changed(sound_bars(), 1, high=1.0), 2, volume=0.0), 0, 1, 2, 4, 4, 3)
    problems = check_bars(bars).problems()
    assert [problem.split(",")[0] for problem in problems] == [
        "1 bar before the bar of the row above",
        "1 bar with an open time that occurred before",
        "1 bar not within low <= open",
        "1 bar without volume",
    ]


def test_the_values_shown_are_those_of_the_first_bad_bar() -> None:
    bars = changed(changed(sound_bars(), 9, low=-3.0), 4, low=-2.0)
    with pytest.raises(DataError, match=r"2 bars .* 04:00:00 UTC \(open .* low -2, close"):
        require_usable(bars, check_bars(bars), name="x")


@pytest.mark.parametrize("column", BAR_COLUMNS)
def test_a_frame_without_a_column_is_refused(column: str) -> None:
    with pytest.raises(DataError, match=f"no column {column}"):
        check_bars(sound_bars().drop(columns=column))


def test_text_in_a_column_is_refused() -> None:
    bars = sound_bars().astype({"low": object})
    bars.iloc[3, 2] = "cheap"
    with pytest.raises(DataError, match=r"column low: .*cheap"):
        check_bars(bars)


def test_naive_absent_and_absurd_times_are_refused() -> None:
    naive = sound_bars(3)
    naive.index = naive.index.tz_localize(None)
    with pytest.raises(DataError, match="aware UTC times"):
        check_bars(naive)
    with pytest.raises(DataError, match="aware UTC times, was int64"):
        check_bars(sound_bars(3).reset_index(drop=True))
    absent = sound_bars(3)
    absent.index = pd.DatetimeIndex([absent.index[0], pd.NaT, absent.index[2]])
    with pytest.raises(DataError, match="no open time in row 2"):
        check_bars(absent)
    ancient = sound_bars(3)
    ancient.index = pd.DatetimeIndex([at(0), datetime(1969, 12, 31, 23, tzinfo=UTC), at(2)])
    with pytest.raises(DataError, match="1970 to 9999, was another year in row 2"):
        check_bars(ancient)


def test_wrong_questions_are_refused() -> None:
    with pytest.raises(DomainError, match="now is an aware time"):
        check_bars(sound_bars(3), now=datetime(2024, 3, 1))  # noqa: DTZ001 (naive on purpose)
    with pytest.raises(DomainError, match="was '1 hour'"):
        check_bars(sound_bars(3), timeframe="1 hour")


@given(st.permutations(range(12)))
def test_shuffled_bars_are_reported(order: list[int]) -> None:
    quality = check_bars(rows(sound_bars(12), *order))
    assert (quality.out_of_order > 0) == (order != sorted(order))
    assert quality.is_usable == (order == sorted(order))
    assert (quality.rows, quality.first, quality.last) == (12, at(0), at(11))
    assert (quality.missing_bars, quality.duplicates) == (0, 0)


@given(st.lists(st.integers(0, 15), min_size=1, max_size=40))
def test_repeated_and_left_out_bars_are_reported(picked: list[int]) -> None:
    quality = check_bars(rows(sound_bars(16), *picked), timeframe="1h")
    present = sorted(set(picked))
    assert quality.duplicates == len(picked) - len(present)
    assert quality.missing_bars == present[-1] - present[0] + 1 - len(present)
    assert quality.out_of_order == sum(a > b for a, b in pairwise(picked))
    assert quality.is_usable == (picked == present)


@given(
    row=st.integers(0, 11),
    column=st.sampled_from(BAR_COLUMNS),
    value=st.floats() | st.sampled_from([0.0, -0.0, 1e-320, 1e308, 50.0, 500.0]),
)
def test_a_changed_number_is_reported_when_it_breaks_a_rule(
    row: int, column: str, value: float
) -> None:
    bars = changed(sound_bars(12), row, **{column: value})
    bar = bars.iloc[row]
    is_sound = (
        bool(np.isfinite(bar).all())
        and 0.0 < bar["low"] <= min(bar["open"], bar["close"])
        and max(bar["open"], bar["close"]) <= bar["high"]
        and bar["volume"] >= 0.0
    )
    quality = check_bars(bars)
    assert quality.is_usable == is_sound
    assert all(time == at(row) for time in quality.first_at.values())
    if not is_sound:
        with pytest.raises(DataError, match="x: 1 bar "):
            require_usable(bars, quality, name="x")


@given(
    seconds=st.lists(st.integers(0, 253_402_300_799), max_size=30),
    prices=st.lists(st.floats(width=32), min_size=5, max_size=5),
)
def test_any_frame_of_numbers_and_times_is_judged(seconds: list[int], prices: list[float]) -> None:
    bars = pd.DataFrame(
        dict(zip(BAR_COLUMNS, prices, strict=True)),
        index=pd.DatetimeIndex(np.array(seconds, dtype="datetime64[s]"), name="time").tz_localize(
            "UTC"
        ),
        dtype=np.float64,
    )
    quality = check_bars(bars, now=START)
    assert quality.rows == len(seconds)
    assert bool(quality.fatal_problems()) != quality.is_usable
    assert quality.fatal_problems() == quality.problems()[: len(quality.fatal_problems())]
