"""Callbacks of those who want to hear from the desk."""

from collections.abc import Callable
from enum import StrEnum
from threading import Lock
from typing import Any

import structlog

from etrms_core.services.rhythm import SAME_AGAIN_SECONDS, Rhythm

log = structlog.get_logger(__name__)

Callback = Callable[[Any], None]


class Topic(StrEnum):
    """What can be subscribed to, and what the callback receives."""

    RISK = "risk"  # RiskState, after every cycle
    BREAKER = "breaker"  # BreakerEvent
    ORDER = "order"  # Order, as the venue took it
    POSITION = "position"  # DeskEvent about a position


class Subscriptions:
    """Callbacks by topic; one that raises is logged, not each time, and stays subscribed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._callbacks: dict[Topic, list[Callback]] = {topic: [] for topic in Topic}
        self._rhythm = Rhythm()

    def subscribe(self, topic: Topic, callback: Callback) -> Callable[[], None]:
        """Register a callback and return the function that takes it away again."""
        with self._lock:
            self._callbacks[topic].append(callback)

        def unsubscribe() -> None:
            with self._lock:
                if callback in self._callbacks[topic]:
                    self._callbacks[topic].remove(callback)

        return unsubscribe

    def publish(self, topic: Topic, message: object) -> None:
        """Call everybody subscribed, in the caller's thread."""
        with self._lock:
            callbacks = tuple(self._callbacks[topic])
        for callback in callbacks:
            try:
                callback(message)
            except Exception as error:  # part of the monitor's loop: no listener stops protection
                reason = f"{topic.value}: {type(error).__name__}"
                if self._rhythm.is_due(reason, every_seconds=SAME_AGAIN_SECONDS):
                    log.exception("subscriber failed", topic=topic.value)
