"""A desk whose channels, vault and messages are invented, and whose sender writes down."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app import runtime
from etrms_core.adapters.vault.passphrase_vault import PassphraseVault
from etrms_core.engine.notification_ports import Outbox
from etrms_core.engine.vault_ports import Vault
from etrms_core.services.alerts import Alerts
from etrms_core.services.desk import Desk
from etrms_core.services.notification_channels import ChannelParts, NotificationChannels
from etrms_core.services.notifier import Notifier
from etrms_core.services.vault_desk import VaultDesk
from tests.app.desks import make_desk
from tests.notification_fakes import InMemoryVaultStore
from tests.services.notifying import CHEAP, Bench


@dataclass(frozen=True, slots=True, kw_only=True)
class InventedNotifications:
    """Stands for `Notifications`, with its messages."""

    vault: VaultDesk
    secrets: Vault
    channels: NotificationChannels
    alerts: Alerts
    notifier: Notifier
    outbox: Outbox


@contextmanager
def notifying_desk(bench: Bench, *, has_vault: bool = True) -> Iterator[Desk]:
    """Run a desk that is signed in to, with the notifications of a bench."""
    desk = make_desk()
    desk.notifications = notifications_of(bench, has_vault=has_vault)  # type: ignore[assignment]
    runtime.set_desk(desk)
    try:
        yield desk
    finally:
        runtime.set_desk(None)


def notifications_of(bench: Bench, *, has_vault: bool = True) -> InventedNotifications:
    """Put notifications together; without a vault its passphrase is still to be chosen."""
    vault = bench.vault if has_vault else PassphraseVault(InMemoryVaultStore(), cost=CHEAP)
    notes: list[str] = []
    parts = ChannelParts(
        store=bench.stores.channels,
        vault=vault,
        sender=bench.sender,
        clock=bench.clock,
        zone=lambda: bench.zone,
        note=notes.append,
    )
    return InventedNotifications(
        vault=VaultDesk(vault, note=notes.append),
        secrets=vault,
        channels=NotificationChannels(parts),
        alerts=Alerts(bench.stores.desk, bench.stores.outbox),
        notifier=bench.notifier,
        outbox=bench.stores.outbox,
    )
