"""A clock that never goes back, whatever happens to the clock of the machine."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

TOLERANCE = timedelta(seconds=1)


class SteadyClock:
    """Aware UTC that runs at the rate of a monotonic clock and follows the wall clock forward.

    When the wall clock is set back, time goes on from where it was and at the right rate until the
    wall clock has caught up; when it jumps ahead (after sleep, or set by a person), time jumps with
    it. Deviations of less than a second are followed forward and otherwise ignored.

    Parameters
    ----------
    wall : callable
        The machine's clock, aware UTC.
    monotonic : callable
        Seconds that never go back.
    floor : datetime or None
        The time at which an earlier process stopped; this one starts no earlier.
    """

    def __init__(
        self,
        wall: Callable[[], datetime],
        monotonic: Callable[[], float],
        *,
        floor: datetime | None = None,
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._lock = Lock()
        now = wall()
        self._anchor = now if floor is None else max(now, floor)
        self._anchored_at = monotonic()

    def __call__(self) -> datetime:
        """Read the clock."""
        with self._lock:
            return self._read()

    @property
    def ahead(self) -> timedelta:
        """How far this clock is ahead of the machine's, which was set back; 0 when it is not."""
        with self._lock:
            difference = self._read() - self._wall()
        return difference if difference > TOLERANCE else timedelta(0)

    def _read(self) -> datetime:
        elapsed = self._monotonic() - self._anchored_at
        steady = self._anchor + timedelta(seconds=elapsed)
        wall = self._wall()
        if wall > steady:
            self._anchor, self._anchored_at = wall, self._monotonic()
            return wall
        return steady
