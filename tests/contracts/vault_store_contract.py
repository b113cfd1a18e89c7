"""What the vault may rely on wherever it lies."""

from dataclasses import replace

import pytest

from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.vault_ports import SealedSecret, SecretName, VaultHeader, VaultStore

HEADER = VaultHeader(1, b"\x00salt", 3, 4, 65536, b"\xff nonce", b"check\x00")
KEY = SealedSecret(SecretName("venue", "main", "api_key"), 1, b"\x00n", b"sealed\xff")
HOOK = SealedSecret(SecretName("notification", "Büro", "address"), 1, b"n2", b"s2")


class VaultStoreContract:
    """Inherit and give a fixture `stores` that returns the stores of a new desk."""

    @pytest.fixture
    def store(self, stores: DeskStores) -> VaultStore:
        return stores.vault

    @pytest.fixture
    def filled(self, store: VaultStore) -> VaultStore:
        store.create(HEADER)
        for secret in (KEY, HOOK):
            assert store.save(secret)
        return store

    def test_a_new_desk_has_no_vault(self, store: VaultStore) -> None:
        assert store.header() is None
        assert store.all_sealed() == ()

    def test_there_is_only_one_vault(self, store: VaultStore) -> None:
        assert store.create(HEADER)
        assert not store.create(replace(HEADER, salt=b"other"))
        assert store.header() == HEADER

    def test_secrets_come_back_byte_for_byte(self, filled: VaultStore) -> None:
        assert filled.all_sealed() == (HOOK, KEY)
        assert filled.names() == (HOOK.name, KEY.name)
        assert filled.sealed(KEY.name) == KEY
        assert filled.sealed(SecretName("venue", "main", "secret")) is None

    def test_a_secret_is_replaced_by_its_name(self, filled: VaultStore) -> None:
        assert filled.save(replace(KEY, sealed=b"new"))
        assert filled.all_sealed() == (HOOK, replace(KEY, sealed=b"new"))

    def test_a_secret_of_another_version_is_not_stored(self, filled: VaultStore) -> None:
        assert not filled.save(replace(KEY, version=2, sealed=b"new"))
        assert filled.sealed(KEY.name) == KEY

    def test_nothing_is_stored_without_a_vault(self, store: VaultStore) -> None:
        assert not store.save(KEY)
        assert store.names() == ()

    def test_a_removed_secret_is_gone_and_removing_it_again_changes_nothing(
        self, filled: VaultStore
    ) -> None:
        for _ in range(2):
            filled.remove(KEY.name)
            assert filled.names() == (HOOK.name,)

    def test_all_is_replaced_at_once(self, filled: VaultStore) -> None:
        header = replace(HEADER, version=2, salt=b"new salt")
        secrets = [replace(each, version=2, sealed=b"anew") for each in (HOOK, KEY)]
        assert filled.replace_all(header, secrets, seen=[HOOK, KEY])
        assert filled.header() == header
        assert filled.all_sealed() == tuple(secrets)

    def test_an_empty_vault_is_replaced_too(self, store: VaultStore) -> None:
        store.create(HEADER)
        assert store.replace_all(replace(HEADER, version=2), [], seen=[])
        assert store.header() == replace(HEADER, version=2)

    @pytest.mark.parametrize(
        ("version", "seen"), [(3, [HOOK, KEY]), (1, [HOOK, KEY]), (2, [KEY]), (2, [])]
    )
    def test_nothing_is_replaced_when_another_one_changed_it(
        self, filled: VaultStore, version: int, seen: list[SealedSecret]
    ) -> None:
        header = replace(HEADER, version=version, salt=b"new salt")
        assert not filled.replace_all(header, [], seen=seen)
        assert filled.header() == HEADER
        assert filled.all_sealed() == (HOOK, KEY)
