"""The log of intents on every kind of store."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from etrms_core.adapters.storage.stores import OpenedStores, open_stores
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.errors import StorageError
from tests.contracts.intent_log_contract import HELD, IntentLogContract, make_intent
from tests.fakes import in_memory_stores


class TestInMemoryIntentLog(IntentLogContract):
    @pytest.fixture
    def stores(self) -> DeskStores:
        return in_memory_stores()


class TestSqliteIntentLog(IntentLogContract):
    @pytest.fixture
    def stores(self, sqlite_stores: OpenedStores) -> DeskStores:
        return sqlite_stores.stores


class TestPostgresqlIntentLog(IntentLogContract):
    @pytest.fixture
    def stores(self, postgresql_stores: OpenedStores) -> DeskStores:
        return postgresql_stores.stores


def test_runs_keep_their_intents_apart_but_share_the_ids(
    path: Path, sqlite_stores: OpenedStores
) -> None:
    live = sqlite_stores.stores
    assert live.lease.take(HELD.holder, seen=None) == HELD
    assert live.intents.add(make_intent("et-1"), lease=HELD)
    with closing(open_stores(path, run_id="other")) as other:
        assert not other.stores.intents.add(make_intent("et-1"), lease=HELD)
        assert other.stores.intents.open() == ()
        assert other.stores.intents.find("et-1") == make_intent("et-1")


@pytest.mark.parametrize("damage", ["{", "{}"])
def test_a_damaged_intent_is_an_error_that_names_the_file(
    path: Path, sqlite_stores: OpenedStores, damage: str
) -> None:
    assert sqlite_stores.stores.lease.take(HELD.holder, seen=None) == HELD
    sqlite_stores.stores.intents.add(make_intent("et-1"), lease=HELD)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE intents SET document = ?", (damage,))
    with pytest.raises(StorageError, match="holds an intent that cannot be read") as caught:
        sqlite_stores.stores.intents.open()
    assert str(caught.value).startswith(str(path))
