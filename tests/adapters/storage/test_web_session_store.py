"""Tickets and sessions on every kind of store."""

import pytest

from etrms_core.adapters.storage.stores import OpenedStores
from etrms_core.engine.desk_stores import DeskStores
from tests.contracts.web_session_store_contract import WebSessionStoreContract
from tests.fakes import in_memory_stores


class TestInMemoryWebSessionStore(WebSessionStoreContract):
    @pytest.fixture
    def stores(self) -> DeskStores:
        return in_memory_stores()


class TestSqliteWebSessionStore(WebSessionStoreContract):
    @pytest.fixture
    def stores(self, sqlite_stores: OpenedStores) -> DeskStores:
        return sqlite_stores.stores


class TestPostgresqlWebSessionStore(WebSessionStoreContract):
    @pytest.fixture
    def stores(self, postgresql_stores: OpenedStores) -> DeskStores:
        return postgresql_stores.stores
