"""Sealing of single values: Argon2id makes the key, AES-256-GCM seals."""

import json
import os
from dataclasses import dataclass

from etrms_core.domain.secret import Secret
from etrms_core.engine.vault_ports import SealedSecret, SecretName, VaultHeader
from etrms_core.errors import ConfigurationError, DataError

FORMAT = "etrms-vault-1"
KEY_BYTES = 32
NONCE_BYTES = 12
SALT_BYTES = 16
CHECK = b"etrms vault"
MOST_ITERATIONS = 100
MOST_LANES = 64
MOST_MEMORY_KIB = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class KeyCost:
    """How dear each guess of the passphrase is.

    References
    ----------
    Biryukov, A. et al. (2021). RFC 9106, Argon2 Memory-Hard Function, section 4: the second
    recommended choice, t = 3, p = 4 and 64 MiB.
    """

    iterations: int = 3
    lanes: int = 4
    memory_kib: int = 64 * 1024


def new_header(
    passphrase: Secret, *, version: int = 1, cost: KeyCost | None = None
) -> tuple[VaultHeader, bytes]:
    """Make the header of a vault with a salt of its own, and its key."""
    chosen = cost or KeyCost()
    bare = VaultHeader(
        version=version,
        salt=os.urandom(SALT_BYTES),
        iterations=chosen.iterations,
        lanes=chosen.lanes,
        memory_kib=chosen.memory_kib,
        check_nonce=os.urandom(NONCE_BYTES),
        check_value=b"",
    )
    key = _derived(passphrase, bare)
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    sealed = AESGCM(key).encrypt(bare.check_nonce, CHECK, _header_data(bare))
    return VaultHeader(
        bare.version,
        bare.salt,
        bare.iterations,
        bare.lanes,
        bare.memory_kib,
        bare.check_nonce,
        sealed,
    ), key


def key_of(passphrase: Secret, header: VaultHeader) -> bytes:
    """Derive the key of a vault.

    Raises
    ------
    ConfigurationError
        If the passphrase is not the vault's, or its header was changed.
    """
    _check_cost(header)
    key = _derived(passphrase, header)
    try:
        _opened(key, header.check_nonce, header.check_value, _header_data(header))
    except DataError:
        raise ConfigurationError(
            "is not the one of this vault (or the vault's header is damaged)", field="passphrase"
        ) from None
    return key


def seal(key: bytes, name: SecretName, secret: Secret, *, version: int) -> SealedSecret:
    """Seal a secret; it opens under this name and version only."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    nonce = os.urandom(NONCE_BYTES)
    text = secret.reveal().encode(errors="surrogatepass")
    return SealedSecret(
        name, version, nonce, AESGCM(key).encrypt(nonce, text, _data(name, version))
    )


def unseal(key: bytes, secret: SealedSecret) -> Secret:
    """Open a secret.

    Raises
    ------
    DataError
        If a single bit of it, its name or its version is not as it was sealed.
    """
    data = _data(secret.name, secret.version)
    return Secret(_opened(key, secret.nonce, secret.sealed, data).decode(errors="surrogatepass"))


def _derived(passphrase: Secret, header: VaultHeader) -> bytes:
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id  # noqa: PLC0415 (rarely needed)

    argon = Argon2id(
        salt=header.salt,
        length=KEY_BYTES,
        iterations=header.iterations,
        lanes=header.lanes,
        memory_cost=header.memory_kib,
    )
    return argon.derive(passphrase.reveal().encode(errors="surrogatepass"))


def _opened(key: bytes, nonce: bytes, sealed: bytes, data: bytes) -> bytes:
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    try:
        return AESGCM(key).decrypt(nonce, sealed, data)
    except (InvalidTag, ValueError):
        raise DataError("a sealed value was changed since it was written") from None


def _check_cost(header: VaultHeader) -> None:
    # Before the work is done: a damaged header must not take all memory of the machine.
    is_sane = (
        1 <= header.iterations <= MOST_ITERATIONS
        and 1 <= header.lanes <= MOST_LANES
        and 8 * header.lanes <= header.memory_kib <= MOST_MEMORY_KIB
        and len(header.salt) == SALT_BYTES
    )
    if not is_sane:
        raise ConfigurationError("the vault's header is damaged; restore a backup")


def _data(name: SecretName, version: int) -> bytes:
    return json.dumps([FORMAT, version, *name]).encode()


def _header_data(header: VaultHeader) -> bytes:
    cost = [header.iterations, header.lanes, header.memory_kib]
    return json.dumps([FORMAT, header.version, header.salt.hex(), *cost]).encode()
