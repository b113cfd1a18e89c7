"""Preferences on every kind of store."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from etrms_core.adapters.storage.stores import OpenedStores
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.errors import StorageError
from tests.contracts.preferences_store_contract import ALL, PreferencesStoreContract
from tests.fakes import in_memory_stores


class TestInMemoryPreferencesStore(PreferencesStoreContract):
    @pytest.fixture
    def stores(self) -> DeskStores:
        return in_memory_stores()


class TestSqlitePreferencesStore(PreferencesStoreContract):
    @pytest.fixture
    def stores(self, sqlite_stores: OpenedStores) -> DeskStores:
        return sqlite_stores.stores


class TestPostgresqlPreferencesStore(PreferencesStoreContract):
    @pytest.fixture
    def stores(self, postgresql_stores: OpenedStores) -> DeskStores:
        return postgresql_stores.stores


@pytest.mark.parametrize("damage", ["{", '{"theme": "pink"}', '{"time_zone": 3}', "[]"])
def test_damaged_preferences_are_an_error(
    path: Path, sqlite_stores: OpenedStores, damage: str
) -> None:
    sqlite_stores.stores.preferences.save_preferences("ada", ALL)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE owner_preferences SET document = ?", (damage,))
    with pytest.raises(StorageError, match="holds preferences that cannot be read"):
        sqlite_stores.stores.preferences.preferences("ada")
