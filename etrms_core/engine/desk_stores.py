"""All repositories of one desk."""

from dataclasses import dataclass

from etrms_core.engine.audit_ports import AuditLog, Maintenance
from etrms_core.engine.change_ports import ChangeStore
from etrms_core.engine.job_ports import JobStore
from etrms_core.engine.lease_ports import LeaseStore
from etrms_core.engine.ledger_ports import LedgerStore
from etrms_core.engine.notification_ports import ChannelStore, Outbox
from etrms_core.engine.owner_ports import LimitsStore, OwnerStore, PreferencesStore
from etrms_core.engine.sign_in_ports import LoginFailureStore, WebSessionStore
from etrms_core.engine.storage_ports import DeskStore, IntentLog
from etrms_core.engine.vault_ports import VaultStore


@dataclass(frozen=True, slots=True)
class DeskStores:
    """All repositories of one desk, over one database."""

    desk: DeskStore
    intents: IntentLog
    jobs: JobStore
    lease: LeaseStore
    limits: LimitsStore
    ledger: LedgerStore
    changes: ChangeStore
    owner: OwnerStore
    preferences: PreferencesStore
    web_sessions: WebSessionStore
    login_failures: LoginFailureStore
    channels: ChannelStore
    outbox: Outbox
    vault: VaultStore
    audit: AuditLog
    maintenance: Maintenance
