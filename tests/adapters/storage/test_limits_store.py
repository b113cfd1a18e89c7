"""The trader's limits on every kind of store."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from etrms_core.adapters.storage.stores import OpenedStores
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.errors import StorageError
from tests.contracts.limits_store_contract import ALL, LimitsStoreContract
from tests.fakes import in_memory_stores


class TestInMemoryLimitsStore(LimitsStoreContract):
    @pytest.fixture
    def stores(self) -> DeskStores:
        return in_memory_stores()


class TestSqliteLimitsStore(LimitsStoreContract):
    @pytest.fixture
    def stores(self, sqlite_stores: OpenedStores) -> DeskStores:
        return sqlite_stores.stores


class TestPostgresqlLimitsStore(LimitsStoreContract):
    @pytest.fixture
    def stores(self, postgresql_stores: OpenedStores) -> DeskStores:
        return postgresql_stores.stores


@pytest.mark.parametrize(
    "damage",
    ['{"price_collar": NaN}', '{"price_collar": "0.1"}', '{"maximum_leverage": 1e999}', "{"],
)
def test_damaged_limits_are_an_error_and_never_the_defaults(
    path: Path, sqlite_stores: OpenedStores, damage: str
) -> None:
    sqlite_stores.stores.limits.save_limits(ALL)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE facts SET value = ? WHERE name = 'limits'", (damage,))
    with pytest.raises(StorageError, match="holds limits that cannot be read"):
        sqlite_stores.stores.limits.limits()
