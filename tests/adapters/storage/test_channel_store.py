"""Notification channels on every kind of store."""

import pytest

from etrms_core.adapters.storage.stores import OpenedStores
from etrms_core.engine.desk_stores import DeskStores
from tests.contracts.channel_store_contract import ChannelStoreContract
from tests.fakes import in_memory_stores


class TestInMemoryChannelStore(ChannelStoreContract):
    @pytest.fixture
    def stores(self) -> DeskStores:
        return in_memory_stores()


class TestSqliteChannelStore(ChannelStoreContract):
    @pytest.fixture
    def stores(self, sqlite_stores: OpenedStores) -> DeskStores:
        return sqlite_stores.stores


class TestPostgresqlChannelStore(ChannelStoreContract):
    @pytest.fixture
    def stores(self, postgresql_stores: OpenedStores) -> DeskStores:
        return postgresql_stores.stores
