"""Doing, or saying, the same thing not too often."""

from collections.abc import Callable
from time import monotonic

# How long the log does not repeat the same trouble.
SAME_AGAIN_SECONDS = 60.0


class Rhythm:
    """Remembers by name when something was due last.

    Parameters
    ----------
    seconds : callable
        A clock that never goes back.
    """

    def __init__(self, seconds: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds
        self._done_at: dict[str, float] = {}

    def is_due(self, what: str, *, every_seconds: float) -> bool:
        """Say whether it is due, at first and then after that time; yes counts as done."""
        now = self._seconds()
        if now - self._done_at.get(what, float("-inf")) < every_seconds:
            return False
        self._done_at[what] = now
        return True
