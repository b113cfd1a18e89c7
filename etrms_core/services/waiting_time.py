"""How long something still waits, whatever happens to the machine's clock meanwhile."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from etrms_core.engine.ports import Clock


class WaitingTime:
    """Counts what is left of a wait in seconds that never go back, from when it is first seen.

    A clock that is set forward while this process looks shortens nothing. What passed before the
    process looked is taken from the clock: nobody else can say how long the machine was off.

    Parameters
    ----------
    seconds : callable or None
        None takes the seconds of the clock itself.
    """

    def __init__(self, clock: Clock, seconds: Callable[[], float] | None = None) -> None:
        self._clock = clock
        self._seconds = seconds or (lambda: clock().timestamp())
        self._ends: dict[int, float] = {}

    def observe(self, waits: Iterable[tuple[int, datetime | None]]) -> None:
        """Note waits by number, and forget those that are not named any more."""
        named = dict(waits)
        self._ends = {number: self._end(number, due_at) for number, due_at in named.items()}

    def remaining(self, number: int, due_at: datetime | None) -> timedelta:
        """Return what is left of a wait; nothing of one without an end."""
        return timedelta(seconds=max(0.0, self._end(number, due_at) - self._seconds()))

    def _end(self, number: int, due_at: datetime | None) -> float:
        known = self._ends.get(number)
        if known is not None:
            return known
        now = self._clock()
        return self._seconds() + ((due_at or now) - now).total_seconds()
