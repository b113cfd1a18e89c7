"""The copy of ledgers on every kind of store."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from etrms_core.adapters.storage.stores import OpenedStores
from etrms_core.engine.ledger_ports import LedgerStore
from etrms_core.errors import StorageError
from tests.builders import NOW
from tests.contracts.ledger_store_contract import LedgerStoreContract, entry
from tests.ledger_fakes import InMemoryLedgerStore


class TestInMemoryLedgerStore(LedgerStoreContract):
    @pytest.fixture
    def store(self) -> LedgerStore:
        return InMemoryLedgerStore()


class TestSqliteLedgerStore(LedgerStoreContract):
    @pytest.fixture
    def store(self, sqlite_stores: OpenedStores) -> LedgerStore:
        return sqlite_stores.stores.ledger


class TestPostgresqlLedgerStore(LedgerStoreContract):
    @pytest.fixture
    def store(self, postgresql_stores: OpenedStores) -> LedgerStore:
        return postgresql_stores.stores.ledger


@pytest.mark.parametrize("damage", ["kind = 'gift'", "asset = ''", "symbol = NULL"])
def test_a_damaged_entry_is_an_error_and_never_left_out(
    path: Path, sqlite_stores: OpenedStores, damage: str
) -> None:
    sqlite_stores.stores.ledger.add("main", [entry("1")])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE ledger_entries SET {damage}")  # noqa: S608 (constants above)
    with pytest.raises(StorageError, match="an entry of a ledger"):
        sqlite_stores.stores.ledger.entries("main", since=NOW, limit=5)
