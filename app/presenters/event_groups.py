"""Kinds of event in groups that a trader would look under."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from etrms_core.domain.events import BreakerEventKind, DeskEventKind

GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Circuit breakers": tuple(map(str, BreakerEventKind)),
        "Positions": (
            "position_opened",
            "position_changed",
            "position_closed",
            "position_liquidated",
        ),
        "Orders": (
            "order_sent",
            "order_refused",
            "order_unknown",
            "order_settled",
            "order_abandoned",
            "request_refused",
        ),
        "Halts and pauses": (
            "trading_halted",
            "trading_paused",
            "trading_resumed",
            "entries_cancelled",
            "flattened",
        ),
        "Venues and data": (
            "account_joined",
            "account_left",
            "source_stale",
            "source_unknown",
            "source_fresh",
            "source_error",
            "equity_jump_held",
        ),
        "Deposits and transfers": (
            "flow_recorded",
            "transfer_started",
            "transfer_arrived",
            "transfer_lost",
        ),
        "Health of the desk": (
            "alarm_raised",
            "alarm_cleared",
            "monitor_started",
            "monitor_stopped",
            "monitor_error",
            "monitor_restarted",
            "lease_taken",
            "lease_lost",
            "clock_jumped",
            "clock_went_back",
            "drilled",
            "journal_merged",
            "history_pruned",
            "restored",
        ),
        "Limits and settings": (
            "limits_changed",
            "rules_changed",
            "settings_changed",
            "change_requested",
            "change_cancelled",
            "change_made",
            "channels_changed",
        ),
        "Access": (
            "owner_created",
            "owner_changed",
            "password_changed",
            "logged_in",
            "logged_out",
            "login_throttled",
            "vault_changed",
        ),
    }
)
REST = "Other"
ALL = "all of them"
SEPARATOR = ": "


def grouped_kinds() -> dict[str, tuple[str, ...]]:
    """Return every kind of event by group; what nobody has grouped is under "Other"."""
    known = {kind for kinds in GROUPS.values() for kind in kinds}
    every = [*map(str, BreakerEventKind), *map(str, DeskEventKind)]
    rest = tuple(kind for kind in every if kind not in known)
    return {**GROUPS, REST: rest} if rest else dict(GROUPS)


def kind_choices() -> dict[str, tuple[str, ...]]:
    """Return what can be chosen, each group as a whole and each kind alone, with its kinds."""
    choices: dict[str, tuple[str, ...]] = {}
    for group, kinds in grouped_kinds().items():
        choices[f"{group}{SEPARATOR}{ALL}"] = kinds
        choices |= {f"{group}{SEPARATOR}{in_words(kind)}": (kind,) for kind in kinds}
    return choices


def chosen_kinds(labels: Iterable[str]) -> tuple[str, ...]:
    """Return the kinds that choices stand for, each once."""
    choices = kind_choices()
    return tuple(dict.fromkeys(kind for label in labels for kind in choices[label]))


def labels_of(kinds: Iterable[str]) -> list[str]:
    """Return the fewest choices that stand for these kinds."""
    left, labels = set(kinds), []
    for label, members in kind_choices().items():
        if members and left.issuperset(members):
            labels.append(label)
            left -= set(members)
    return labels


def in_words(kind: str) -> str:
    """Write a kind of event as words."""
    return kind.replace("_", " ")
