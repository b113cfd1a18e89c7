"""Quiet hours by the clock on the wall, also where it is set forward and back."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etrms_core.domain.notifications import QuietHours, Severity
from etrms_core.engine.quiet_hours import held_until, is_quiet, quiet_until

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = QuietHours(time(22), time(7))
NOON = QuietHours(time(12), time(13, 30))
MINUTE = timedelta(minutes=1)

# Half-hour changes, changes at midnight, a day that never was, no changes at all.
ZONES = st.sampled_from(
    [
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "America/Havana",
        "Asia/Beirut",
        "Pacific/Apia",
        "Africa/Casablanca",
        "Asia/Kathmandu",
        "UTC",
    ]
).map(ZoneInfo)
WALL = st.builds(time, st.integers(0, 23), st.integers(0, 59))
HOURS = (
    st.tuples(WALL, WALL)
    .filter(lambda pair: pair[0] != pair[1])
    .map(lambda pair: QuietHours(*pair))
)
START = datetime(2010, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 22 * 365 * 86_400 * 1_000).map(
    lambda milliseconds: START + timedelta(milliseconds=milliseconds)
)


def berlin(*parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=BERLIN, fold=fold)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("hours", "at", "expected"),
    [
        (NIGHT, time(21, 59, 59), False),
        (NIGHT, time(22), True),
        (NIGHT, time(0), True),
        (NIGHT, time(6, 59, 59), True),
        (NIGHT, time(7), False),
        (NOON, time(11, 59), False),
        (NOON, time(12), True),
        (NOON, time(13, 30), False),
    ],
)
def test_hours_begin_at_their_first_minute_and_end_before_their_last(
    hours: QuietHours, at: time, expected: bool
) -> None:
    moment = berlin(2025, 7, 1, at.hour, at.minute, at.second)
    assert is_quiet(hours, moment.astimezone(UTC), zone=BERLIN) is expected


def test_the_end_of_a_night_follows_the_clock_on_the_wall() -> None:
    evening = berlin(2025, 10, 25, 23)
    assert quiet_until(NIGHT, evening, zone=BERLIN) == berlin(2025, 10, 26, 7)
    assert berlin(2025, 10, 26, 7).astimezone(UTC) - evening.astimezone(UTC) == timedelta(hours=9)


def test_hours_that_the_clock_skips_end_when_it_jumps() -> None:
    hours = QuietHours(time(1), time(2, 30))
    until = quiet_until(hours, berlin(2025, 3, 30, 1, 30), zone=BERLIN)
    assert until == berlin(2025, 3, 30, 3)


def test_hours_that_the_clock_repeats_are_quiet_twice() -> None:
    hours = QuietHours(time(2), time(2, 30))
    assert is_quiet(hours, berlin(2025, 10, 26, 2, 10), zone=BERLIN)
    assert not is_quiet(hours, berlin(2025, 10, 26, 2, 40), zone=BERLIN)
    assert is_quiet(hours, berlin(2025, 10, 26, 2, 10, fold=1), zone=BERLIN)


@settings(max_examples=2_000)
@given(hours=HOURS, at=MOMENTS, zone=ZONES)
@example(QuietHours(time(0, 1), time(0)), datetime(2025, 3, 9, 3, 0, tzinfo=UTC), ZoneInfo("Cuba"))
def test_quiet_hours_end_at_the_first_time_that_is_not_quiet(
    hours: QuietHours, at: datetime, zone: ZoneInfo
) -> None:
    until = quiet_until(hours, at, zone=zone)
    assert until.tzinfo is UTC
    assert not is_quiet(hours, until, zone=zone)
    assert (until == at) is not is_quiet(hours, at, zone=zone)
    # Two days at most: a clock can skip the only hour that is not quiet.
    assert at <= until <= at + timedelta(hours=49)
    just_before = until - timedelta(microseconds=1)
    if just_before >= at:
        assert is_quiet(hours, just_before, zone=zone)
        steps = int((until - at) / MINUTE / 7) + 1
        between = [at + number * 7 * MINUTE for number in range(steps)]
        assert all(is_quiet(hours, each, zone=zone) for each in between if each < until)


@settings(max_examples=2_000)
@given(hours=HOURS, at=MOMENTS, zone=ZONES)
def test_quiet_is_what_the_wall_clock_says(hours: QuietHours, at: datetime, zone: ZoneInfo) -> None:
    wall = at.astimezone(zone)
    minute = wall.hour * 60 + wall.minute
    begins, ends = (each.hour * 60 + each.minute for each in (hours.begins, hours.ends))
    minutes_since_begin = (minute - begins) % 1440
    assert is_quiet(hours, at, zone=zone) is (minutes_since_begin < (ends - begins) % 1440)


@pytest.mark.parametrize("breaks_through", [True, False])
def test_critical_messages_break_through_where_the_owner_wants_it(breaks_through: bool) -> None:
    hours = QuietHours(time(22), time(7), critical_breaks_through=breaks_through)
    midnight, morning = berlin(2025, 7, 2), berlin(2025, 7, 2, 7)
    held = None if breaks_through else morning
    assert held_until(hours, Severity.CRITICAL, midnight, zone=BERLIN) == held
    assert held_until(hours, Severity.WARNING, midnight, zone=BERLIN) == morning
    assert held_until(hours, Severity.WARNING, morning, zone=BERLIN) is None
    assert held_until(None, Severity.INFO, midnight, zone=BERLIN) is None
