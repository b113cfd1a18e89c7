"""What is wrong with the desk right now, said loudly until it is over."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from threading import Lock

from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.engine.ports import Clock


class AlarmCode(StrEnum):
    """Conditions that a person must know of."""

    MONITOR_DEAD = "monitor_dead"
    MONITOR_HUNG = "monitor_hung"
    STORAGE_TROUBLE = "storage_trouble"
    FOREIGN_DESK = "foreign_desk"
    CLOCK_TROUBLE = "clock_trouble"
    ORDER_UNSETTLED = "order_unsettled"
    HEARTBEAT_FAILED = "heartbeat_failed"
    NOTIFICATIONS_UNDELIVERED = "notifications_undelivered"


@dataclass(frozen=True, slots=True)
class Alarm:
    """One condition, since when, and what to do about it."""

    code: AlarmCode
    message: str
    since: datetime


class AlarmBoard:
    """The standing alarms, by code; raising and clearing each tell `notify` once."""

    def __init__(
        self, clock: Clock, notify: Callable[[DeskEvent], None] = lambda event: None
    ) -> None:
        self._clock = clock
        self._notify = notify
        self._lock = Lock()
        self._standing: dict[AlarmCode, Alarm] = {}

    def standing(self) -> tuple[Alarm, ...]:
        """Return what is wrong now, oldest first."""
        with self._lock:
            return tuple(self._standing.values())

    def sound(self, code: AlarmCode, message: str) -> None:
        """Raise an alarm; one that stands keeps its time and takes the new message."""
        now = self._clock()
        with self._lock:
            known = self._standing.get(code)
            self._standing[code] = Alarm(code, message, now if known is None else known.since)
        if known is None:
            self._notify(DeskEvent(now, DeskEventKind.ALARM_RAISED, code.value, message))

    def clear(self, code: AlarmCode) -> None:
        """End an alarm, if it stands."""
        with self._lock:
            ended = self._standing.pop(code, None)
        if ended is not None:
            text = f"over: {ended.message}"
            self._notify(DeskEvent(self._clock(), DeskEventKind.ALARM_CLEARED, code.value, text))
