"""Longer bars equal what their parts say, and nothing is made up."""

import numpy as np
import pandas as pd
import pytest

from etrms_core.backtest.resampling import resample_bars
from etrms_core.errors import DomainError
from tests.backtest.bar_frames import sound_bars


def test_four_bars_become_one() -> None:
    bars = sound_bars(8)
    longer = resample_bars(bars, source="1h", timeframe="4h")
    first = bars.iloc[:4]
    assert longer.incomplete == 0
    assert longer.bars.index.to_list() == [bars.index[0], bars.index[4]]
    assert longer.bars.iloc[0].to_dict() == {
        "open": first["open"].iloc[0],
        "high": first["high"].max(),
        "low": first["low"].min(),
        "close": first["close"].iloc[-1],
        "volume": pytest.approx(first["volume"].sum(), rel=1e-12),
    }


def test_a_bar_with_a_missing_part_is_left_out_and_counted() -> None:
    bars = sound_bars(12).drop(sound_bars(12).index[5])
    longer = resample_bars(bars, source="1h", timeframe="4h")
    assert (len(longer.bars), longer.incomplete) == (2, 1)
    assert sound_bars(12).index[4] not in longer.bars.index


def test_a_hole_of_whole_bars_leaves_no_row() -> None:
    bars = sound_bars(12).drop(sound_bars(12).index[4:8])
    longer = resample_bars(bars, source="1h", timeframe="4h")
    assert (len(longer.bars), longer.incomplete) == (2, 0)
    assert not np.isnan(longer.bars.to_numpy()).any()


def test_weeks_begin_on_monday() -> None:
    index = pd.date_range("2024-03-02", periods=24, freq="1D", tz="UTC", name="time")
    bars = sound_bars(24).set_axis(index)
    longer = resample_bars(bars, source="1d", timeframe="1w")
    assert [moment.day_name() for moment in longer.bars.index] == ["Monday"] * 3
    assert longer.incomplete == 2


@pytest.mark.parametrize(("source", "timeframe"), [("1h", "1h"), ("4h", "1h"), ("4h", "6h")])
def test_lengths_that_do_not_fit_are_refused(source: str, timeframe: str) -> None:
    with pytest.raises(DomainError, match="whole bars"):
        resample_bars(sound_bars(8), source=source, timeframe=timeframe)
