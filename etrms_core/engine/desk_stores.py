"""All repositories of one desk."""

from dataclasses import dataclass

from etrms_core.engine.audit_ports import AuditLog, Maintenance
from etrms_core.engine.lease_ports import LeaseStore
from etrms_core.engine.owner_ports import LimitsStore, OwnerStore
from etrms_core.engine.storage_ports import DeskStore, IntentLog


@dataclass(frozen=True, slots=True)
class DeskStores:
    """All repositories of one desk, over one database."""

    desk: DeskStore
    intents: IntentLog
    lease: LeaseStore
    limits: LimitsStore
    owner: OwnerStore
    audit: AuditLog
    maintenance: Maintenance
