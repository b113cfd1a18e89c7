"""The one user of the desk."""

from dataclasses import replace
from typing import Protocol

from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.engine.owner_ports import Owner, OwnerStore
from etrms_core.engine.ports import Clock
from etrms_core.engine.sign_in_ports import OwnerStamp
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

    @property
    def stamp(self) -> OwnerStamp | None:
        """The owner as of the last change of password; None before one was created."""
        owner = self._store.owner()
        return None if owner is None else OwnerStamp(owner.name, owner.changed_at)

    def create(self, name: str, password: str) -> None:
        """Create the owner.

        Raises
        ------
        ConfigurationError
            If there is one already, the name cannot be one or the password is weak.
        """
        self._refuse_second()
        _check_name(name)
        check_password(password, name=name)
        now = self._clock()
        owner = Owner(name, self._hasher.hash_password(password), now, now)
        if not self._store.add_owner(owner):
            self._refuse_second()
        self._note(owner, DeskEventKind.OWNER_CREATED, "created")

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
        self._store.save_owner(changed)
        self._note(changed, DeskEventKind.PASSWORD_CHANGED, "password changed; sessions ended")

    def check(self, password: str) -> bool:
        """Say whether this is the owner's password; False when there is no owner."""
        owner = self._store.owner()
        return self._hasher.matches(password, None if owner is None else owner.password_hash)

    def check_login(self, name: str, password: str) -> OwnerStamp | None:
        """Return the owner if name and password are the owner's; it takes as long if not.

        Case and surrounding spaces of the name do not matter.
        """
        owner = self._store.owner()
        if owner is None or login_name(name) != login_name(owner.name):
            self._hasher.matches(password, None)
            return None
        if not self._hasher.matches(password, owner.password_hash):
            return None
        return OwnerStamp(owner.name, owner.changed_at)

    def _refuse_second(self) -> None:
        known = self.name
        if known is not None:
            raise ConfigurationError(
                f"the desk has an owner already, {known!r}, and can have only one; "
                f"`etrms user password {known}` changes the password",
                field="name",
            )

    def _note(self, owner: Owner, kind: DeskEventKind, what: str) -> None:
        self._desk_store.append_events([DeskEvent(owner.changed_at, kind, owner.name, what)])


def login_name(name: str) -> str:
    """Return a name as it is compared when somebody signs in."""
    return name.strip().casefold()


def _check_name(name: str) -> None:
    if not name or name != name.strip() or not name.isprintable():
        raise ConfigurationError(
            "is empty, or has spaces around it or characters that cannot be seen", field="name"
        )
    if len(name) > LONGEST_NAME:
        raise ConfigurationError(
            f"has {len(name)} characters, may have {LONGEST_NAME}", field="name"
        )
