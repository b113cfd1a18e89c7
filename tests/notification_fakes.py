"""Hand-written stand-ins for what notifications and the vault need."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from etrms_core.domain.notifications import Channel
from etrms_core.domain.secret import Secret
from etrms_core.engine.notification_ports import (
    LOST_NOTICES,
    OPEN_NOTICES,
    AddressReading,
    DeliveryCount,
    Message,
    Notice,
    NoticeState,
)
from etrms_core.engine.storage_ports import StoredEvent
from etrms_core.engine.vault_ports import SealedSecret, SecretName, VaultHeader
from etrms_core.errors import ConfigurationError, DataError, StorageError
from etrms_core.services.errands import Returned


class InMemoryOutbox:
    """An `Outbox`; `trouble`, when set, is raised by every method."""

    def __init__(self, all_events: Callable[[], Sequence[StoredEvent]]) -> None:
        self.trouble: StorageError | None = None
        self._all_events = all_events
        self._notices: dict[tuple[str, int], Notice] = {}
        self._routed = self._read = 0

    def unrouted(self, *, limit: int) -> tuple[StoredEvent, ...]:
        self._check()
        return tuple(each for each in self._all_events() if each.sequence > self._routed)[:limit]

    def add(self, notices: Sequence[Notice], *, routed_up_to: int | None = None) -> None:
        self._check()
        for each in notices:
            self._notices.setdefault((each.channel, each.sequence), each)
        self._routed = max(self._routed, routed_up_to or 0)

    def due(self, channel: str, *, now: datetime, limit: int) -> tuple[Notice, ...]:
        self._check()
        found = [
            each
            for each in self._notices.values()
            if each.channel == channel and each.state in OPEN_NOTICES and each.due_at <= now
        ]
        return tuple(sorted(found, key=lambda each: (-each.severity, each.sequence)))[:limit]

    def update(self, notices: Sequence[Notice]) -> None:
        self._check()
        for each in notices:
            known = self._notices.get((each.channel, each.sequence))
            if known is not None and known.state in OPEN_NOTICES:
                self._notices[each.channel, each.sequence] = each

    def acknowledge(self, keys: Sequence[tuple[str, int]]) -> int:
        self._check()
        lost = {
            key: self._notices[key]
            for key in keys
            if key in self._notices and self._notices[key].state in LOST_NOTICES
        }
        for key, each in lost.items():
            self._notices[key] = replace(each, state=NoticeState.ACKNOWLEDGED)
        return len(lost)

    def recent(self, *, limit: int = 100) -> tuple[Notice, ...]:
        self._check()
        ordered = sorted(self._notices.values(), key=lambda each: (-each.sequence, each.channel))
        return tuple(ordered)[:limit]

    def counts(self, *, now: datetime) -> tuple[DeliveryCount, ...]:
        self._check()
        well = {NoticeState.DELIVERED, NoticeState.ACKNOWLEDGED}
        undelivered = [each for each in self._notices.values() if each.state not in well]
        return tuple(
            self._count([each for each in undelivered if each.channel == name], now)
            for name in sorted({each.channel for each in undelivered})
        )

    def prune(self, *, settled_before: datetime) -> int:
        self._check()
        old = [
            key
            for key, each in self._notices.items()
            if each.settled_at is not None and each.settled_at < settled_before
        ]
        for key in old:
            del self._notices[key]
        return len(old)

    def read_up_to(self) -> int:
        self._check()
        return self._read

    def mark_read(self, sequence: int) -> None:
        self._check()
        self._read = max(self._read, sequence)

    def drop_channel(self, name: str) -> None:
        """Let everything fail that waits for a channel."""
        self.update(
            [
                replace(
                    each,
                    state=NoticeState.FAILED,
                    last_error="the channel was removed",
                    settled_at=each.due_at,
                )
                for each in self._notices.values()
                if each.channel == name
            ]
        )

    def _count(self, notices: Sequence[Notice], now: datetime) -> DeliveryCount:
        late = [
            each
            for each in notices
            if each.state is NoticeState.WAITING
            and (each.tries or each.due_at <= now - timedelta(minutes=1))
        ]
        lost = [
            each
            for each in notices
            if each.settled_at is not None and each.settled_at >= now - timedelta(days=7)
        ]
        dropped = [each for each in lost if each.state is NoticeState.DROPPED]
        held = [each for each in notices if each.state is NoticeState.HELD]
        ordered = sorted(notices, key=lambda each: (each.due_at, each.sequence))
        errors = [
            each
            for each in ordered
            if each.last_error is not None and each.state is not NoticeState.DROPPED
        ]
        return DeliveryCount(
            notices[0].channel,
            len(late),
            len(held),
            len(lost) - len(dropped),
            errors[-1].last_error if errors else None,
            len(dropped),
            errors[-1].settled_at if errors else None,
        )

    def _check(self) -> None:
        if self.trouble is not None:
            raise self.trouble


class InMemoryChannelStore:
    """A `ChannelStore`."""

    def __init__(self, outbox: InMemoryOutbox) -> None:
        self._outbox = outbox
        self._channels: dict[str, Channel] = {}

    def channels(self) -> tuple[Channel, ...]:
        return tuple(self._channels.values())

    def save_channel(self, channel: Channel) -> None:
        self._channels[channel.name] = channel

    def remove_channel(self, name: str) -> None:
        self._channels.pop(name, None)
        self._outbox.drop_channel(name)


class InMemoryVaultStore:
    """A `VaultStore`."""

    def __init__(self) -> None:
        self._header: VaultHeader | None = None
        self._secrets: dict[SecretName, SealedSecret] = {}

    def header(self) -> VaultHeader | None:
        return self._header

    def create(self, header: VaultHeader) -> bool:
        if self._header is not None:
            return False
        self._header = header
        return True

    def names(self) -> tuple[SecretName, ...]:
        return tuple(sorted(self._secrets))

    def sealed(self, name: SecretName) -> SealedSecret | None:
        return self._secrets.get(name)

    def all_sealed(self) -> tuple[SealedSecret, ...]:
        return tuple(self._secrets[name] for name in self.names())

    def save(self, secret: SealedSecret) -> bool:
        if self._header is None or self._header.version != secret.version:
            return False
        self._secrets[secret.name] = secret
        return True

    def remove(self, name: SecretName) -> None:
        self._secrets.pop(name, None)

    def replace_all(
        self, header: VaultHeader, secrets: Sequence[SealedSecret], *, seen: Sequence[SealedSecret]
    ) -> bool:
        known = self._header
        if known is None or known.version != header.version - 1:
            return False
        if self.all_sealed() != tuple(seen):
            return False
        self._header = header
        self._secrets = {each.name: each for each in secrets}
        return True

    def damage(self, header: VaultHeader | None = None, *secrets: SealedSecret) -> None:
        """Put something else in place, as somebody with the file could."""
        self._header = header or self._header
        self._secrets |= {each.name: each for each in secrets}


class ScriptedSender:
    """A `NotificationSender` that writes down what it gets.

    `troubles` are raised for the addresses that they name, `seconds` is how long an address takes,
    in the time of `VirtualErrands`.
    """

    def __init__(self) -> None:
        self.sent: list[tuple[str, Message]] = []
        self.tried: list[str] = []
        self.troubles: dict[str, Exception] = {}
        self.seconds: dict[str, float] = {}

    def read_address(self, address: Secret, *, allows_private: bool) -> AddressReading:
        text = address.reveal()
        if "://" not in text:
            raise ConfigurationError("is no address that is known", field="address")
        if "private" in text and not allows_private:
            raise ConfigurationError("lies in a private network", field="address")
        return AddressReading(address, "Scripted", f"{text.partition('://')[0]}://...")

    def send(self, address: Secret, message: Message, *, allows_private: bool) -> None:
        assert allows_private in {True, False}
        text = address.reveal()
        self.tried.append(text)
        if text in self.troubles:
            raise self.troubles[text]
        self.sent.append((text, message))

    def titles(self, address: str) -> list[str]:
        """Titles of what arrived at one address."""
        return [message.title for to, message in self.sent if to == address]


class VirtualErrands:
    """`Errands` on a clock of the test: a call that takes long returns only when time has passed.

    How long the next call takes is asked of `seconds_of`, by its name; what it does happens when
    it returns.
    """

    def __init__(
        self, clock: Callable[[], datetime], seconds_of: Callable[[str], float] = lambda name: 0.0
    ) -> None:
        self._clock = clock
        self._seconds_of = seconds_of
        self._running: dict[str, tuple[datetime, datetime, Callable[[], None]]] = {}

    def start(self, name: str, call: Callable[[], None]) -> bool:
        if name in self._running:
            return False
        now = self._clock()
        self._running[name] = (now, now + timedelta(seconds=self._seconds_of(name)), call)
        return True

    def take(self) -> list[Returned[None]]:
        now = self._clock()
        ended = [name for name, (_, ends_at, _) in self._running.items() if ends_at <= now]
        return [self._ended(name) for name in ended]

    def running_seconds(self) -> dict[str, float]:
        now = self._clock()
        return {
            name: (now - since).total_seconds() for name, (since, _, _) in self._running.items()
        }

    def _ended(self, name: str) -> Returned[None]:
        _, _, call = self._running.pop(name)
        try:
            call()
        except DataError as error:
            return Returned(name, error=str(error))
        return Returned(name)
