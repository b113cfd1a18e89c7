"""What the desk may rely on whatever keeps its owner."""

from dataclasses import replace
from datetime import timedelta

import pytest

from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.owner_ports import Owner, OwnerStore
from tests.builders import NOW

ANNA = Owner("anna", "$2b$12$abc", NOW, NOW + timedelta(microseconds=123_457))


class OwnerStoreContract:
    """Inherit and give a fixture `stores` that returns the stores of a new desk."""

    @pytest.fixture
    def store(self, stores: DeskStores) -> OwnerStore:
        return stores.owner

    def test_a_new_desk_has_no_owner(self, store: OwnerStore) -> None:
        assert store.owner() is None

    def test_the_owner_comes_back_with_every_field(self, store: OwnerStore) -> None:
        store.save_owner(ANNA)
        assert store.owner() == ANNA

    def test_there_is_only_one_owner(self, store: OwnerStore) -> None:
        store.save_owner(ANNA)
        for owner in (
            replace(
                ANNA,
                password_hash="$2b$12$xyz",  # noqa: S106
            ),
            replace(ANNA, name="bert"),
        ):
            store.save_owner(owner)
            assert store.owner() == owner
