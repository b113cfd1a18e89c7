"""Fingerprints of data: of values and times, not of files, kinds or units."""

import pandas as pd
import pytest

from etrms_core.backtest.bar_quality import BAR_COLUMNS
from etrms_core.backtest.data_hash import changed_data, data_hashes, series_sha256
from etrms_core.backtest.versions import installed_versions
from tests.backtest.bar_frames import sound_bars


def test_equal_values_have_equal_hashes_whatever_their_unit_and_order() -> None:
    frame = sound_bars()
    other = frame[list(reversed(BAR_COLUMNS))].set_axis(
        pd.DatetimeIndex(frame.index).as_unit("ns").tz_convert("Europe/Berlin")
    )
    assert series_sha256(other, BAR_COLUMNS) == series_sha256(frame, BAR_COLUMNS)


@pytest.mark.parametrize("column", BAR_COLUMNS)
def test_every_value_and_every_time_counts(column: str) -> None:
    frame = sound_bars()
    before = series_sha256(frame, BAR_COLUMNS)
    assert series_sha256(frame.shift(freq="1us"), BAR_COLUMNS) != before
    frame.loc[frame.index[7], column] += 1e-9
    assert series_sha256(frame, BAR_COLUMNS) != before


def test_marks_and_funding_have_hashes_of_their_own() -> None:
    frame = sound_bars()
    rates = pd.Series(0.001, index=frame.index[::8], name="funding_rate")
    hashes = data_hashes({"B": frame, "A": frame}, {"A": frame}, {"B": rates})
    assert list(hashes) == ["A", "A mark", "B", "B funding"]
    assert hashes["A"] == hashes["B"] != hashes["A mark"]
    assert (
        data_hashes({"B": frame}, {}, {"B": rates.to_frame()})["B funding"] == (hashes["B funding"])
    )


def test_what_changed_came_or_went_is_named() -> None:
    assert changed_data({"A": "1", "B": "2", "C": "3"}, {"A": "1", "B": "9", "D": "4"}) == [
        "B",
        "C",
        "D",
    ]
    assert changed_data({"A": "1"}, {"A": "1"}) == []


def test_versions_are_those_of_the_libraries_here() -> None:
    versions = installed_versions("TA-Lib")
    assert versions["pandas"] == pd.__version__
    assert set(versions) == {"python", "etrms", "numpy", "numba", "pandas", "TA-Lib"}
