"""Ages, countdowns and clock times as text."""

from datetime import datetime
from math import isinf, isnan
from zoneinfo import ZoneInfo

from app.presenters.cells import DASH

MINUTE, HOUR, DAY = 60, 3_600, 86_400


def duration(seconds: float | None) -> str:
    """Write a duration with its two largest units: 42 s, 3 min 5 s, 2 h 10 min, 4 d 3 h."""
    if seconds is None or isnan(seconds):
        return DASH
    if isinf(seconds):
        return "never"
    whole = int(max(0.0, seconds))
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return _two(whole // MINUTE, "min", whole % MINUTE, "s")
    if whole < DAY:
        return _two(whole // HOUR, "h", whole % HOUR // MINUTE, "min")
    return _two(whole // DAY, "d", whole % DAY // HOUR, "h")


def countdown(until: datetime | None, *, now: datetime) -> str:
    """Write the time left, "due" when it is over."""
    if until is None:
        return DASH
    left = (until - now).total_seconds()
    return duration(left) if left > 0.0 else "due"


def clock(at: datetime, *, zone: ZoneInfo) -> str:
    """Write a time of day in a zone: 14:03:22."""
    return f"{at.astimezone(zone):%H:%M:%S}"


def clock_and_date(at: datetime, *, zone: ZoneInfo, now: datetime) -> str:
    """Write a time of day, with the date unless it is today's in the zone."""
    local = at.astimezone(zone)
    is_today = local.date() == now.astimezone(zone).date()
    return f"{local:%H:%M:%S}" if is_today else f"{local.day} {local:%b %H:%M}"


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large} {large_unit} {small} {small_unit}" if small else f"{large} {large_unit}"
