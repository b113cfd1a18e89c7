"""Facts: what happened, in the past tense, written once."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from etrms_core.domain.identifiers import Scope


class BreakerEventKind(StrEnum):
    """Steps in the life of a breaker, and what came of its actions."""

    TRIGGERED = "triggered"
    ACTED = "acted"
    COOLING_DOWN = "cooling_down"
    WAITING_RESET = "waiting_reset"
    REARMED = "rearmed"
    LATCHED = "latched"
    RESET = "reset"
    BLOCKED = "blocked"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class BreakerEvent:
    """Something a breaker did; `detail` is one sentence with the numbers."""

    occurred_at: datetime
    kind: BreakerEventKind
    rule_id: str
    breaker: str
    scope: Scope
    value: float | None
    threshold: float
    action: str
    detail: str


class DeskEventKind(StrEnum):
    """What happened to sources, accounts and settings."""

    ACCOUNT_JOINED = "account_joined"
    ACCOUNT_LEFT = "account_left"
    SOURCE_STALE = "source_stale"
    SOURCE_UNKNOWN = "source_unknown"
    SOURCE_FRESH = "source_fresh"
    SOURCE_ERROR = "source_error"
    CLOCK_JUMPED = "clock_jumped"
    CLOCK_WENT_BACK = "clock_went_back"
    FLOW_RECORDED = "flow_recorded"
    TRANSFER_STARTED = "transfer_started"
    TRANSFER_ARRIVED = "transfer_arrived"
    TRANSFER_LOST = "transfer_lost"
    EQUITY_JUMP_HELD = "equity_jump_held"
    POSITION_OPENED = "position_opened"
    POSITION_CHANGED = "position_changed"
    POSITION_CLOSED = "position_closed"
    POSITION_LIQUIDATED = "position_liquidated"
    ORDER_SENT = "order_sent"
    ORDER_REFUSED = "order_refused"
    ORDER_UNKNOWN = "order_unknown"
    ORDER_SETTLED = "order_settled"
    ORDER_ABANDONED = "order_abandoned"
    REQUEST_REFUSED = "request_refused"
    CHANGE_REQUESTED = "change_requested"
    CHANGE_CANCELLED = "change_cancelled"
    CHANGE_MADE = "change_made"
    SETTINGS_CHANGED = "settings_changed"
    RULES_CHANGED = "rules_changed"
    MONITOR_STARTED = "monitor_started"
    MONITOR_STOPPED = "monitor_stopped"
    MONITOR_ERROR = "monitor_error"
    MONITOR_RESTARTED = "monitor_restarted"
    LEASE_TAKEN = "lease_taken"
    LEASE_LOST = "lease_lost"
    ALARM_RAISED = "alarm_raised"
    ALARM_CLEARED = "alarm_cleared"
    TRADING_HALTED = "trading_halted"
    TRADING_PAUSED = "trading_paused"
    TRADING_RESUMED = "trading_resumed"
    ENTRIES_CANCELLED = "entries_cancelled"
    FLATTENED = "flattened"
    LIMITS_CHANGED = "limits_changed"
    OWNER_CHANGED = "owner_changed"
    OWNER_CREATED = "owner_created"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 (what happened)
    LOGGED_IN = "logged_in"
    LOGGED_OUT = "logged_out"
    LOGIN_THROTTLED = "login_throttled"
    VAULT_CHANGED = "vault_changed"
    CHANNELS_CHANGED = "channels_changed"
    DRILLED = "drilled"
    JOURNAL_MERGED = "journal_merged"
    HISTORY_PRUNED = "history_pruned"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class DeskEvent:
    """Something that happened on the desk; `subject` is the account, symbol or rule concerned."""

    occurred_at: datetime
    kind: DeskEventKind
    subject: str
    detail: str


Event = BreakerEvent | DeskEvent
