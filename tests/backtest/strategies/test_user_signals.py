"""What a strategy of the user's own may return."""

from math import inf, nan

import numpy as np
import pandas as pd
import pytest

from etrms_core.backtest.signals import ENTER_LONG, ENTER_SHORT, EXIT_LONG, EXIT_SHORT
from etrms_core.backtest.strategies.user_signals import read_signals
from etrms_core.errors import ConfigurationError

INDEX = pd.date_range("2024-01-01", periods=3, freq="h", tz="UTC", name="time")


def frame(**columns: object) -> pd.DataFrame:
    return pd.DataFrame(columns, index=INDEX)


def test_each_column_has_its_code() -> None:
    on, off = [True] * 3, [False] * 3
    codes = read_signals(
        frame(enter_long=on, exit_long=[True, False, False], enter_short=off, exit_short=on), INDEX
    ).codes
    assert codes is not None
    assert codes.dtype == np.int8
    both = ENTER_LONG | EXIT_SHORT
    assert codes.tolist() == [both | EXIT_LONG, both, both]


def test_a_column_that_is_missing_never_signals() -> None:
    codes = read_signals(frame(enter_short=[False, True, False]), INDEX).codes
    assert codes is not None
    assert codes.tolist() == [0, ENTER_SHORT, 0]


def test_booleans_that_could_be_missing_count_where_none_is() -> None:
    column = pd.array([True, False, True], dtype="boolean")
    codes = read_signals(frame(enter_long=column), INDEX).codes
    assert codes is not None
    assert codes.tolist() == [ENTER_LONG, 0, ENTER_LONG]


def test_a_target_may_leave_positions_as_they_are() -> None:
    target = read_signals(frame(target=[nan, 1, -0.5]), INDEX).target
    assert target is not None
    assert np.array_equal(target, [nan, 1.0, -0.5], equal_nan=True)
    whole = read_signals(frame(target=[0, 1, -1]), INDEX).target
    assert whole is not None
    assert whole.dtype == np.float64


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (None, "returns a DataFrame, was NoneType"),
        (frame(target=1.0)["target"], "returns a DataFrame, was Series"),
        (frame(target=1.0).iloc[1:], "a row for each of the 3 bars, with their index, was 2 rows"),
        (frame(target=1.0).reset_index(drop=True), "with their index, was 3 rows from 0 to 2"),
        (frame(target=1.0).iloc[:0], "was 0 rows from none to none"),
        (frame(target=1.0)[::-1], "with their index, was 3 rows from 2024-01-01 02:00:00"),
        (frame(), "either target or columns of enter_long, .*, was none"),
        (frame(target=1.0, enter_long=True), "either target or .*, was target, enter_long"),
        (frame(enter_lon=True), "is no signal, was 'enter_lon'; close to it: enter_long"),
        (frame(close=1.0, target=1.0), "is no signal, was 'close'"),
        (frame(enter_long=[1, 0, 1]), "enter_long holds true and false, was int64"),
        (frame(enter_long=[True, None, True]), "enter_long holds true and false, was object"),
        (frame(enter_long=[1.0, nan, 0.0]), "enter_long holds true and false, was float64"),
        (
            frame(exit_long=pd.array([True, None, True], dtype="boolean")),
            "exit_long has no value at 2024-01-01 01:00:00",
        ),
        (frame(target=["a", "b", "c"]), "target holds numbers, was str"),
        (frame(target=[True, False, True]), "target holds numbers, was bool"),
        (frame(target=[1j, 0j, 0j]), "target holds numbers, was complex128"),
        (frame(target=[0.0, inf, 0.0]), "target is infinite at 2024-01-01 01:00:00"),
    ],
)
def test_anything_else_names_the_column_or_the_bar(found: object, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        read_signals(found, INDEX)


def test_a_column_twice_is_refused() -> None:
    twice = pd.concat([frame(enter_long=True), frame(enter_long=False)], axis=1)
    with pytest.raises(ConfigurationError, match="enter_long occurs more than once"):
        read_signals(twice, INDEX)
