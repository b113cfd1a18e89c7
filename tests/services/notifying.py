"""A notifier on a clock of the test, with a sender that does what it is told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from etrms_core.adapters.vault.passphrase_vault import PassphraseVault
from etrms_core.adapters.vault.sealing import KeyCost
from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.domain.notifications import Channel, Severity
from etrms_core.domain.secret import Secret
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.notification_ports import Notice, NoticeState
from etrms_core.services.notification_address import address_name
from etrms_core.services.notifier import Notifier, NotifierParts, SendingErrands
from tests.builders import NOW
from tests.fakes import ManualClock, in_memory_stores
from tests.notification_fakes import ScriptedSender, VirtualErrands

PASSPHRASE = Secret("correct horse battery staple")
CHEAP = KeyCost(iterations=1, lanes=1, memory_kib=8)


@dataclass
class Bench:
    """Everything around a notifier; `seconds` is how long each channel takes to answer."""

    stores: DeskStores = field(default_factory=in_memory_stores)
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))
    sender: ScriptedSender = field(default_factory=ScriptedSender)
    seconds: dict[str, float] = field(default_factory=dict)
    zone: tzinfo = UTC
    is_active: bool = True
    errands: SendingErrands | None = None

    def __post_init__(self) -> None:
        self.vault = PassphraseVault(self.stores.vault, cost=CHEAP)
        self.vault.create(PASSPHRASE)
        self.notifier = self.restarted()

    def restarted(self) -> Notifier:
        """Return a notifier that remembers only what is stored."""
        errands = self.errands or VirtualErrands(self.clock, lambda name: self.seconds.get(name, 0))
        parts = NotifierParts(
            stores=self.stores,
            vault=self.vault,
            sender=self.sender,
            errands=errands,
            clock=self.clock,
            zone=lambda: self.zone,
            is_active=lambda: self.is_active,
            chance=lambda: 0.0,
        )
        self.notifier = Notifier(parts)
        return self.notifier

    def add(self, *channels: Channel) -> None:
        """Save channels whose addresses are ``test://`` and their name."""
        for channel in channels:
            self.stores.channels.save_channel(channel)
            self.vault.put(address_name(channel.name), Secret(address_of(channel.name)))

    def happen(self, *subjects: str, kind: DeskEventKind = DeskEventKind.SOURCE_STALE) -> None:
        """Let one event happen for each subject."""
        events = [DeskEvent(self.clock(), kind, each, f"{each} is stale") for each in subjects]
        self.stores.desk.append_events(events)

    def run(self, seconds: int = 3) -> None:
        """Tick once a second."""
        for _ in range(seconds):
            self.notifier.tick()
            self.clock.advance(seconds=1)

    def arrived(self, channel: str) -> list[str]:
        """Titles of what a channel took."""
        return self.sender.titles(address_of(channel))

    def states(self, channel: str) -> list[NoticeState]:
        """States of a channel's notices in the order of events."""
        return [each.state for each in self.notices(channel)]

    def notices(self, channel: str) -> list[Notice]:
        """Notices of a channel in the order of events."""
        found: Sequence[Notice] = self.stores.outbox.recent()
        return [each for each in reversed(found) if each.channel == channel]


def channel(
    name: str = "phone", *, minimum: Severity = Severity.WARNING, fallback: str | None = None
) -> Channel:
    """Build a channel."""
    return Channel(
        name=name,
        service="Scripted",
        masked_address="test://...",
        minimum_severity=minimum,
        fallback=fallback,
    )


def address_of(name: str) -> str:
    """Return the address of a channel."""
    return f"test://{name}"
