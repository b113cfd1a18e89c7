"""The vault that a passphrase opens."""

from threading import Lock

from etrms_core.adapters.vault.sealing import KeyCost, key_of, new_header, seal, unseal
from etrms_core.domain.secret import Secret
from etrms_core.engine.vault_ports import SealedSecret, SecretName, VaultState, VaultStore
from etrms_core.errors import ConfigurationError, DataError

LOCKED = "the vault is LOCKED: unlock it with its passphrase"
CHANGED = "the vault's passphrase was changed by another process; unlock it with the new one"


class PassphraseVault:
    """`Vault` over a store; the key lives in this process's memory and nowhere else."""

    def __init__(self, store: VaultStore, *, cost: KeyCost | None = None) -> None:
        self._store = store
        self._cost = cost or KeyCost()
        self._lock = Lock()
        self._key: tuple[int, bytes] | None = None

    def __repr__(self) -> str:
        return f"PassphraseVault({'locked' if self._key is None else 'unlocked'})"

    @property
    def state(self) -> VaultState:
        """Whether it exists and whether this process has its key."""
        header = self._store.header()
        if header is None:
            return VaultState.ABSENT
        known = self._key
        is_current = known is not None and known[0] == header.version
        return VaultState.UNLOCKED if is_current else VaultState.LOCKED

    def create(self, passphrase: Secret) -> None:
        """Make an empty vault and unlock it; ConfigurationError when there is one already."""
        header, key = new_header(passphrase, cost=self._cost)
        if not self._store.create(header):
            raise ConfigurationError("there is a vault already; unlock it with its passphrase")
        self._key = (header.version, key)

    def unlock(self, passphrase: Secret) -> None:
        """Derive the key; ConfigurationError when the passphrase is wrong."""
        header = self._store.header()
        if header is None:
            raise ConfigurationError("there is no vault yet; choose a passphrase to create it")
        self._key = (header.version, key_of(passphrase, header))

    def lock(self) -> None:
        """Forget the key."""
        self._key = None

    def change_passphrase(self, old: Secret, new: Secret) -> None:
        """Seal everything anew under another passphrase, in one transaction.

        Raises
        ------
        ConfigurationError
            If the old passphrase is wrong, or another process changed the vault meanwhile.
        DataError
            If a secret was tampered with; it is named, and nothing is changed.
        """
        with self._lock:
            header = self._store.header()
            if header is None:
                raise ConfigurationError("there is no vault yet; choose a passphrase to create it")
            old_key = key_of(old, header)
            new_head, new_key = new_header(new, version=header.version + 1, cost=self._cost)
            before = self._store.all_sealed()
            opened = [(each.name, _named(old_key, each)) for each in before]
            after = [
                seal(new_key, name, secret, version=new_head.version) for name, secret in opened
            ]
            if not self._store.replace_all(new_head, after, seen=before):
                raise ConfigurationError("another process changed the vault meanwhile; try again")
            self._key = (new_head.version, new_key)

    def names(self) -> tuple[SecretName, ...]:
        """Names of all secrets; needs no key."""
        return self._store.names()

    def put(self, name: SecretName, secret: Secret) -> None:
        """Create or replace a secret."""
        version, key = self._unlocked()
        if not self._store.save(seal(key, name, secret, version=version)):
            raise ConfigurationError(CHANGED)

    def get(self, name: SecretName) -> Secret | None:
        """Return a secret; None when there is none of that name."""
        version, key = self._unlocked()
        sealed = self._store.sealed(name)
        if sealed is None:
            return None
        if sealed.version > version:
            raise ConfigurationError(CHANGED)
        return _named(key, sealed)

    def remove(self, name: SecretName) -> None:
        """Forget a secret; needs no key."""
        self._store.remove(name)

    def _unlocked(self) -> tuple[int, bytes]:
        known = self._key
        if known is None:
            raise ConfigurationError(LOCKED)
        return known


def _named(key: bytes, sealed: SealedSecret) -> Secret:
    try:
        return unseal(key, sealed)
    except DataError as error:
        kind, name, field = sealed.name
        raise DataError(f"{kind} {name!r}, {field}: {error}; enter it anew") from None
