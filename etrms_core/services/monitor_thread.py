"""The thread that keeps the monitor going."""

import time
from collections.abc import Callable
from threading import Event as Flag
from threading import Thread

import structlog

from etrms_core.errors import LeaseLostError
from etrms_core.services.rhythm import SAME_AGAIN_SECONDS, Rhythm

log = structlog.get_logger(__name__)


class MonitorThread:
    """Calls `refresh` every `interval_seconds`, or at once when woken, until stopped.

    An error in one cycle is logged, not each time, and kept in `last_error`; it does not end the
    thread.
    """

    def __init__(self, refresh: Callable[[], object], *, interval_seconds: float) -> None:
        self._refresh = refresh
        self._interval = interval_seconds
        self._wake = Flag()
        self._stop = Flag()
        self._thread: Thread | None = None
        self._last_success = 0.0
        self._last_end = 0.0
        self._rhythm = Rhythm()
        self.last_error: str | None = None

    def start(self) -> None:
        """Start the thread; it runs its first cycle at once."""
        if self._thread is not None:
            return
        self._stop.clear()
        self._last_end = time.monotonic()
        self._thread = Thread(target=self._run, name="risk-monitor", daemon=True)
        self._thread.start()

    def stop(self, *, timeout_seconds: float = 10.0) -> None:
        """End the thread after the running cycle."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout_seconds)
            self._thread = None

    def abandon(self) -> None:
        """Give up a thread that hangs; should it ever wake, it runs no further cycle."""
        self._stop.set()

    def wake(self) -> None:
        """Run the next cycle now."""
        self._wake.set()

    @property
    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def age_seconds(self) -> float | None:
        """Seconds since the last cycle that succeeded, None before the first one."""
        return None if self._last_success == 0.0 else time.monotonic() - self._last_success

    @property
    def silent_seconds(self) -> float:
        """Seconds since a cycle ended, well or badly, or since the start."""
        return time.monotonic() - self._last_end

    def _run(self) -> None:
        while not self._stop.is_set():
            started = time.monotonic()
            try:
                self._refresh()
                self._last_success = time.monotonic()
                self.last_error = None
            except LeaseLostError as error:
                log.warning("the monitor ends", reason=str(error))
                self._stop.set()
            except Exception as error:
                if self._rhythm.is_due(type(error).__name__, every_seconds=SAME_AGAIN_SECONDS):
                    log.exception("monitor cycle failed")
                self.last_error = f"{type(error).__name__}: {error}"
            self._last_end = time.monotonic()
            self._wake.wait(max(0.0, self._interval - (time.monotonic() - started)))
            self._wake.clear()
