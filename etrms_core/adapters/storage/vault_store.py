"""Where the vault lies: sealed values and what is needed to open them."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select

from etrms_core.adapters.storage import tables
from etrms_core.adapters.storage.engine import Database, inserted_new
from etrms_core.engine.vault_ports import SealedSecret, SecretName, VaultHeader

VAULT = "vault"


class SqlVaultStore:
    """`VaultStore` in SQLite or PostgreSQL.

    Raises
    ------
    StorageError
        From every method when the database fails; it names the database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def header(self) -> VaultHeader | None:
        """Return the header; None before a vault was created."""
        with self._database.reading() as connection:
            row = connection.execute(select(tables.vault_header)).one_or_none()
        if row is None:
            return None
        return VaultHeader(
            version=row.version,
            salt=row.salt,
            iterations=row.iterations,
            lanes=row.lanes,
            memory_kib=row.memory_kib,
            check_nonce=row.check_nonce,
            check_value=row.check_value,
        )

    def create(self, header: VaultHeader) -> bool:
        """Store the header of a new vault; False, and nothing stored, when there is one."""
        with self._database.writing() as connection:
            return inserted_new(connection, tables.vault_header, _header_row(header))

    def names(self) -> tuple[SecretName, ...]:
        """Names of all secrets, sorted."""
        return tuple(each.name for each in self.all_sealed())

    def sealed(self, name: SecretName) -> SealedSecret | None:
        """Return one secret; None when there is none of that name."""
        with self._database.reading() as connection:
            query = select(tables.vault_secrets).where(_is(name))
            row = connection.execute(query).one_or_none()
        return None if row is None else _read(row)

    def all_sealed(self) -> tuple[SealedSecret, ...]:
        """Return all secrets, sorted by name, as of one moment."""
        with self._database.reading() as connection:
            return _all(connection)

    def save(self, secret: SealedSecret) -> bool:
        """Create or replace a secret; False, and nothing stored, under another vault version."""
        with self._database.writing() as connection:
            if _version(connection) != secret.version:
                return False
            connection.execute(delete(tables.vault_secrets).where(_is(secret.name)))
            connection.execute(insert(tables.vault_secrets), _row(secret))
        return True

    def remove(self, name: SecretName) -> None:
        """Forget a secret, if it is there."""
        with self._database.writing() as connection:
            connection.execute(delete(tables.vault_secrets).where(_is(name)))

    def replace_all(
        self, header: VaultHeader, secrets: Sequence[SealedSecret], *, seen: Sequence[SealedSecret]
    ) -> bool:
        """Store a header and all secrets anew, in one transaction.

        False, and nothing stored, unless the vault is of the version before and its secrets are
        still those `seen`.
        """
        with self._database.writing() as connection:
            if _version(connection) != header.version - 1 or _all(connection) != tuple(seen):
                return False
            for table in (tables.vault_header, tables.vault_secrets):
                connection.execute(delete(table))
            connection.execute(insert(tables.vault_header), _header_row(header))
            if secrets:
                connection.execute(insert(tables.vault_secrets), [_row(each) for each in secrets])
        return True


def _is(name: SecretName) -> ColumnElement[bool]:
    table = tables.vault_secrets
    return (table.c.kind == name.kind) & (table.c.name == name.name) & (table.c.field == name.field)


def _version(connection: Connection) -> int | None:
    # On a server the row is locked, so that a change of the passphrase and a new secret queue.
    version: int | None = connection.scalar(select(tables.vault_header.c.version).with_for_update())
    return version


def _all(connection: Connection) -> tuple[SealedSecret, ...]:
    # Sorted here: databases order capital letters each in their own way.
    rows = connection.execute(select(tables.vault_secrets)).all()
    return tuple(sorted((_read(row) for row in rows), key=lambda each: each.name))


def _read(row: Row[tuple[object, ...]]) -> SealedSecret:
    name = SecretName(row.kind, row.name, row.field)
    return SealedSecret(name, row.version, row.nonce, row.sealed)


def _row(secret: SealedSecret) -> dict[str, object]:
    return {
        **secret.name._asdict(),
        "version": secret.version,
        "nonce": secret.nonce,
        "sealed": secret.sealed,
    }


def _header_row(header: VaultHeader) -> dict[str, object]:
    return {
        "name": VAULT,
        "version": header.version,
        "salt": header.salt,
        "iterations": header.iterations,
        "lanes": header.lanes,
        "memory_kib": header.memory_kib,
        "check_nonce": header.check_nonce,
        "check_value": header.check_value,
    }
