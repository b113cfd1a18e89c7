"""Test messages on their way, so that no page waits for a service that hangs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from app.presenters.cells import Cell, Tone
from app.presenters.times import clock
from etrms_core.services.desk import Desk
from etrms_core.services.errands import Errands

# So long after a test a further click is taken for the same one.
REST_SECONDS = 3.0
PATIENCE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class TrialResult:
    """What came of a test; `error` is None when the service took the message."""

    ended_at: datetime
    error: str | None


class ChannelTrials:
    """At most one test message at a time for each channel, each in a thread of its own."""

    def __init__(self, try_out: Callable[[str], None], *, now: Callable[[], datetime]) -> None:
        self._try_out = try_out
        self._now = now
        self._lock = Lock()
        self._errands = Errands[None]()
        self._results: dict[str, TrialResult] = {}

    def start(self, name: str) -> None:
        """Begin a test unless one is on its way or has only just ended."""
        last = self.result(name)
        if last is not None and (self._now() - last.ended_at).total_seconds() < REST_SECONDS:
            return
        if self._errands.start(name, lambda: self._try_out(name)):
            with self._lock:
                self._results.pop(name, None)

    def running_seconds(self, name: str) -> float | None:
        """Return how long a test has been on its way; None when none is."""
        return self._errands.running_seconds().get(name)

    def result(self, name: str) -> TrialResult | None:
        """Return what came of the last test of a channel; None before it ended."""
        with self._lock:
            for returned in self._errands.take():
                self._results[returned.name] = TrialResult(self._now(), returned.error)
            return self._results.get(name)


_TRIALS: "WeakKeyDictionary[Desk, ChannelTrials]" = WeakKeyDictionary()


def trials_of(desk: Desk) -> ChannelTrials:
    """Return the tests of a desk's channels; every window shows the same."""
    if desk not in _TRIALS:
        _TRIALS[desk] = ChannelTrials(desk.notifications.channels.try_out, now=desk.now)
    return _TRIALS[desk]


def trial_cell(trials: ChannelTrials, name: str, *, zone: ZoneInfo) -> Cell | None:
    """Say how far the test of a channel is; None when there was none."""
    seconds, result = trials.running_seconds(name), trials.result(name)
    if seconds is not None:
        if seconds < PATIENCE_SECONDS:
            return Cell("Sending a test message \N{HORIZONTAL ELLIPSIS}", tone=Tone.PLAIN)
        text = f"Still waiting for an answer, {seconds:.0f} s by now. You may leave this page."
        return Cell(text, tone=Tone.WARNING)
    if result is None:
        return None
    at = f"{clock(result.ended_at, zone=zone)} {zone.key}"
    if result.error is None:
        text = f"The service took the test message at {at}. Look whether it arrived."
        return Cell(text, tone=Tone.GOOD)
    return Cell(f"The test at {at} failed: {result.error}", tone=Tone.BAD)
