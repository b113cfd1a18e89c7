"""The trader's limits, inside the outer bounds of the settings file."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.domain.limits import (
    DEFAULT_LIMITS,
    Limits,
    changed_limits,
    loosened_limits,
    stricter,
)
from etrms_core.engine.limits_document import parse_limits, parse_limits_json, parse_limits_toml
from etrms_core.engine.owner_ports import LimitsStore
from etrms_core.engine.ports import Clock
from etrms_core.engine.storage_ports import DeskStore
from etrms_core.services.breaker_rules import require_at_once
from etrms_core.settings import LimitsSettings

SUBJECT = "limits"


class LimitsDesk:
    """Reads the limits anew each time, so that every process obeys a change at once.

    Parameters
    ----------
    outer : LimitsSettings
        `[limits]` of the settings file: what is allowed at most.
    may_loosen : callable
        Whether a loosening counts at once; what a person asks for goes through `Commitment`.
    """

    def __init__(
        self,
        store: LimitsStore,
        desk_store: DeskStore,
        *,
        outer: LimitsSettings,
        clock: Clock,
        may_loosen: Callable[[], bool] = lambda: True,
    ) -> None:
        self._may_loosen = may_loosen
        self._store = store
        self._desk_store = desk_store
        self._outer = Limits(**outer.model_dump())
        self._clock = clock

    def effective(self) -> Limits:
        """Return what every order meets: field by field the tighter of stored and outer ones."""
        return stricter(self.stored(), self._outer)

    def stored(self) -> Limits:
        """Return what the trader has set, the defaults before."""
        return self._store.limits()

    def bounded_by_settings(self) -> tuple[str, ...]:
        """Name the fields in which the settings file is tighter than what is stored."""
        stored, effective = asdict(self.stored()), asdict(self.effective())
        return tuple(name for name in stored if stored[name] != effective[name])

    def set_document(self, document: Mapping[str, Any]) -> Limits:
        """Replace the limits; ConfigurationError names a wrong key, and nothing changes."""
        return self._save(parse_limits(document))

    def set_text(self, text: str, *, is_json: bool) -> Limits:
        """Replace the limits by those of a TOML or JSON document."""
        return self._save(parse_limits_json(text) if is_json else parse_limits_toml(text))

    def reset(self) -> Limits:
        """Replace the limits by the defaults."""
        return self._save(DEFAULT_LIMITS)

    def _save(self, limits: Limits) -> Limits:
        before = self.stored()
        require_at_once(loosened_limits(before, limits), self._may_loosen)
        self._store.save_limits(limits)
        changes = described_changes(before, limits)
        if changes:
            event = DeskEvent(self._clock(), DeskEventKind.LIMITS_CHANGED, SUBJECT, changes)
            self._desk_store.append_events([event])
        return limits


def described_changes(before: Limits, after: Limits) -> str:
    """Say which limits change from what to what; empty when none does."""
    return "; ".join(changed_limits(before, after))
