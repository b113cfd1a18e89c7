"""Tells the trader what happens: from the event log to the channels, in a thread of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from threading import Event as Flag
from threading import Thread
from typing import Protocol

import structlog

from etrms_core.domain.notifications import Channel
from etrms_core.engine.delivery import (
    delivered,
    failed,
    given_up,
    held,
    is_expired,
    next_batch,
    passed_on,
)
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.notification_ports import (
    DeliveryCount,
    Message,
    Notice,
    NotificationSender,
)
from etrms_core.engine.notification_routing import FloodGate, notices_for
from etrms_core.engine.notification_text import message_of
from etrms_core.engine.ports import Clock
from etrms_core.engine.quiet_hours import held_until
from etrms_core.engine.vault_ports import Vault, VaultState
from etrms_core.errors import DataError, EtrmsError
from etrms_core.services.errands import Returned
from etrms_core.services.notification_address import address_name

log = structlog.get_logger(__name__)

EVERY_SECONDS = 1.0
TIMEOUT_SECONDS = 30.0
STOP_SECONDS = 5.0
MOST_EVENTS = 500
MOST_DUE = 1_000
KEPT_FOR = timedelta(days=30)
PRUNE_EVERY = timedelta(hours=1)
LOCKED = "the vault is LOCKED: no notification can be sent until it is unlocked"


class SendingErrands(Protocol):
    """Calls in threads of their own, at most one for each name (`Errands`)."""

    def start(self, name: str, call: Callable[[], None]) -> bool:
        """Begin a call unless one of this name is running; say whether it began."""

    def take(self) -> list[Returned[None]]:
        """Return what has ended, without waiting."""

    def running_seconds(self) -> dict[str, float]:
        """How long each running call has been on its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifierParts:
    """What a notifier needs.

    Attributes
    ----------
    is_active : callable
        Whether this process acts; any other one stays silent.
    zone : callable
        The owner's time zone, for quiet hours and times in messages.
    chance : callable
        Random numbers in [0, 1), which spread the tries.
    """

    stores: DeskStores
    vault: Vault
    sender: NotificationSender
    errands: SendingErrands
    clock: Clock
    zone: Callable[[], tzinfo]
    is_active: Callable[[], bool]
    chance: Callable[[], float]


@dataclass(frozen=True, slots=True)
class NotifierStatus:
    """Whether the trader gets what is sent.

    Attributes
    ----------
    undelivered : int
        Messages that are late, or that failed for good in the last seven days and of which the
        trader has not taken note.
    trouble : str or None
        Why nothing goes out at all.
    """

    undelivered: int
    channels: tuple[DeliveryCount, ...]
    trouble: str | None


@dataclass(slots=True)
class _Sending:
    notices: tuple[Notice, ...]
    is_overdue: bool = False


class Notifier:
    """Writes a notice for each event and channel, and sends until it is taken or a day old.

    A provider that hangs keeps only its own channel waiting: each call runs in a thread of its
    own, of which there is one for each channel at most. What is stored survives a restart; a
    message may then arrive twice, and none is lost.
    """

    def __init__(self, parts: NotifierParts, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._parts = parts
        self._outbox = parts.stores.outbox
        self._timeout = timeout_seconds
        self._flood = FloodGate()
        self._sending: dict[str, _Sending] = {}
        self._settled: list[Notice] = []
        self._failures: dict[str, tuple[datetime, str]] = {}
        self._pruned_at = parts.clock() - PRUNE_EVERY
        self._trouble: str | None = None
        self._stop = Flag()
        self._thread = Thread(target=self._run, name="notifier", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Send no more; what is on its way may still arrive."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def status(self) -> NotifierStatus:
        """Count what did not arrive."""
        stored = self._outbox.counts(now=self._parts.clock())
        counts = tuple(map(self._with_time_of_error, stored))
        undelivered = sum(each.undelivered + each.failed for each in counts)
        return NotifierStatus(undelivered, counts, self._trouble)

    def tick(self) -> None:
        """Settle what came back, write notices for new events, send what is due."""
        self._collect()
        self._save_settled()
        if not self._parts.is_active():
            return
        channels = self._parts.stores.channels.channels()
        self._route(channels)
        self._dispatch(channels)
        self._prune()

    def _with_time_of_error(self, count: DeliveryCount) -> DeliveryCount:
        # What is tried again keeps no time of its last try in the database.
        failure = self._failures.get(count.channel)
        if count.last_error is None or failure is None:
            return count
        at, error = failure
        if count.last_error_at is not None and count.last_error_at > at:
            return count
        return replace(count, last_error=error, last_error_at=at)

    def _route(self, channels: Sequence[Channel]) -> None:
        events = self._outbox.unrouted(limit=MOST_EVENTS)
        if not events:
            return
        accounts = self._parts.stores.desk.load_accounts()
        notices = [
            notice
            for stored in events
            for notice in notices_for(
                stored,
                channels,
                accounts,
                now=self._parts.clock(),
                zone=self._parts.zone(),
                flood=self._flood,
            )
        ]
        self._outbox.add(notices, routed_up_to=events[-1].sequence)

    def _dispatch(self, channels: Sequence[Channel]) -> None:
        is_locked = self._parts.vault.state is not VaultState.UNLOCKED
        self._trouble = LOCKED if is_locked and channels else None
        for channel in channels:
            sending = self._sending.get(channel.name)
            if sending is not None and not sending.is_overdue:
                continue
            due = self._still_due(channel)
            if due and sending is not None:
                self._note_failure(channel.name, due, "an earlier message still hangs")
            elif due and not is_locked:
                self._send(channel, next_batch(due))
        self._save_settled()

    def _still_due(self, channel: Channel) -> list[Notice]:
        """Give up what is too old and hold what must wait for the end of quiet hours."""
        now = self._parts.clock()
        due: list[Notice] = []
        for notice in self._outbox.due(channel.name, now=now, limit=MOST_DUE):
            until = held_until(channel.quiet_hours, notice.severity, now, zone=self._parts.zone())
            if is_expired(notice, now=now):
                error = notice.last_error or self._trouble or "it could not be sent within a day"
                self._settled += given_up([notice], error, now=now)
            elif not channel.is_enabled:
                self._settled += given_up([notice], "the channel is switched off", now=now)
            elif until is not None:
                self._settled += held([notice], until=until)
            else:
                due.append(notice)
        self._save_settled()
        return due

    def _send(self, channel: Channel, notices: tuple[Notice, ...]) -> None:
        message = message_of(notices)
        self._sending[channel.name] = _Sending(notices)
        self._parts.errands.start(channel.name, lambda: self._hand_over(channel, message))

    def _hand_over(self, channel: Channel, message: Message) -> None:
        # In the channel's own thread.
        address = self._parts.vault.get(address_name(channel.name))
        if address is None:
            raise DataError(f"the vault holds no address of the channel {channel.name!r}")
        self._parts.sender.send(address, message, allows_private=channel.allows_private)

    def _collect(self) -> None:
        """Note what became of the calls that ended, and of those that take too long."""
        now = self._parts.clock()
        for returned in self._parts.errands.take():
            sending = self._sending.pop(returned.name, None)
            if sending is None:
                continue
            if returned.error is None:
                # Also when it was given up as overdue: it did arrive.
                self._settled += delivered(sending.notices, now=now)
            elif not sending.is_overdue:
                self._note_failure(returned.name, sending.notices, returned.error)
        for name, seconds in self._parts.errands.running_seconds().items():
            sending = self._sending.get(name)
            if sending is not None and not sending.is_overdue and seconds >= self._timeout:
                sending.is_overdue = True
                error = f"no answer within {self._timeout:g} s"
                self._note_failure(name, sending.notices, error)

    def _note_failure(self, channel: str, notices: Sequence[Notice], error: str) -> None:
        log.warning("a notification was not taken", channel=channel, reason=error)
        now, chance = self._parts.clock(), self._parts.chance()
        self._failures[channel] = (now, error)
        self._settled += failed(notices, error, now=now, chance=chance)

    def _save_settled(self) -> None:
        """Store what changed; what the database does not take now it gets at the next tick."""
        if not self._settled:
            return
        self._outbox.add(self._for_others())
        self._outbox.update(self._settled)
        self._settled = []

    def _for_others(self) -> list[Notice]:
        channels = {each.name: each for each in self._parts.stores.channels.channels()}
        now = self._parts.clock()
        others: list[Notice] = []
        for notice in self._settled:
            channel = channels.get(notice.channel)
            fallback = channels.get(channel.fallback or "") if channel is not None else None
            if notice.last_error is not None and fallback is not None and fallback.is_enabled:
                others += passed_on([notice], fallback.name, now=now)
        return others

    def _prune(self) -> None:
        now = self._parts.clock()
        if now - self._pruned_at >= PRUNE_EVERY:
            self._outbox.prune(settled_before=now - KEPT_FOR)
            self._pruned_at = now

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.tick()
            except EtrmsError as error:
                log.warning("notifications wait", reason=str(error))
            except Exception:  # a job runner: nothing ends the thread that calls for help
                log.exception("notifications failed")
            self._stop.wait(EVERY_SECONDS)
