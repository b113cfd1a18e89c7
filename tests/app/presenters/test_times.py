"""Ages, countdowns and clock times."""

from datetime import UTC, datetime, timedelta
from math import inf, nan
from zoneinfo import ZoneInfo

import pytest

from app.presenters.times import clock, clock_and_date, countdown, duration

NOW = datetime(2025, 10, 10, 23, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "\N{EN DASH}"),
        (nan, "\N{EN DASH}"),
        (inf, "never"),
        (-3.0, "0 s"),
        (42.9, "42 s"),
        (60.0, "1 min"),
        (125.0, "2 min 5 s"),
        (3_600.0, "1 h"),
        (7_800.0, "2 h 10 min"),
        (86_400.0 * 4 + 3_600.0 * 3, "4 d 3 h"),
    ],
)
def test_a_duration_is_written_with_its_two_largest_units(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_a_countdown_ends_with_due() -> None:
    assert countdown(NOW + timedelta(minutes=2), now=NOW) == "2 min"
    assert countdown(NOW, now=NOW) == "due"
    assert countdown(None, now=NOW) == "\N{EN DASH}"


def test_times_are_written_in_the_readers_zone() -> None:
    assert clock(NOW, zone=BERLIN) == "01:30:00"


def test_the_date_is_given_when_it_is_not_todays_in_that_zone() -> None:
    before_midnight_in_berlin = datetime(2025, 10, 10, 21, 30, tzinfo=UTC)
    assert clock_and_date(NOW, zone=BERLIN, now=NOW) == "01:30:00"
    assert clock_and_date(before_midnight_in_berlin, zone=BERLIN, now=NOW) == "10 Oct 23:30"
