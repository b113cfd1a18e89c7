"""Failed logins on every kind of store."""

import pytest

from etrms_core.adapters.storage.stores import OpenedStores
from etrms_core.engine.desk_stores import DeskStores
from tests.contracts.login_failure_store_contract import LoginFailureStoreContract
from tests.fakes import in_memory_stores


class TestInMemoryLoginFailureStore(LoginFailureStoreContract):
    @pytest.fixture
    def stores(self) -> DeskStores:
        return in_memory_stores()


class TestSqliteLoginFailureStore(LoginFailureStoreContract):
    @pytest.fixture
    def stores(self, sqlite_stores: OpenedStores) -> DeskStores:
        return sqlite_stores.stores


class TestPostgresqlLoginFailureStore(LoginFailureStoreContract):
    @pytest.fixture
    def stores(self, postgresql_stores: OpenedStores) -> DeskStores:
        return postgresql_stores.stores
