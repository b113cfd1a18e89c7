"""The vault: who has the passphrase reads it, nobody else, and a change of it is all or nothing."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from etrms_core.adapters.storage.stores import OpenedStores, open_stores
from etrms_core.adapters.vault.passphrase_vault import PassphraseVault
from etrms_core.adapters.vault.sealing import KeyCost
from etrms_core.domain.secret import Secret
from etrms_core.engine.vault_ports import SecretName, VaultState
from etrms_core.errors import ConfigurationError, DataError, StorageError
from tests.notification_fakes import InMemoryVaultStore

CHEAP = KeyCost(iterations=1, lanes=1, memory_kib=8)
OLD, NEW = Secret("correct horse battery staple"), Secret("seven purple tractors sing")
NAMES = [SecretName("venue", f"account {number}", "api_key") for number in range(6)]
CANARY = "CANARY9b1deb4d"


@pytest.fixture
def store() -> InMemoryVaultStore:
    return InMemoryVaultStore()


def vault_over(store: InMemoryVaultStore) -> PassphraseVault:
    return PassphraseVault(store, cost=CHEAP)


@pytest.fixture
def vault(store: InMemoryVaultStore) -> PassphraseVault:
    made = vault_over(store)
    made.create(OLD)
    for name in NAMES:
        made.put(name, Secret(f"{CANARY} {name.name}"))
    return made


def assert_holds_everything(vault: PassphraseVault) -> None:
    assert vault.names() == tuple(NAMES)
    for name in NAMES:
        assert vault.get(name) == Secret(f"{CANARY} {name.name}")


def test_a_vault_is_absent_then_unlocked_then_locked(store: InMemoryVaultStore) -> None:
    vault = vault_over(store)
    seen = [vault.state]
    vault.create(OLD)
    seen += [vault.state, vault_over(store).state]
    vault.lock()
    seen.append(vault.state)
    vault.unlock(OLD)
    seen.append(vault.state)
    absent, locked, unlocked = VaultState.ABSENT, VaultState.LOCKED, VaultState.UNLOCKED
    assert seen == [absent, unlocked, locked, locked, unlocked]


def test_there_is_only_one_vault(vault: PassphraseVault, store: InMemoryVaultStore) -> None:
    with pytest.raises(ConfigurationError, match="already"):
        vault_over(store).create(NEW)
    vault.unlock(OLD)


def test_nothing_is_unlocked_before_it_was_created(store: InMemoryVaultStore) -> None:
    with pytest.raises(ConfigurationError, match="no vault yet"):
        vault_over(store).unlock(OLD)
    with pytest.raises(ConfigurationError, match="no vault yet"):
        vault_over(store).change_passphrase(OLD, NEW)


def test_secrets_come_back_replaced_and_removed(vault: PassphraseVault) -> None:
    assert_holds_everything(vault)
    vault.put(NAMES[0], Secret("other"))
    assert vault.get(NAMES[0]) == Secret("other")
    vault.remove(NAMES[0])
    assert vault.get(NAMES[0]) is None


def test_a_locked_vault_gives_and_takes_nothing(vault: PassphraseVault) -> None:
    vault.lock()
    with pytest.raises(ConfigurationError, match="LOCKED"):
        vault.get(NAMES[0])
    with pytest.raises(ConfigurationError, match="LOCKED"):
        vault.put(NAMES[0], Secret("x"))
    assert vault.names() == tuple(NAMES)


def test_a_wrong_passphrase_opens_nothing(
    store: InMemoryVaultStore, vault: PassphraseVault
) -> None:
    other = vault_over(store)
    with pytest.raises(ConfigurationError, match="passphrase"):
        other.unlock(NEW)
    assert other.state is VaultState.LOCKED
    with pytest.raises(ConfigurationError, match="passphrase"):
        vault.change_passphrase(NEW, OLD)
    assert_holds_everything(vault)


def test_another_passphrase_keeps_every_secret(
    store: InMemoryVaultStore, vault: PassphraseVault
) -> None:
    before = store.all_sealed()
    vault.change_passphrase(OLD, NEW)
    assert_holds_everything(vault)
    other = vault_over(store)
    other.unlock(NEW)
    assert_holds_everything(other)
    with pytest.raises(ConfigurationError, match="passphrase"):
        other.unlock(OLD)
    assert {each.sealed for each in before}.isdisjoint(each.sealed for each in store.all_sealed())


def test_another_process_learns_that_the_passphrase_was_changed(
    store: InMemoryVaultStore, vault: PassphraseVault
) -> None:
    other = vault_over(store)
    other.unlock(OLD)
    vault.change_passphrase(OLD, NEW)
    assert other.state is VaultState.LOCKED
    uses: list[Callable[[], object]] = [
        lambda: other.get(NAMES[0]),
        lambda: other.put(NAMES[0], Secret("x")),
    ]
    for use in uses:
        with pytest.raises(ConfigurationError, match="changed by another process"):
            use()
    assert_holds_everything(vault)


def test_a_secret_of_before_the_change_is_not_slipped_in_again(
    store: InMemoryVaultStore, vault: PassphraseVault
) -> None:
    old_secret = store.all_sealed()[0]
    vault.change_passphrase(OLD, NEW)
    for version in (1, 2):
        store.damage(None, replace(old_secret, version=version))
        with pytest.raises(DataError, match="changed"):
            vault.get(old_secret.name)


def test_a_tampered_secret_is_named_and_stops_a_change(
    store: InMemoryVaultStore, vault: PassphraseVault
) -> None:
    sealed = store.all_sealed()[2]
    store.damage(None, replace(sealed, sealed=sealed.sealed[:-1] + b"\x00"))
    uses: list[Callable[[], object]] = [
        lambda: vault.get(NAMES[2]),
        lambda: vault.change_passphrase(OLD, NEW),
    ]
    for use in uses:
        with pytest.raises(DataError, match="'account 2', api_key") as caught:
            use()
        assert CANARY not in str(caught.value)
    vault.unlock(OLD)
    assert vault.get(NAMES[1]) is not None


def test_a_secret_that_arrives_during_a_change_is_not_lost(store: InMemoryVaultStore) -> None:
    class Busy(InMemoryVaultStore):
        """Gets a new secret just before everything is replaced."""

        def all_sealed(self) -> tuple:  # type: ignore[type-arg]
            found = super().all_sealed()
            if not is_changing:
                return found
            is_changing.clear()
            other.put(NAMES[1], Secret("late"))
            return found

    is_changing: list[bool] = []
    busy = Busy()
    vault, other = vault_over(busy), vault_over(busy)
    vault.create(OLD)
    other.unlock(OLD)
    vault.put(NAMES[0], Secret("early"))
    is_changing.append(True)
    with pytest.raises(ConfigurationError, match="try again"):
        vault.change_passphrase(OLD, NEW)
    assert vault.get(NAMES[1]) == Secret("late")
    vault.change_passphrase(OLD, NEW)
    assert vault.get(NAMES[0]) == Secret("early")
    assert vault.get(NAMES[1]) == Secret("late")


def test_neither_repr_nor_errors_show_key_or_passphrase(vault: PassphraseVault) -> None:
    assert repr(vault) == "PassphraseVault(unlocked)"
    vault.lock()
    assert repr(vault) == "PassphraseVault(locked)"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "etrms.db"


def filled(opened: OpenedStores) -> PassphraseVault:
    vault = PassphraseVault(opened.stores.vault, cost=CHEAP)
    vault.create(OLD)
    for name in NAMES:
        vault.put(name, Secret(f"{CANARY} {name.name}"))
    return vault


@pytest.mark.parametrize("failing_at", [1, 3, 6])
def test_a_change_that_fails_half_way_leaves_everything_as_it_was(
    path: Path, failing_at: int
) -> None:
    with closing(open_stores(path)) as opened:
        vault = filled(opened)
        with opened.database.writing() as connection:
            connection.execute(
                text(
                    "CREATE TRIGGER full_disk BEFORE INSERT ON vault_secrets "
                    f"WHEN NEW.version = 2 AND NEW.name = '{NAMES[failing_at - 1].name}' "
                    "BEGIN SELECT RAISE(ABORT, 'disk full'); END"
                )
            )
        with pytest.raises(StorageError, match="disk full"):
            vault.change_passphrase(OLD, NEW)
        again = PassphraseVault(opened.stores.vault, cost=CHEAP)
        again.unlock(OLD)
        assert_holds_everything(again)
        with pytest.raises(ConfigurationError, match="passphrase"):
            again.unlock(NEW)


CHANGE_WITHOUT_END = """
import sys
from tests.adapters.vault.test_passphrase_vault import CHEAP, NEW, OLD, PassphraseVault, open_stores
vault = PassphraseVault(open_stores(sys.argv[1]).stores.vault, cost=CHEAP)
old, new = OLD, NEW
print("ready", flush=True)
while True:
    vault.change_passphrase(old, new)
    old, new = new, old
"""


def test_a_process_that_is_killed_while_it_changes_the_passphrase_loses_nothing(
    path: Path,
) -> None:
    with closing(open_stores(path)) as opened:
        filled(opened)
        for kill_after_ms in (3, 11, 17, 29):
            vault = PassphraseVault(opened.stores.vault, cost=CHEAP)
            current = OLD if is_opened_by(vault, OLD) else NEW
            script = CHANGE_WITHOUT_END
            if current == NEW:
                script = script.replace("old, new = OLD, NEW", "old, new = NEW, OLD")
            kill_soon(script, path, kill_after_ms / 1_000)
            assert is_opened_by(vault, OLD) or is_opened_by(vault, NEW)
            assert_holds_everything(vault)


def is_opened_by(vault: PassphraseVault, passphrase: Secret) -> bool:
    try:
        vault.unlock(passphrase)
    except ConfigurationError:
        return False
    return True


def kill_soon(script: str, path: Path, seconds: float) -> None:
    root = Path(__file__).parents[3]
    process = subprocess.Popen(  # noqa: S603 (our own script)
        [sys.executable, "-c", script, str(path)], cwd=root, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    with process.stdout:
        process.stdout.readline()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
