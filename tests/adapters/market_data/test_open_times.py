"""Times are read with certainty or refused with the row."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etrms_core.adapters.market_data.open_times import (
    END_SECOND,
    FIRST_SECOND,
    microseconds_of_column,
)
from etrms_core.errors import DataError

NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)
NOON_US = int(NOON.timestamp()) * 1_000_000
HOUR_US = 3_600_000_000
FACTORS = {"s": 1, "ms": 10**3, "µs": 10**6, "ns": 10**9}


def read(*values: object, kind: pa.DataType | None = None) -> list[int]:
    column = pa.chunked_array([pa.array(values, kind)])
    return [int(time) for time in microseconds_of_column(column, where="bars.csv: column ts")]


def refusal(*values: object, kind: pa.DataType | None = None) -> str:
    with pytest.raises(DataError) as error:
        read(*values, kind=kind)
    message = str(error.value)
    assert message.startswith("bars.csv: column ts ")
    return message.removeprefix("bars.csv: column ts ")


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-01T12:00:00Z",
        "2024-03-01T12:00Z",
        "2024-03-01 12:00:00+00:00",
        "2024-03-01T14:00:00+02:00",
        "2024-03-01T07:00:00-0500",
        "2024-03-01T13:00:00+01",
        "2024-03-01 12:00:00",
        "2024-03-01T12:00:00.000",
        "2024-03-01T12:00",
        str(NOON_US // 10**6),
        str(NOON_US // 10**3),
        str(NOON_US),
        str(NOON_US * 10**3),
    ],
)
def test_iso_text_and_digits_tell_the_same_noon(text: str) -> None:
    assert read(text, text) == [NOON_US, NOON_US]


def test_a_date_is_its_midnight_in_utc() -> None:
    midnight = NOON_US - 12 * HOUR_US
    assert read("2024-03-01") == [midnight]
    assert read(date(2024, 3, 1)) == [midnight]


def test_a_date_and_a_time_without_a_zone_go_together() -> None:
    assert read("2024-03-01T12:00", "2024-03-01") == [NOON_US, NOON_US - 12 * HOUR_US]


def test_an_offset_is_no_date_and_a_date_is_no_offset() -> None:
    assert read("2024-03-01", "2024-03-02")[1] - read("2024-03-01")[0] == 24 * HOUR_US
    assert read("2024-03-01T12:00-01") == [NOON_US + HOUR_US]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Vienna"])
def test_timestamps_of_every_unit_and_zone_tell_the_same_moment(
    unit: str, zone: str | None
) -> None:
    moment = NOON if zone else NOON.replace(tzinfo=None)
    assert read(moment, kind=pa.timestamp(unit, tz=zone)) == [NOON_US]


@pytest.mark.parametrize("kind", [pa.int64(), pa.uint64()])
@pytest.mark.parametrize("factor", FACTORS.values())
def test_whole_numbers_tell_their_unit_by_size(kind: pa.DataType, factor: int) -> None:
    seconds = NOON_US // 10**6
    assert read(seconds * factor, (seconds + 60) * factor, kind=kind) == [
        NOON_US,
        NOON_US + 60_000_000,
    ]


@given(
    first=st.integers(FIRST_SECOND, END_SECOND - 1),
    second=st.integers(FIRST_SECOND, END_SECOND - 1),
)
def test_no_epoch_time_fits_two_units(first: int, second: int) -> None:
    for factor in FACTORS.values():
        assert read(first * factor, second * factor) == [first * 10**6, second * 10**6]


@given(st.integers(-(2**63), 2**63 - 1))
def test_any_whole_number_is_a_time_of_this_century_or_refused(number: int) -> None:
    try:
        (time,) = read(number, kind=pa.int64())
    except DataError:
        return
    assert FIRST_SECOND <= time / 10**6 < END_SECOND
    assert time in {number * 10**6, number * 10**3, number, number // 10**3}


@pytest.mark.parametrize(
    "number", [0, -1, 12, 20_240_301, FIRST_SECOND - 1, END_SECOND, 10**18 // 2]
)
def test_a_number_of_unknown_unit_is_refused(number: int) -> None:
    assert refusal(number, kind=pa.int64()).startswith(
        f"holds {number} in row 1, which is no epoch"
    )


def test_a_change_of_unit_within_a_file_is_refused() -> None:
    # Binance's archives went from milliseconds to microseconds in 2025.
    assert refusal(NOON_US // 1_000, NOON_US // 1_000 + 1, NOON_US) == (
        "is no epoch time in ms, as row 1 is, in row 3"
    )


def test_what_is_finer_than_a_microsecond_is_refused() -> None:
    assert refusal(NOON_US * 1_000, NOON_US * 1_000 + 1) == "is no whole microsecond in row 2"
    assert refusal("2024-03-01T12:00:00.0000001") == "is no whole microsecond in row 1"
    nanoseconds = np.array([NOON_US * 1_000 + 1], dtype="datetime64[ns]")
    column = pa.chunked_array([pa.array(nanoseconds)])
    with pytest.raises(DataError, match="whole microseconds cannot tell"):
        microseconds_of_column(column, where="x")


@pytest.mark.parametrize(
    "text",
    [
        "01/02/2024",
        "01.02.2024 12:00",
        "2024-3-1",
        "20240301",
        "noon",
        "12:00",
        "",
        "1.7e9",
        "NaT",
        "2024-03-01 12:00:00 UTC",
        "2024-03-01T12",
        "now",
        "1709294400.0",
        "2024-03-01\n",
    ],
)
def test_text_that_could_mean_several_times_is_refused(text: str) -> None:
    message = refusal("2024-03-01 12:00", text)
    assert message == "is neither an ISO 8601 time nor an epoch time in row 2"


@pytest.mark.parametrize(
    "text", ["2024-02-30", "2024-13-01T00:00", "2024-03-01T25:00", "2023-02-29"]
)
def test_a_day_that_the_calendar_lacks_is_refused(text: str) -> None:
    assert refusal("2024-03-01", text).endswith("in row 2")


def test_zones_in_some_rows_only_are_refused() -> None:
    assert refusal("2024-03-01T12:00Z", "2024-03-01T13:00") == (
        "names a zone, or none, unlike row 1, in row 2"
    )


def test_digits_among_dates_and_dates_among_digits_are_refused() -> None:
    assert refusal("2024-03-01", "1709294400").endswith("in row 2")
    assert refusal("1709294400", "2024-03-01") == "is no epoch time, as row 1 is, in row 2"


def test_a_missing_time_is_refused() -> None:
    assert refusal("2024-03-01", None) == "is empty in row 2"
    assert refusal(NOON, NOON, None, kind=pa.timestamp("ms", tz="UTC")) == "is empty in row 3"


def test_times_before_1970_and_after_9999_are_refused() -> None:
    assert refusal("2024-03-01", "1969-12-31") == "is outside the years 1970 to 9999 in row 2"
    year_10000 = pa.array([253_402_300_800], pa.int64()).cast(pa.timestamp("s"))
    with pytest.raises(DataError, match="1970 to 9999 in row 1"):
        microseconds_of_column(pa.chunked_array([year_10000]), where="x")


@pytest.mark.parametrize("values", [(1.7e9,), (True,), ([1],)])
def test_values_that_are_no_times_are_refused(values: tuple[object, ...]) -> None:
    assert refusal(*values).endswith("values, which are no times")


def test_numbers_beyond_64_bits_are_refused() -> None:
    assert refusal("99999999999999999999") == "holds numbers that are too large for epoch times"
    assert refusal(2**64 - 1, kind=pa.uint64()).startswith("holds numbers that are too large")


def test_a_year_from_the_future_is_read_for_the_check_to_report() -> None:
    assert read("2999-01-01T00:00Z")[0] > NOON_US + timedelta(days=300_000) // timedelta(
        microseconds=1
    )
