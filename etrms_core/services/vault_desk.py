"""The vault as the desk uses it: created once, unlocked at the start or from a page."""

from collections.abc import Callable

import structlog

from etrms_core.domain.secret import Secret
from etrms_core.engine.vault_ports import Vault, VaultState
from etrms_core.errors import ConfigurationError, EtrmsError
from etrms_core.services.password_rules import MOST_BYTES, check_password

log = structlog.get_logger(__name__)

LOCKED = "LOCKED: cannot act"
NO_VAULT = "no passphrase was chosen yet; nothing secret can be kept before"


class VaultDesk:
    """Opens the vault, and says why it is not open.

    Each change is one event, as is each time that a person unlocks it or fails to.

    Attributes
    ----------
    trouble : str or None
        Why the last try to open it without a person failed.
    """

    def __init__(self, vault: Vault, *, note: Callable[[str], None]) -> None:
        self._vault = vault
        self._note = note
        self.trouble: str | None = None

    @property
    def state(self) -> VaultState:
        """Whether there is a vault and whether this process can use it."""
        return self._vault.state

    @property
    def headline(self) -> str | None:
        """What to show while it cannot be used; None while it can."""
        match self.state:
            case VaultState.UNLOCKED:
                return None
            case VaultState.LOCKED:
                return f"{LOCKED} ({self.trouble})" if self.trouble else LOCKED
            case VaultState.ABSENT:
                return f"{NO_VAULT} ({self.trouble})" if self.trouble else NO_VAULT

    def open_unattended(self, passphrase: Callable[[], Secret | None]) -> VaultState:
        """Open the vault with what the process was given, creating it at the first use.

        A passphrase that is missing, wrong or weak leaves it locked: everything else goes on.
        """
        try:
            given = passphrase()
            if given is not None:
                self._open(given)
        except EtrmsError as error:
            self.trouble = str(error)
            log.warning("the vault stays locked", reason=self.trouble)
        return self.state

    def create(self, passphrase: Secret) -> None:
        """Choose the passphrase; ConfigurationError when it is weak or there is one already."""
        check_passphrase(passphrase)
        self._vault.create(passphrase)
        self.trouble = None
        self._note("the vault was created")

    def unlock(self, passphrase: Secret) -> None:
        """Unlock; ConfigurationError when the passphrase is wrong."""
        self._unlock(passphrase)
        self._note("the vault was unlocked")

    def lock(self) -> None:
        """Forget the key until somebody unlocks again."""
        self._vault.lock()
        self._note("the vault was locked")

    def change_passphrase(self, old: Secret, new: Secret) -> None:
        """Seal everything under another passphrase: all of it or nothing.

        Raises
        ------
        ConfigurationError
            If the old one is wrong or the new one is weak.
        DataError
            If a secret was tampered with; it is named, and nothing is changed.
        """
        check_passphrase(new)
        self._vault.change_passphrase(old, new)
        self.trouble = None
        self._note("the vault's passphrase was changed")

    def _open(self, passphrase: Secret) -> None:
        if self.state is VaultState.ABSENT:
            self.create(passphrase)
        else:
            self._unlock(passphrase)

    def _unlock(self, passphrase: Secret) -> None:
        try:
            self._vault.unlock(passphrase)
        except ConfigurationError:
            self._note("the vault was not unlocked: wrong passphrase")
            raise
        self.trouble = None


def check_passphrase(passphrase: Secret) -> None:
    """Refuse a weak passphrase, by the rules for the owner's password but of any length.

    Raises
    ------
    ConfigurationError
        With a sentence that says why, and never with the passphrase.
    """
    # The rules end where bcrypt does; a longer passphrase is as strong as its beginning at least.
    beginning = passphrase.reveal().encode(errors="surrogatepass")[:MOST_BYTES]
    try:
        check_password(beginning.decode(errors="ignore"), name="")
    except ConfigurationError as error:
        text = str(error).removeprefix(f"{error.field}: ")
        raise ConfigurationError(text, field="passphrase") from None
