"""The trader's channels: added, changed, tried out and removed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import tzinfo

from etrms_core.domain.notifications import Channel
from etrms_core.domain.secret import Secret
from etrms_core.engine.notification_ports import ChannelStore, NotificationSender
from etrms_core.engine.notification_text import trial_message
from etrms_core.engine.ports import Clock
from etrms_core.engine.vault_ports import Vault
from etrms_core.errors import ConfigurationError
from etrms_core.services.notification_address import address_name


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelParts:
    """What the channels need; `note` writes one sentence about a change into the event log."""

    store: ChannelStore
    vault: Vault
    sender: NotificationSender
    clock: Clock
    zone: Callable[[], tzinfo]
    note: Callable[[str], None]


class NotificationChannels:
    """Keeps each address in the vault and everything else beside it; each change is one event."""

    def __init__(self, parts: ChannelParts) -> None:
        self._parts = parts

    def all(self) -> tuple[Channel, ...]:
        """Return the channels in the order in which they were added."""
        return self._parts.store.channels()

    def save(self, channel: Channel, *, address: Secret | None = None) -> Channel:
        """Add a channel, or change the one of its name, and return it as it is kept.

        `service` and `masked_address` are read from the address. Without one the address that the
        channel has is kept; it is read again when private networks are allowed or no longer.

        Raises
        ------
        ConfigurationError
            If the address cannot be used, there is none, its fallback is unknown, or the vault is
            locked while an address must be read or written.
        """
        known = self._find(channel.name)
        if channel.fallback is not None and self._find(channel.fallback) is None:
            raise ConfigurationError(f"there is no channel {channel.fallback!r}", field="fallback")
        if address is None and known is not None and _is_as_private(known, channel):
            kept = replace(channel, service=known.service, masked_address=known.masked_address)
        else:
            kept = self._with_address(channel, address)
        self._parts.store.save_channel(kept)
        verb = "added" if known is None else "changed"
        self._parts.note(f"channel {kept.name!r} ({kept.service}) {verb}")
        return kept

    def remove(self, name: str) -> None:
        """Remove a channel with its address; ConfigurationError when there is none.

        Channels that fell back to it fall back to nothing.
        """
        self._required(name)
        for other in self.all():
            if other.fallback == name:
                self._parts.store.save_channel(replace(other, fallback=None))
        self._parts.store.remove_channel(name)
        self._parts.vault.remove(address_name(name))
        self._parts.note(f"channel {name!r} removed")

    def try_out(self, name: str) -> None:
        """Send a test message now, in the caller's thread.

        Raises
        ------
        ConfigurationError
            If there is no such channel, or the vault is locked.
        DataError
            If the message was not taken; it says why.
        """
        channel = self._required(name)
        message = trial_message(name, at=self._parts.clock(), zone=self._parts.zone())
        self._parts.sender.send(
            self._address(channel), message, allows_private=channel.allows_private
        )

    def _with_address(self, channel: Channel, address: Secret | None) -> Channel:
        given = self._address(channel) if address is None else address
        reading = self._parts.sender.read_address(given, allows_private=channel.allows_private)
        # The address first: a channel without one would be of no use.
        self._parts.vault.put(address_name(channel.name), reading.address)
        return replace(channel, service=reading.service, masked_address=reading.masked)

    def _address(self, channel: Channel) -> Secret:
        address = self._parts.vault.get(address_name(channel.name))
        if address is None:
            raise ConfigurationError(
                f"the vault holds none for the channel {channel.name!r}; enter it",
                field="address",
            )
        return address

    def _required(self, name: str) -> Channel:
        channel = self._find(name)
        if channel is None:
            raise ConfigurationError(f"there is no channel {name!r}", field="name")
        return channel

    def _find(self, name: str) -> Channel | None:
        return next((each for each in self.all() if each.name == name), None)


def _is_as_private(known: Channel, channel: Channel) -> bool:
    return known.allows_private == channel.allows_private
