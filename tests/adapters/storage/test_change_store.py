"""Settling changes on every kind of store, also by two writers at once."""

import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest

from etrms_core.adapters.storage.stores import OpenedStores, open_stores
from etrms_core.domain.limits import DEFAULT_LIMITS, Limits
from etrms_core.engine.change_ports import Settlement, Swap
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.errors import StorageError
from tests.contracts.change_store_contract import RULES, UTC_HOUR, ChangeStoreContract
from tests.fakes import in_memory_stores

WRITERS = 4


class TestInMemoryChangeStore(ChangeStoreContract):
    @pytest.fixture
    def stores(self) -> DeskStores:
        return in_memory_stores()


class TestSqliteChangeStore(ChangeStoreContract):
    @pytest.fixture
    def stores(self, sqlite_stores: OpenedStores) -> DeskStores:
        return sqlite_stores.stores


class TestPostgresqlChangeStore(ChangeStoreContract):
    @pytest.fixture
    def stores(self, postgresql_stores: OpenedStores) -> DeskStores:
        return postgresql_stores.stores


def won_by(opened: list[OpenedStores]) -> int:
    """Let each replace the same limits by its own at once; return how many did."""
    outcomes: list[int | None] = []

    def settle(leverage: float, stores: DeskStores) -> None:
        swap = Swap(DEFAULT_LIMITS, Limits(maximum_leverage=leverage))
        outcomes.append(stores.changes.settle(Settlement(limits=swap)))

    threads = [
        Thread(target=settle, args=(1.0 + number, each.stores))
        for number, each in enumerate(opened)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == len(opened)
    return sum(outcome is not None for outcome in outcomes)


def test_of_several_writers_of_a_file_who_saw_the_same_only_one_wins(
    path: Path, sqlite_stores: OpenedStores
) -> None:
    others = [open_stores(path) for _ in range(WRITERS - 1)]
    assert won_by([sqlite_stores, *others]) == 1
    for each in others:
        each.close()


def test_of_several_writers_to_a_server_who_saw_the_same_only_one_wins(
    postgresql_stores: OpenedStores,
) -> None:
    assert won_by([postgresql_stores] * WRITERS) == 1


def test_damaged_settings_and_rules_are_an_error_and_never_none(
    path: Path, sqlite_stores: OpenedStores
) -> None:
    stores = sqlite_stores.stores
    stores.desk.save_rules(RULES)
    stores.changes.settle(Settlement(settings=Swap(None, UTC_HOUR)))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE facts SET value = '{' WHERE name = 'committed_settings'")
        connection.execute("UPDATE breakers SET document = '{' WHERE position = 0")
    with pytest.raises(StorageError, match="holds the committed settings that cannot be read"):
        stores.changes.settings()
    with pytest.raises(StorageError, match="holds a breaker that cannot be read"):
        stores.changes.settle(Settlement(rules=Swap(RULES, ())))
