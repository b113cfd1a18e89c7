"""Names of bar lengths."""

import pytest

from etrms_core.backtest.timeframe import timeframe_name, timeframe_seconds
from etrms_core.errors import DomainError


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("1s", 1),
        ("1m", 60),
        ("15m", 900),
        ("1h", 3600),
        ("4h", 14_400),
        ("7h", 25_200),
        ("1d", 86_400),
        ("3d", 259_200),
        ("1w", 604_800),
    ],
)
def test_a_timeframe_and_its_seconds_translate_both_ways(name: str, seconds: int) -> None:
    assert timeframe_seconds(name) == seconds
    assert timeframe_name(seconds) == name


def test_a_length_is_written_in_the_longest_unit() -> None:
    assert timeframe_name(timeframe_seconds("60m")) == "1h"
    assert timeframe_name(timeframe_seconds("24h")) == "1d"
    assert timeframe_name(timeframe_seconds("90m")) == "90m"


@pytest.mark.parametrize(
    "name",
    ["", "h", "0m", "-1h", "1M", "1H", "1.5h", "1h\n", " 1h", "1 h", "01h", "12345m", "\u0661h"],
)
def test_what_is_no_timeframe_is_refused_and_shown(name: str) -> None:
    with pytest.raises(DomainError, match="a timeframe is a number and one of") as error:
        timeframe_seconds(name)
    assert repr(name) in str(error.value)


@pytest.mark.parametrize("seconds", [0, -60, 10_000 * 604_800, 86_399])
def test_a_length_without_a_name_is_refused(seconds: int) -> None:
    with pytest.raises(DomainError, match=str(seconds)):
        timeframe_name(seconds)
