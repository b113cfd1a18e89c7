"""Signs of life to the world outside, in a thread of their own."""

from collections.abc import Callable
from threading import Event as Flag
from threading import Thread
from typing import Protocol

import structlog

from etrms_core.errors import EtrmsError
from etrms_core.services.alarms import AlarmBoard, AlarmCode

log = structlog.get_logger(__name__)

EVERY_SECONDS = 30.0
FAILURES_BEFORE_ALARM = 3


class HeartbeatSender(Protocol):
    """Whoever hears the signs."""

    def send(self) -> None:
        """Send one sign; EtrmsError when it did not arrive."""


class Heartbeat:
    """Sends a sign while the desk is healthy; silence is what calls for help."""

    def __init__(
        self,
        sender: HeartbeatSender,
        *,
        is_healthy: Callable[[], bool],
        alarms: AlarmBoard,
        every_seconds: float = EVERY_SECONDS,
    ) -> None:
        self._sender = sender
        self._is_healthy = is_healthy
        self._alarms = alarms
        self._every = every_seconds
        self._stop = Flag()
        self._failures = 0
        self._thread = Thread(target=self._run, name="heartbeat", daemon=True)

    @property
    def failures(self) -> int:
        """How many signs in a row did not arrive."""
        return self._failures

    def start(self) -> None:
        """Begin; the first sign goes at once if the desk is healthy."""
        self._thread.start()

    def stop(self) -> None:
        """Send no more."""
        self._stop.set()

    def beat(self) -> None:
        """Send one sign if the desk is healthy."""
        if not self._is_healthy():
            return
        try:
            self._sender.send()
        except EtrmsError as error:
            self._failures += 1
            log.warning("a heartbeat did not arrive", reason=str(error))
            if self._failures >= FAILURES_BEFORE_ALARM:
                text = f"{self._failures} heartbeats in a row did not arrive: {error}"
                self._alarms.sound(AlarmCode.HEARTBEAT_FAILED, text)
        else:
            self._failures = 0
            self._alarms.clear(AlarmCode.HEARTBEAT_FAILED)

    def _run(self) -> None:
        while True:
            try:
                self.beat()
            except EtrmsError as error:
                # A desk that cannot say how it is, is not healthy.
                log.warning("no heartbeat was sent", reason=str(error))
            if self._stop.wait(self._every):
                return
