"""Channels are added, changed, tried out and removed; addresses lie in the vault only."""

from dataclasses import replace
from datetime import UTC

import pytest

from etrms_core.domain.notifications import Channel, Severity
from etrms_core.domain.secret import Secret
from etrms_core.errors import ConfigurationError, DataError
from etrms_core.services.notification_address import address_name
from etrms_core.services.notification_channels import ChannelParts, NotificationChannels
from tests.services.notifying import Bench, channel

CANARY = "test://CANARY/token"
PHONE = Channel(name="phone", service="", masked_address="")


class Desk:
    """Channels over a bench; `notes` are what the event log was told."""

    def __init__(self) -> None:
        self.bench = Bench()
        self.notes: list[str] = []
        self.channels = NotificationChannels(
            ChannelParts(
                store=self.bench.stores.channels,
                vault=self.bench.vault,
                sender=self.bench.sender,
                clock=self.bench.clock,
                zone=lambda: UTC,
                note=self.notes.append,
            )
        )

    def address(self, name: str) -> Secret | None:
        return self.bench.vault.get(address_name(name))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_channel_is_kept_without_its_address(desk: Desk) -> None:
    kept = desk.channels.save(PHONE, address=Secret(CANARY))
    assert kept == replace(PHONE, service="Scripted", masked_address="test://...")
    assert desk.channels.all() == (kept,)
    assert desk.address("phone") == Secret(CANARY)
    assert desk.notes == ["channel 'phone' (Scripted) added"]
    assert "CANARY" not in repr(desk.channels.all()) + repr(desk.notes)


def test_an_address_that_cannot_be_used_leaves_nothing_behind(desk: Desk) -> None:
    for address in ("nonsense", "test://private"):
        with pytest.raises(ConfigurationError, match="address"):
            desk.channels.save(PHONE, address=Secret(address))
    assert desk.channels.all() == ()
    assert desk.address("phone") is None
    assert desk.notes == []


def test_a_channel_needs_an_address(desk: Desk) -> None:
    with pytest.raises(ConfigurationError, match="address"):
        desk.channels.save(PHONE)
    assert desk.channels.all() == ()


def test_a_change_keeps_the_address_and_needs_no_key(desk: Desk) -> None:
    kept = desk.channels.save(PHONE, address=Secret(CANARY))
    desk.bench.vault.lock()
    changed = desk.channels.save(replace(PHONE, minimum_severity=Severity.INFO))
    assert changed == replace(kept, minimum_severity=Severity.INFO)
    assert desk.notes[-1] == "channel 'phone' (Scripted) changed"


def test_a_new_address_replaces_the_old_one(desk: Desk) -> None:
    desk.channels.save(PHONE, address=Secret("test://old"))
    desk.channels.save(PHONE, address=Secret("other://new"))
    assert desk.address("phone") == Secret("other://new")
    assert desk.channels.all()[0].masked_address == "other://..."


def test_an_address_is_judged_anew_when_private_networks_are_no_longer_allowed(desk: Desk) -> None:
    private = replace(PHONE, allows_private=True)
    desk.channels.save(private, address=Secret("test://private"))
    with pytest.raises(ConfigurationError, match="private network"):
        desk.channels.save(PHONE)
    assert desk.channels.all()[0].allows_private


def test_a_locked_vault_takes_no_address(desk: Desk) -> None:
    desk.bench.vault.lock()
    with pytest.raises(ConfigurationError, match="LOCKED"):
        desk.channels.save(PHONE, address=Secret(CANARY))
    assert desk.channels.all() == ()


def test_a_fallback_must_be_there(desk: Desk) -> None:
    with pytest.raises(ConfigurationError, match="no channel 'mail'"):
        desk.channels.save(replace(PHONE, fallback="mail"), address=Secret(CANARY))


def test_a_removed_channel_takes_its_address_with_it(desk: Desk) -> None:
    desk.bench.add(channel("mail"), channel("phone", fallback="mail"))
    desk.channels.remove("mail")
    assert [each.name for each in desk.channels.all()] == ["phone"]
    assert desk.channels.all()[0].fallback is None
    assert desk.address("mail") is None
    assert desk.notes == ["channel 'mail' removed"]
    with pytest.raises(ConfigurationError, match="no channel 'mail'"):
        desk.channels.remove("mail")


def test_a_trial_arrives_at_once_and_says_what_went_wrong(desk: Desk) -> None:
    desk.channels.save(PHONE, address=Secret(CANARY))
    desk.channels.try_out("phone")
    ((address, message),) = desk.bench.sender.sent
    assert address == CANARY
    assert "This is a test of the channel 'phone'" in message.text
    desk.bench.sender.troubles[CANARY] = DataError("the provider answered 401")
    with pytest.raises(DataError, match="401"):
        desk.channels.try_out("phone")
    with pytest.raises(ConfigurationError, match="no channel"):
        desk.channels.try_out("mail")


def test_where_an_address_lies_is_told_by_the_channel() -> None:
    assert address_name("phone") == ("notification", "phone", "address")
