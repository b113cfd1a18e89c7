"""The vault opens without a person where that was chosen, and says LOCKED where it cannot."""

import pytest

from etrms_core.adapters.vault.passphrase_vault import PassphraseVault
from etrms_core.adapters.vault.sealing import KeyCost
from etrms_core.domain.secret import Secret
from etrms_core.engine.vault_ports import SecretName, VaultState
from etrms_core.errors import ConfigurationError
from etrms_core.services.vault_desk import VaultDesk, check_passphrase
from tests.notification_fakes import InMemoryVaultStore

CHEAP = KeyCost(iterations=1, lanes=1, memory_kib=8)
GOOD, OTHER = Secret("correct horse battery staple"), Secret("seven purple tractors sing")
WEAK = Secret("password1234")
NAME = SecretName("venue", "main", "api_key")


class Home:
    """A vault that processes open one after the other; `notes` are what the event log was told."""

    def __init__(self) -> None:
        self.store = InMemoryVaultStore()
        self.notes: list[str] = []

    def process(self) -> tuple[VaultDesk, PassphraseVault]:
        vault = PassphraseVault(self.store, cost=CHEAP)
        return VaultDesk(vault, note=self.notes.append), vault


@pytest.fixture
def home() -> Home:
    return Home()


def refuse() -> Secret:
    raise ConfigurationError("has mode 0644", field="ETRMS_VAULT_PASSPHRASE_FILE")


def test_without_a_passphrase_there_is_no_vault_and_that_is_said(home: Home) -> None:
    desk, _ = home.process()
    assert desk.open_unattended(lambda: None) is VaultState.ABSENT
    assert "no passphrase was chosen yet" in (desk.headline or "")


def test_the_first_use_creates_the_vault_and_later_ones_unlock_it(home: Home) -> None:
    desk, vault = home.process()
    assert desk.open_unattended(lambda: GOOD) is VaultState.UNLOCKED
    vault.put(NAME, Secret("x"))
    again, vault = home.process()
    assert again.open_unattended(lambda: GOOD) is VaultState.UNLOCKED
    assert vault.get(NAME) == Secret("x")
    assert (desk.headline, again.headline) == (None, None)
    # A start is no news.
    assert home.notes == ["the vault was created"]


def test_a_prompt_unlocks_later(home: Home) -> None:
    home.process()[0].create(GOOD)
    desk, _ = home.process()
    assert desk.open_unattended(lambda: None) is VaultState.LOCKED
    assert desk.headline == "LOCKED: cannot act"
    desk.unlock(GOOD)
    assert home.notes[-1] == "the vault was unlocked"
    seen = [desk.headline, desk.state]
    desk.lock()
    assert [*seen, desk.state] == [None, VaultState.UNLOCKED, VaultState.LOCKED]


@pytest.mark.parametrize("passphrase", [lambda: OTHER, refuse])
def test_a_passphrase_that_cannot_be_used_leaves_it_locked_and_says_why(
    home: Home, passphrase: object
) -> None:
    assert callable(passphrase)
    home.process()[0].create(GOOD)
    desk, _ = home.process()
    assert desk.open_unattended(passphrase) is VaultState.LOCKED
    assert (desk.headline or "").startswith("LOCKED: cannot act (")
    assert OTHER.reveal() not in (desk.headline or "") + repr(home.notes)
    desk.unlock(GOOD)
    assert desk.trouble is None


def test_a_weak_passphrase_creates_no_vault(home: Home) -> None:
    desk, _ = home.process()
    assert desk.open_unattended(lambda: WEAK) is VaultState.ABSENT
    assert "too easy to guess" in (desk.headline or "")
    with pytest.raises(ConfigurationError, match="passphrase: is too easy") as caught:
        desk.create(WEAK)
    assert WEAK.reveal() not in str(caught.value)
    assert home.store.header() is None


def test_a_wrong_passphrase_is_refused_and_noted(home: Home) -> None:
    home.process()[0].create(GOOD)
    desk, _ = home.process()
    with pytest.raises(ConfigurationError, match="passphrase"):
        desk.unlock(OTHER)
    assert home.notes[-1] == "the vault was not unlocked: wrong passphrase"


def test_another_passphrase_must_be_strong_and_keeps_everything(home: Home) -> None:
    desk, vault = home.process()
    desk.create(GOOD)
    vault.put(NAME, Secret("x"))
    with pytest.raises(ConfigurationError, match="too easy"):
        desk.change_passphrase(GOOD, WEAK)
    vault.unlock(GOOD)
    desk.change_passphrase(GOOD, OTHER)
    again, vault = home.process()
    again.unlock(OTHER)
    assert vault.get(NAME) == Secret("x")
    assert "the vault's passphrase was changed" in home.notes


@pytest.mark.parametrize("text", ["", "   ", "short", "etrms" * 4, "aaaaaaaaaaaaaaaa"])
def test_weak_passphrases_are_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="passphrase: "):
        check_passphrase(Secret(text))


def test_a_passphrase_may_be_longer_than_a_password() -> None:
    check_passphrase(Secret("correct horse battery staple " * 10))
    check_passphrase(Secret("größtes Pferd Akku Heftklammer " * 10))
    with pytest.raises(ConfigurationError, match="passphrase: "):
        check_passphrase(Secret("a" * 200))
