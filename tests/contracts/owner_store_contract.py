"""What the desk may rely on whatever keeps its owner."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

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

    def test_an_owner_is_added_where_there_is_none(self, store: OwnerStore) -> None:
        assert store.add_owner(ANNA)
        assert not store.add_owner(replace(ANNA, name="bert"))
        assert not store.add_owner(ANNA)
        assert store.owner() == ANNA

    def test_of_many_that_are_added_at_once_one_stays(self, store: OwnerStore) -> None:
        gate = Barrier(4)

        def add_with_the_others(number: int) -> Owner | None:
            owner = replace(ANNA, name=f"owner {number}")
            gate.wait()
            return owner if store.add_owner(owner) else None

        with ThreadPoolExecutor(4) as pool:
            added = [owner for owner in pool.map(add_with_the_others, range(4)) if owner]
        assert added == [store.owner()]
