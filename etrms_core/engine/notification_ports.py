"""Channels, the outbox and whoever sends; all raise StorageError when the database fails."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from etrms_core.domain.notifications import Channel, Severity
from etrms_core.domain.secret import Secret
from etrms_core.engine.storage_ports import StoredEvent


class ChannelStore(Protocol):
    """The ways to reach the trader."""

    def channels(self) -> tuple[Channel, ...]:
        """All of them, in the order in which they were first saved."""

    def save_channel(self, channel: Channel) -> None:
        """Create a channel, or replace the one of its name."""

    def remove_channel(self, name: str) -> None:
        """Forget a channel, if it is there; what waits for it fails for good."""


class NoticeState(StrEnum):
    """How far a notice has come."""

    WAITING = "waiting"
    HELD = "held"  # by quiet hours, until they end
    DELIVERED = "delivered"
    FAILED = "failed"  # for good
    DROPPED = "dropped"  # by the trader, who wants it no more
    ACKNOWLEDGED = "acknowledged"  # failed or dropped, and the trader has taken note


OPEN_NOTICES = frozenset({NoticeState.WAITING, NoticeState.HELD})
LOST_NOTICES = frozenset({NoticeState.FAILED, NoticeState.DROPPED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One event on its way to one channel.

    Attributes
    ----------
    sequence : int
        Number of the event; with the channel it is the key.
    due_at : datetime
        When it may be tried next.
    last_error : str or None
        Why the last try failed; carries no secret.
    settled_at : datetime or None
        When it was delivered or given up.
    """

    channel: str
    sequence: int
    severity: Severity
    kind: str
    subject: str
    title: str
    text: str
    occurred_at: datetime
    created_at: datetime
    due_at: datetime
    state: NoticeState = NoticeState.WAITING
    tries: int = 0
    last_error: str | None = None
    settled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeliveryCount:
    """What became of the notices of one channel.

    Attributes
    ----------
    undelivered : int
        Waiting after a failed try, or waiting for longer than usual.
    failed, dropped : int
        Given up by the desk, and by the trader, in the last seven days.
    last_error : str or None
        Of the last notice that was tried and is undelivered or failed.
    last_error_at : datetime or None
        When that happened; None when it is not known.
    """

    channel: str
    undelivered: int
    held: int
    failed: int
    last_error: str | None = None
    dropped: int = 0
    last_error_at: datetime | None = None


class Outbox(Protocol):
    """Notices of one run of the desk, and up to which event they were made and read."""

    def unrouted(self, *, limit: int) -> tuple[StoredEvent, ...]:
        """Events after the last routed one, oldest first."""

    def add(self, notices: Sequence[Notice], *, routed_up_to: int | None = None) -> None:
        """Store notices and up to which event they were made, in one transaction.

        A notice whose key is known is left out; the mark never goes back.
        """

    def due(self, channel: str, *, now: datetime, limit: int) -> tuple[Notice, ...]:
        """Open notices whose time has come, the most severe first, then in order of events."""

    def update(self, notices: Sequence[Notice]) -> None:
        """Store how far notices have come; one that is settled stays as it is."""

    def acknowledge(self, keys: Sequence[tuple[str, int]]) -> int:
        """Note that the trader knows of lost notices, by channel and number of the event.

        They count no more; return how many there were.
        """

    def recent(self, *, limit: int = 100) -> tuple[Notice, ...]:
        """Newest first."""

    def counts(self, *, now: datetime) -> tuple[DeliveryCount, ...]:
        """Count by channel what is not delivered, failures of the last seven days only."""

    def prune(self, *, settled_before: datetime) -> int:
        """Drop old settled notices and return how many went."""

    def read_up_to(self) -> int:
        """Return the number of the last event that the trader has seen; 0 before any."""

    def mark_read(self, sequence: int) -> None:
        """Note that the trader has seen all events up to this one; never goes back."""


@dataclass(frozen=True, slots=True)
class Message:
    """What arrives at the trader, as plain text."""

    title: str
    text: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class AddressReading:
    """What an address says about itself that may be shown.

    Attributes
    ----------
    address : Secret
        As it is kept, which may be written otherwise than it was given.
    """

    address: Secret
    service: str
    masked: str


class NotificationSender(Protocol):
    """The way out to providers."""

    def read_address(self, address: Secret, *, allows_private: bool) -> AddressReading:
        """Check an address; ConfigurationError says what is wrong and never repeats it."""

    def send(self, address: Secret, message: Message, *, allows_private: bool) -> None:
        """Hand a message over; DataError, without a secret, when it was not taken in time."""
