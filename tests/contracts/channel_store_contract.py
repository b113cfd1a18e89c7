"""What the desk may rely on whatever keeps its notification channels."""

from dataclasses import replace
from datetime import time

import pytest

from etrms_core.domain.notifications import Channel, QuietHours, Severity
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.notification_ports import ChannelStore, NoticeState
from tests.builders import NOW
from tests.notification_builders import make_notice

PLAIN = Channel(name="phone", service="Telegram", masked_address="tgram://...")
FULL = Channel(
    name="Büro",
    service="JSON",
    masked_address="jsons://hooks.example.com/...",
    is_enabled=False,
    minimum_severity=Severity.INFO,
    kinds=("triggered", "alarm_raised"),
    quiet_hours=QuietHours(time(22, 30), time(7), critical_breaks_through=False),
    fallback="phone",
    allows_private=True,
)


class ChannelStoreContract:
    """Inherit and give a fixture `stores` that returns the stores of a new desk."""

    @pytest.fixture
    def store(self, stores: DeskStores) -> ChannelStore:
        return stores.channels

    def test_a_new_desk_has_no_channels(self, store: ChannelStore) -> None:
        assert store.channels() == ()

    def test_channels_come_back_with_every_field(self, store: ChannelStore) -> None:
        store.save_channel(PLAIN)
        store.save_channel(FULL)
        assert store.channels() == (PLAIN, FULL)

    def test_a_changed_channel_keeps_its_place(self, store: ChannelStore) -> None:
        store.save_channel(FULL)
        store.save_channel(PLAIN)
        changed = replace(FULL, is_enabled=True)
        store.save_channel(changed)
        assert store.channels() == (changed, PLAIN)

    def test_a_removed_channel_is_gone_and_removing_it_again_changes_nothing(
        self, store: ChannelStore
    ) -> None:
        store.save_channel(PLAIN)
        for _ in range(2):
            store.remove_channel("phone")
            assert store.channels() == ()

    def test_what_waits_for_a_removed_channel_fails_for_good(self, stores: DeskStores) -> None:
        stores.channels.save_channel(PLAIN)
        other = make_notice(2, channel="other")
        stores.outbox.add([make_notice(1, channel="phone"), other])
        stores.channels.remove_channel("phone")
        (kept, lost) = stores.outbox.recent()
        assert kept == other
        assert (lost.state, lost.last_error) == (NoticeState.FAILED, "the channel was removed")
        assert stores.outbox.due("phone", now=NOW, limit=10) == ()
