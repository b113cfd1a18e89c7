"""Hashing of passwords with bcrypt."""

from etrms_core.errors import StorageError

COST = 12
MOST_BYTES = 72
# Of a random password that nobody knows: checking against it takes as long as any check.
NOBODYS_HASH = "$2b$12$GBWbdvPIFFAvNhWKYKHcPO11MvD3aEle6/ptw6jBcWaOjpAVnF/k."


class BcryptHasher:
    """Hashes of the form ``$2b$12$...``, the one that streamlit-authenticator writes.

    Parameters
    ----------
    cost : int
        Logarithm to base 2 of the rounds, 4 to 31; each step doubles the time of a check.
    """

    def __init__(self, *, cost: int = COST) -> None:
        self._cost = cost

    def hash_password(self, password: str) -> str:
        """Hash a password of at most 72 bytes with a salt of its own."""
        import bcrypt  # noqa: PLC0415 (few commands need it)

        return bcrypt.hashpw(password.encode(), bcrypt.gensalt(self._cost)).decode()

    def matches(self, password: str, password_hash: str | None) -> bool:
        """Say whether a password is the hashed one; it takes as long when there is no hash.

        Raises
        ------
        StorageError
            If the hash is none of bcrypt's.
        """
        import bcrypt  # noqa: PLC0415

        given = password.encode(errors="surrogatepass")
        known = NOBODYS_HASH if password_hash is None else password_hash
        try:
            is_same = bcrypt.checkpw(given[:MOST_BYTES], known.encode())
        except ValueError:
            # The reason may quote the hash.
            raise StorageError(
                "the stored password hash is damaged; set a new one with `etrms user password`"
            ) from None
        return is_same and password_hash is not None and len(given) <= MOST_BYTES
