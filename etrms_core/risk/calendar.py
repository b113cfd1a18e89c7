"""Where day, week and month begin in the owner's time zone."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from etrms_core.kernels.arrays import BoolArray
from etrms_core.kernels.nav_book import DAY, MONTH, WEEK

DAYS_PAST_ANY_MONTH = 32
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class PeriodBounds:
    """Start and end of the running day, week and month, ms since the epoch, in that order."""

    starts_ms: tuple[int, int, int]
    ends_ms: tuple[int, int, int]

    def crossed(self, as_of_ms: int) -> BoolArray:
        """Which periods are over at a time."""
        return np.array([as_of_ms >= end for end in self.ends_ms], np.bool_)

    def begins(self, as_of_ms: int) -> BoolArray:
        """Which periods begin exactly at a time."""
        return np.array([as_of_ms == start for start in self.starts_ms], np.bool_)


def to_ms(moment: datetime) -> int:
    """Whole milliseconds since the epoch of an aware time, never later than it."""
    return (moment - EPOCH) // MILLISECOND


@lru_cache(maxsize=64)
def _bounds(day_ordinal: int, zone_name: str) -> PeriodBounds:
    zone = ZoneInfo(zone_name)
    day = datetime.fromordinal(day_ordinal)
    starts = {
        DAY: (day, day + timedelta(days=1)),
        WEEK: (
            day - timedelta(days=day.weekday()),
            day + timedelta(days=7 - day.weekday()),
        ),
        MONTH: (
            day.replace(day=1),
            (day.replace(day=1) + timedelta(days=DAYS_PAST_ANY_MONTH)).replace(day=1),
        ),
    }
    midnights = [
        tuple(to_ms(datetime.combine(edge.date(), time(), zone)) for edge in starts[period])
        for period in (DAY, WEEK, MONTH)
    ]
    return PeriodBounds(
        (midnights[0][0], midnights[1][0], midnights[2][0]),
        (midnights[0][1], midnights[1][1], midnights[2][1]),
    )


def period_bounds(as_of: datetime, *, time_zone: str) -> PeriodBounds:
    """Day, week (from Monday) and month that hold `as_of` in a zone.

    Days may last 23 or 25 hours.
    """
    return _bounds(as_of.astimezone(ZoneInfo(time_zone)).toordinal(), time_zone)
