"""Where periods begin in the owner's zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etrms_core.risk.calendar import period_bounds, to_ms

HOUR_MS = 3_600_000
BERLIN = "Europe/Berlin"


def at(text: str) -> datetime:
    """Read a UTC time."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def day_of(moment: str, zone: str) -> tuple[datetime, float]:
    """Return when the local day began, and how many hours it lasts."""
    bounds = period_bounds(at(moment), time_zone=zone)
    start, end = bounds.starts_ms[0], bounds.ends_ms[0]
    return datetime.fromtimestamp(start / 1000, UTC), (end - start) / HOUR_MS


@pytest.mark.parametrize(
    ("moment", "zone", "start", "hours"),
    [
        ("2025-10-10 12:00", "UTC", "2025-10-10 00:00", 24.0),
        ("2025-03-30 12:00", BERLIN, "2025-03-29 23:00", 23.0),
        ("2025-10-26 12:00", BERLIN, "2025-10-25 22:00", 25.0),
        ("2025-10-26 22:59:59", BERLIN, "2025-10-25 22:00", 25.0),
        ("2025-10-26 23:00", BERLIN, "2025-10-26 23:00", 24.0),
        ("2025-10-10 18:29", "Asia/Kolkata", "2025-10-09 18:30", 24.0),
        ("2025-10-10 18:30", "Asia/Kolkata", "2025-10-10 18:30", 24.0),
        # Clocks go from 24:00 to 01:00: the day begins without a midnight.
        ("2024-09-08 12:00", "America/Santiago", "2024-09-08 04:00", 23.0),
    ],
)
def test_a_local_day_begins_at_local_midnight(
    moment: str, zone: str, start: str, hours: float
) -> None:
    assert day_of(moment, zone) == (at(start), hours)


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    bounds = period_bounds(at("2025-03-30 12:00"), time_zone=BERLIN)
    assert bounds.starts_ms[1:] == (to_ms(at("2025-03-23 23:00")), to_ms(at("2025-02-28 23:00")))
    assert bounds.ends_ms[1:] == (to_ms(at("2025-03-30 22:00")), to_ms(at("2025-03-31 22:00")))


def test_a_month_ends_where_the_year_does() -> None:
    bounds = period_bounds(at("2024-12-31 12:00"), time_zone="UTC")
    assert bounds.starts_ms[2] == to_ms(at("2024-12-01 00:00"))
    assert bounds.ends_ms[2] == to_ms(at("2025-01-01 00:00"))


def test_a_period_is_over_exactly_at_its_end() -> None:
    bounds = period_bounds(at("2025-10-10 12:00"), time_zone="UTC")
    midnight = to_ms(at("2025-10-11 00:00"))
    assert bounds.crossed(midnight - 1).tolist() == [False, False, False]
    assert bounds.crossed(midnight).tolist() == [True, False, False]
    monday = to_ms(at("2025-10-13 00:00"))
    assert bounds.crossed(monday).tolist() == [True, True, False]


def test_a_period_begins_only_at_its_first_moment() -> None:
    bounds = period_bounds(at("2025-09-01 05:00"), time_zone="UTC")
    assert bounds.begins(to_ms(at("2025-09-01 00:00"))).tolist() == [True, True, True]
    assert not bounds.begins(to_ms(at("2025-09-01 00:00")) + 1).any()


@given(
    st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001 (made aware below)
    st.sampled_from([BERLIN, "Asia/Kolkata", "America/New_York", "Australia/Lord_Howe", "UTC"]),
)
def test_every_moment_lies_in_its_periods_which_join_without_a_gap(
    naive: datetime, zone: str
) -> None:
    moment = naive.replace(tzinfo=UTC)
    bounds = period_bounds(moment, time_zone=zone)
    exact = moment.timestamp() * 1000
    for start, end in zip(bounds.starts_ms, bounds.ends_ms, strict=True):
        assert start <= exact < end
        local = datetime.fromtimestamp(start / 1000, ZoneInfo(zone))
        assert (local.hour, local.minute) == (0, 0)
    following = datetime.fromtimestamp(bounds.ends_ms[0] / 1000, UTC)
    assert period_bounds(following, time_zone=zone).starts_ms[0] == bounds.ends_ms[0]
    before = following - timedelta(milliseconds=1)
    assert period_bounds(before, time_zone=zone).starts_ms[0] == bounds.starts_ms[0]


def test_a_day_is_not_over_before_its_last_microsecond() -> None:
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    just_before = midnight - timedelta(microseconds=1)
    bounds = period_bounds(just_before, time_zone="UTC")
    assert not bounds.crossed(to_ms(just_before)).any()
    assert bounds.crossed(to_ms(midnight))[0]
