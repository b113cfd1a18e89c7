"""The one user of the desk."""

from dataclasses import replace
from typing import Protocol

from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.engine.owner_ports import Owner, OwnerStore
from etrms_core.engine.ports import Clock
from etrms_core.engine.storage_ports import DeskStore
from etrms_core.errors import ConfigurationError
from etrms_core.services.password_rules import check_password

LONGEST_NAME = 100


class PasswordHasher(Protocol):
    """One-way hashing of passwords, slow on purpose."""

    def hash_password(self, password: str) -> str:
        """Hash a password with a salt of its own."""

    def matches(self, password: str, password_hash: str | None) -> bool:
        """Say whether a password is the hashed one; it takes as long when there is no hash."""


class OwnerDesk:
    """Creates the owner, changes the password and checks it; each change is one event."""

    def __init__(
        self, store: OwnerStore, desk_store: DeskStore, *, hasher: PasswordHasher, clock: Clock
    ) -> None:
        self._store = store
        self._desk_store = desk_store
        self._hasher = hasher
        self._clock = clock

    @property
    def exists(self) -> bool:
        """Whether an owner was created."""
        return self._store.owner() is not None

    @property
    def name(self) -> str | None:
        """The owner's name; None before one was created."""
        owner = self._store.owner()
        return None if owner is None else owner.name

    def create(self, name: str, password: str) -> None:
        """Create the owner.

        Raises
        ------
        ConfigurationError
            If there is one already, the name cannot be one or the password is weak.
        """
        known = self._store.owner()
        if known is not None:
            raise ConfigurationError(
                f"the desk has an owner already, {known.name!r}, and can have only one; "
                f"`etrms user password {known.name}` changes the password",
                field="name",
            )
        _check_name(name)
        check_password(password, name=name)
        now = self._clock()
        self._save(Owner(name, self._hasher.hash_password(password), now, now), "created")

    def change_password(self, name: str, password: str) -> None:
        """Give the owner another password.

        Raises
        ------
        ConfigurationError
            If that is not the owner's name or the password is weak.
        """
        owner = self._store.owner()
        if owner is None:
            raise ConfigurationError(
                "the desk has no owner yet; create one with `etrms user create`", field="name"
            )
        if name != owner.name:
            raise ConfigurationError(
                f"there is no user {name!r}; the owner is {owner.name!r}", field="name"
            )
        check_password(password, name=name)
        hashed = self._hasher.hash_password(password)
        changed = replace(owner, password_hash=hashed, changed_at=self._clock())
        self._save(changed, "password changed")

    def check(self, password: str) -> bool:
        """Say whether this is the owner's password; False when there is no owner."""
        owner = self._store.owner()
        return self._hasher.matches(password, None if owner is None else owner.password_hash)

    def _save(self, owner: Owner, what: str) -> None:
        self._store.save_owner(owner)
        event = DeskEvent(owner.changed_at, DeskEventKind.OWNER_CHANGED, owner.name, what)
        self._desk_store.append_events([event])


def _check_name(name: str) -> None:
    if not name or name != name.strip() or not name.isprintable():
        raise ConfigurationError(
            "is empty, or has spaces around it or characters that cannot be seen", field="name"
        )
    if len(name) > LONGEST_NAME:
        raise ConfigurationError(
            f"has {len(name)} characters, may have {LONGEST_NAME}", field="name"
        )
