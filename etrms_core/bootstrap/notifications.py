"""Vault, channels, alerts and the thread that tells the trader, put together."""

import os
import random
from collections.abc import Callable
from datetime import tzinfo

from etrms_core.adapters.notifications.apprise_sender import AppriseSender
from etrms_core.adapters.vault.headless_passphrase import headless_passphrase
from etrms_core.adapters.vault.passphrase_vault import PassphraseVault
from etrms_core.domain.events import DeskEvent, DeskEventKind, Event
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.notification_ports import NotificationSender
from etrms_core.engine.ports import Clock
from etrms_core.services.alerts import Alerts
from etrms_core.services.errands import Errands
from etrms_core.services.notification_channels import ChannelParts, NotificationChannels
from etrms_core.services.notifications import Notifications
from etrms_core.services.notifier import Notifier, NotifierParts
from etrms_core.services.vault_desk import VaultDesk


def open_notifications(
    stores: DeskStores,
    *,
    append_events: Callable[[list[Event]], None],
    clock: Clock,
    zone: Callable[[], tzinfo],
    is_active: Callable[[], bool],
    sender: NotificationSender | None = None,
) -> Notifications:
    """Open the vault where a passphrase was given to the process, and build the rest around it.

    The notifier does not run before `start`.

    Parameters
    ----------
    append_events : callable
        Where changes of vault and channels are written down.
    zone : callable
        The owner's time zone.
    is_active : callable
        Whether this process acts for the desk; only then it sends.
    """
    way_out = sender or AppriseSender()
    vault = PassphraseVault(stores.vault)

    def note(kind: DeskEventKind, subject: str) -> Callable[[str], None]:
        return lambda text: append_events([DeskEvent(clock(), kind, subject, text)])

    vault_desk = VaultDesk(vault, note=note(DeskEventKind.VAULT_CHANGED, "vault"))
    vault_desk.open_unattended(lambda: headless_passphrase(os.environ))
    channel_parts = ChannelParts(
        store=stores.channels,
        vault=vault,
        sender=way_out,
        clock=clock,
        zone=zone,
        note=note(DeskEventKind.CHANNELS_CHANGED, "notifications"),
    )
    notifier_parts = NotifierParts(
        stores=stores,
        vault=vault,
        sender=way_out,
        errands=Errands[None](),
        clock=clock,
        zone=zone,
        is_active=is_active,
        chance=random.random,
    )
    return Notifications(
        vault=vault_desk,
        secrets=vault,
        channels=NotificationChannels(channel_parts),
        alerts=Alerts(stores.desk, stores.outbox),
        notifier=Notifier(notifier_parts),
        outbox=stores.outbox,
    )
