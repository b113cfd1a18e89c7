"""What the owner of a desk has chosen: name, password, limits, preferences."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from etrms_core.domain.limits import Limits
from etrms_core.domain.preferences import Preferences


class LimitsStore(Protocol):
    """The trader's limits."""

    def limits(self) -> Limits:
        """Return the limits in force, the defaults before any were saved."""

    def save_limits(self, limits: Limits) -> None:
        """Replace the limits."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The one user of a desk; the hash is of bcrypt."""

    name: str
    password_hash: str = field(repr=False)
    created_at: datetime
    changed_at: datetime


class OwnerStore(Protocol):
    """The desk's owner."""

    def owner(self) -> Owner | None:
        """Return the owner; None before one was created."""

    def add_owner(self, owner: Owner) -> bool:
        """Create the owner; False, and nothing stored, when there is one."""

    def save_owner(self, owner: Owner) -> None:
        """Create or replace the owner."""


class PreferencesStore(Protocol):
    """How each owner wants to see the desk."""

    def preferences(self, owner: str) -> Preferences:
        """Return the preferences of an owner, the defaults before any were saved."""

    def save_preferences(self, owner: str, preferences: Preferences) -> None:
        """Replace the preferences of an owner."""
