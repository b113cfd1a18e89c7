"""The parts of the gate by themselves."""

import numpy as np
import pandas as pd
import pytest

from etrms_core.backtest.bar_gate import moment_text, sound_bars, sound_times
from etrms_core.backtest.funding_series import NO_FUNDING, read_funding_series
from etrms_core.backtest.mark_prices import mark_table
from etrms_core.backtest.time_axis import common_axis
from tests.backtest import bar_frames


def test_times_that_are_known_are_not_checked_again() -> None:
    frame = bar_frames.sound_bars()
    known = sound_times(frame, name="A")
    assert sound_times(bar_frames.sound_bars(), name="B", known=known) is known
    assert sound_times(frame.iloc[1:], name="B", known=known) is not known


def test_the_most_common_step_is_the_timeframe_even_after_a_gap_at_the_start() -> None:
    frame = bar_frames.sound_bars()
    assert sound_times(frame.drop(frame.index[1:5]), name="A").timeframe_ms == 3_600_000


def test_a_frame_is_left_as_it_was() -> None:
    frame = bar_frames.sound_bars()
    before = frame.copy()
    table = sound_bars(frame, name="A").table
    assert not table.flags.writeable
    pd.testing.assert_frame_equal(frame, before)


def test_a_symbol_that_has_every_time_is_not_moved() -> None:
    long, short = bar_frames.sound_bars(10), bar_frames.sound_bars(4)
    sound = {"A": sound_bars(long, name="A"), "B": sound_bars(short, name="B")}
    axis = common_axis(sound)
    assert axis.rows["A"] is None
    assert axis.place("A", sound["A"].table) is sound["A"].table
    assert axis.place("B", sound["B"].table).shape == (5, 10)
    assert axis.end_ms - axis.start_ms == 10 * 3_600_000


def test_marks_of_all_bars_are_not_copied() -> None:
    frame = bar_frames.sound_bars()
    sound = sound_bars(frame, name="A")
    marks = frame * 1.01
    table, lacking = mark_table(
        marks,
        symbol="A",
        traded=sound.table,
        axis=common_axis({"A": sound}),
        known=sound.times,
    )
    assert np.shares_memory(table, marks.to_numpy())
    assert lacking == 0


@pytest.mark.parametrize(("start", "end", "kept"), [(0, 10, 10), (3, 5, 2), (10, 20, 0)])
def test_settlements_count_from_the_start_on_and_before_the_end(
    start: int, end: int, kept: int
) -> None:
    index = pd.to_datetime(np.arange(10), unit="ms", utc=True)
    rates = pd.Series(0.001, index=index)
    settled, outside = read_funding_series(rates, name="A", start_ms=start, end_ms=end)
    assert (len(settled.rate), outside) == (kept, 10 - kept)
    assert settled.settled_ms.tolist() == list(range(start, min(end, 10)))
    assert NO_FUNDING.rate.size == 0


def test_a_moment_is_written_for_people() -> None:
    assert moment_text(1_709_251_200_999) == "2024-03-01 00:00:00 UTC"
