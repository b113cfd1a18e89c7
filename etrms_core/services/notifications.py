"""What tells the trader, as one part of the desk."""

from dataclasses import dataclass

from etrms_core.engine.notification_ports import Outbox
from etrms_core.engine.vault_ports import Vault
from etrms_core.services.alerts import Alerts
from etrms_core.services.notification_channels import NotificationChannels
from etrms_core.services.notifier import Notifier
from etrms_core.services.vault_desk import VaultDesk


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifications:
    """What tells the trader, and the vault that it needs.

    Attributes
    ----------
    secrets : Vault
        For adapters of venues, which keep their keys in it.
    """

    vault: VaultDesk
    secrets: Vault
    channels: NotificationChannels
    alerts: Alerts
    notifier: Notifier
    outbox: Outbox
