"""How much each kind of event matters."""

from collections.abc import Mapping
from types import MappingProxyType

from etrms_core.domain.events import BreakerEventKind, DeskEventKind, Event
from etrms_core.domain.notifications import Severity

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO

# A kind that is not listed is a warning: better told than missed.
SEVERITIES: Mapping[str, Severity] = MappingProxyType(
    {
        BreakerEventKind.TRIGGERED: CRITICAL,
        BreakerEventKind.ACTED: WARNING,
        BreakerEventKind.COOLING_DOWN: INFO,
        BreakerEventKind.WAITING_RESET: WARNING,
        BreakerEventKind.REARMED: INFO,
        BreakerEventKind.LATCHED: CRITICAL,
        BreakerEventKind.RESET: INFO,
        BreakerEventKind.BLOCKED: CRITICAL,
        BreakerEventKind.ERROR: CRITICAL,
        DeskEventKind.ACCOUNT_JOINED: INFO,
        DeskEventKind.ACCOUNT_LEFT: WARNING,
        DeskEventKind.SOURCE_STALE: WARNING,
        DeskEventKind.SOURCE_UNKNOWN: CRITICAL,
        DeskEventKind.SOURCE_FRESH: INFO,
        DeskEventKind.SOURCE_ERROR: WARNING,
        DeskEventKind.CLOCK_JUMPED: WARNING,
        DeskEventKind.CLOCK_WENT_BACK: WARNING,
        DeskEventKind.FLOW_RECORDED: INFO,
        DeskEventKind.TRANSFER_STARTED: INFO,
        DeskEventKind.TRANSFER_ARRIVED: INFO,
        DeskEventKind.TRANSFER_LOST: CRITICAL,
        DeskEventKind.EQUITY_JUMP_HELD: WARNING,
        DeskEventKind.POSITION_OPENED: INFO,
        DeskEventKind.POSITION_CHANGED: INFO,
        DeskEventKind.POSITION_CLOSED: INFO,
        DeskEventKind.POSITION_LIQUIDATED: CRITICAL,
        DeskEventKind.ORDER_SENT: INFO,
        DeskEventKind.ORDER_REFUSED: WARNING,
        DeskEventKind.ORDER_UNKNOWN: CRITICAL,
        DeskEventKind.ORDER_SETTLED: INFO,
        DeskEventKind.ORDER_ABANDONED: CRITICAL,
        DeskEventKind.REQUEST_REFUSED: WARNING,
        DeskEventKind.RULES_CHANGED: INFO,
        DeskEventKind.MONITOR_STARTED: INFO,
        DeskEventKind.MONITOR_STOPPED: WARNING,
        DeskEventKind.MONITOR_ERROR: CRITICAL,
        DeskEventKind.MONITOR_RESTARTED: WARNING,
        DeskEventKind.LEASE_TAKEN: INFO,
        DeskEventKind.LEASE_LOST: WARNING,
        DeskEventKind.ALARM_RAISED: CRITICAL,
        DeskEventKind.ALARM_CLEARED: WARNING,
        DeskEventKind.TRADING_HALTED: CRITICAL,
        DeskEventKind.TRADING_PAUSED: WARNING,
        DeskEventKind.TRADING_RESUMED: WARNING,
        DeskEventKind.TRADING_PAUSED: WARNING,
        DeskEventKind.CHANGE_REQUESTED: WARNING,
        DeskEventKind.CHANGE_MADE: WARNING,
        DeskEventKind.CHANGE_CANCELLED: INFO,
        DeskEventKind.ENTRIES_CANCELLED: WARNING,
        DeskEventKind.FLATTENED: CRITICAL,
        DeskEventKind.LIMITS_CHANGED: WARNING,
        DeskEventKind.SETTINGS_CHANGED: WARNING,
        DeskEventKind.OWNER_CHANGED: WARNING,
        DeskEventKind.OWNER_CREATED: INFO,
        DeskEventKind.PASSWORD_CHANGED: WARNING,
        DeskEventKind.LOGGED_IN: INFO,
        DeskEventKind.LOGGED_OUT: INFO,
        DeskEventKind.LOGIN_THROTTLED: WARNING,
        DeskEventKind.VAULT_CHANGED: WARNING,
        DeskEventKind.CHANNELS_CHANGED: WARNING,
        DeskEventKind.DRILLED: INFO,
        DeskEventKind.JOURNAL_MERGED: WARNING,
        DeskEventKind.HISTORY_PRUNED: INFO,
        DeskEventKind.RESTORED: WARNING,
    }
)


def severity_of(event: Event) -> Severity:
    """Say how much an event matters; a kind that nobody has judged is a warning."""
    return SEVERITIES.get(event.kind, WARNING)


def kinds_from(minimum: Severity) -> tuple[str, ...]:
    """Return the kinds of event that matter at least so much."""
    kinds = [*BreakerEventKind, *DeskEventKind]
    return tuple(str(kind) for kind in kinds if SEVERITIES.get(kind, WARNING) >= minimum)
