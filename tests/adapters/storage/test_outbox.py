"""The outbox on every kind of store."""

import pytest

from etrms_core.adapters.storage.stores import OpenedStores
from etrms_core.engine.desk_stores import DeskStores
from tests.contracts.outbox_contract import OutboxContract
from tests.fakes import in_memory_stores


class TestInMemoryOutbox(OutboxContract):
    @pytest.fixture
    def stores(self) -> DeskStores:
        return in_memory_stores()


class TestSqliteOutbox(OutboxContract):
    @pytest.fixture
    def stores(self, sqlite_stores: OpenedStores) -> DeskStores:
        return sqlite_stores.stores


class TestPostgresqlOutbox(OutboxContract):
    @pytest.fixture
    def stores(self, postgresql_stores: OpenedStores) -> DeskStores:
        return postgresql_stores.stores
