"""Which event goes to which channel, and how fast alike events may follow each other."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo

from etrms_core.domain.account import AccountState
from etrms_core.domain.events import BreakerEvent, Event
from etrms_core.domain.notifications import Channel
from etrms_core.engine.notification_ports import Notice
from etrms_core.engine.notification_text import mode_of, text_of, title_of
from etrms_core.engine.severity import severity_of
from etrms_core.engine.storage_ports import StoredEvent

MOST_ALIKE = 3
WINDOW = timedelta(minutes=1)
MOST_WINDOWS = 10_000

FloodKey = tuple[str, str, str]


class FloodGate:
    """Lets the first events of one kind and subject pass and keeps the rest of a minute back."""

    def __init__(self, *, most_alike: int = MOST_ALIKE, window: timedelta = WINDOW) -> None:
        self._most_alike = most_alike
        self._window = window
        self._windows: dict[FloodKey, tuple[datetime, int]] = {}

    def due_at(self, key: FloodKey, now: datetime) -> datetime:
        """Count one event and return when it may go out: now, or at the end of its window."""
        since, count = self._windows.get(key, (now, 0))
        if not since <= now < since + self._window:
            since, count = now, 0
        self._windows[key] = (since, count + 1)
        if len(self._windows) > MOST_WINDOWS:
            self._forget_old(now)
        return now if count < self._most_alike else since + self._window

    def _forget_old(self, now: datetime) -> None:
        self._windows = {
            key: each for key, each in self._windows.items() if now < each[0] + self._window
        }


def is_routed(event: Event, channel: Channel) -> bool:
    """Say whether an event goes to a channel."""
    return (
        channel.is_enabled
        and severity_of(event) >= channel.minimum_severity
        and (not channel.kinds or event.kind.value in channel.kinds)
    )


def notices_for(
    stored: StoredEvent,
    channels: Sequence[Channel],
    accounts: Sequence[AccountState],
    *,
    now: datetime,
    zone: tzinfo,
    flood: FloodGate,
) -> Iterator[Notice]:
    """Write one notice for each channel that an event goes to."""
    event = stored.event
    mode = mode_of(event, accounts)
    subject = event.rule_id if isinstance(event, BreakerEvent) else event.subject
    for channel in channels:
        if is_routed(event, channel):
            yield Notice(
                channel=channel.name,
                sequence=stored.sequence,
                severity=severity_of(event),
                kind=event.kind.value,
                subject=subject,
                title=title_of(event, mode=mode),
                text=text_of(event, mode=mode, zone=zone),
                occurred_at=event.occurred_at,
                created_at=now,
                due_at=flood.due_at((channel.name, event.kind.value, subject), now),
            )
