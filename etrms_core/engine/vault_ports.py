"""Secrets at rest: the vault, and where its sealed contents lie."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol

from etrms_core.domain.secret import Secret


class SecretName(NamedTuple):
    """Which secret: of a venue or of notifications, of which account or channel, which field."""

    kind: str
    name: str
    field: str


@dataclass(frozen=True, slots=True)
class VaultHeader:
    """What is needed to open a vault, beside its passphrase; none of it is secret.

    Attributes
    ----------
    version : int
        One more after each change of the passphrase.
    iterations, lanes, memory_kib : cost of deriving the key (Argon2id).
    check_nonce, check_value : bytes
        A known text, sealed, by which a wrong passphrase is told.
    """

    version: int
    salt: bytes = field(repr=False)
    iterations: int
    lanes: int
    memory_kib: int
    check_nonce: bytes = field(repr=False)
    check_value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SealedSecret:
    """A secret as it lies in the store."""

    name: SecretName
    version: int
    nonce: bytes = field(repr=False)
    sealed: bytes = field(repr=False)


class VaultStore(Protocol):
    """Where a vault lies. Every method raises StorageError when it cannot."""

    def header(self) -> VaultHeader | None:
        """Return the header; None before a vault was created."""

    def create(self, header: VaultHeader) -> bool:
        """Store the header of a new vault; False, and nothing stored, when there is one."""

    def names(self) -> tuple[SecretName, ...]:
        """Names of all secrets, sorted."""

    def sealed(self, name: SecretName) -> SealedSecret | None:
        """Return one secret; None when there is none of that name."""

    def all_sealed(self) -> tuple[SealedSecret, ...]:
        """Return all secrets, sorted by name, as of one moment."""

    def save(self, secret: SealedSecret) -> bool:
        """Create or replace a secret; False, and nothing stored, under another vault version."""

    def remove(self, name: SecretName) -> None:
        """Forget a secret, if it is there."""

    def replace_all(
        self, header: VaultHeader, secrets: Sequence[SealedSecret], *, seen: Sequence[SealedSecret]
    ) -> bool:
        """Store a header and all secrets anew, in one transaction.

        False, and nothing stored, unless the vault is of the version before and its secrets are
        still those `seen`.
        """


class VaultState(StrEnum):
    """Whether a vault can be used."""

    ABSENT = "absent"
    LOCKED = "locked"
    UNLOCKED = "unlocked"


class Vault(Protocol):
    """Secrets that can be read and written while it is unlocked.

    ConfigurationError from whatever needs the key while it is locked, and for a wrong passphrase;
    DataError for what was tampered with.
    """

    @property
    def state(self) -> VaultState:
        """Whether it exists and whether this process has its key."""

    def create(self, passphrase: Secret) -> None:
        """Make an empty vault and unlock it; ConfigurationError when there is one already."""

    def unlock(self, passphrase: Secret) -> None:
        """Derive the key; ConfigurationError when the passphrase is wrong."""

    def lock(self) -> None:
        """Forget the key."""

    def change_passphrase(self, old: Secret, new: Secret) -> None:
        """Seal everything anew under another passphrase: all of it or nothing."""

    def names(self) -> tuple[SecretName, ...]:
        """Names of all secrets; needs no key."""

    def put(self, name: SecretName, secret: Secret) -> None:
        """Create or replace a secret."""

    def get(self, name: SecretName) -> Secret | None:
        """Return a secret; None when there is none of that name."""

    def remove(self, name: SecretName) -> None:
        """Forget a secret; needs no key."""
