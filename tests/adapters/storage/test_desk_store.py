"""The desk's store on SQLite and PostgreSQL, and what only databases promise."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import create_engine, text

from etrms_core.adapters.storage.desk_store import SqlDeskStore
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.memory_document import memory_hash
from etrms_core.engine.ports import DeskRequest, RequestKind
from etrms_core.errors import StorageError
from tests.builders import NOW, make_account
from tests.contracts.desk_store_contract import (
    EPOCH,
    DeskStoreContract,
    breaker_event,
    desk_event,
    full_account,
    reading,
    save,
    told,
)
from tests.engine.desk import Desk, long_account, make_rule
from tests.fakes import InMemoryDeskStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "etrms.db"


@pytest.fixture
def sqlite_store(path: Path) -> Iterator[SqlDeskStore]:
    with closing(SqlDeskStore(path)) as store:
        yield store


class TestInMemoryDeskStore(DeskStoreContract):
    @pytest.fixture
    def store(self) -> InMemoryDeskStore:
        return InMemoryDeskStore()


class TestSqliteDeskStore(DeskStoreContract):
    @pytest.fixture
    def store(self, sqlite_store: SqlDeskStore) -> SqlDeskStore:
        return sqlite_store


class TestPostgresqlDeskStore(DeskStoreContract):
    @pytest.fixture
    def store(self, postgresql_url: str) -> Iterator[SqlDeskStore]:
        engine = create_engine(postgresql_url)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
        with closing(SqlDeskStore(postgresql_url)) as store:
            yield store


def execute(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def test_everything_is_there_after_opening_again(path: Path) -> None:
    desk = Desk(rules=(make_rule(),))
    desk.read(long_account())
    result = desk.read(long_account(80.0))
    with closing(SqlDeskStore(path)) as store:
        save(
            store,
            full_account(),
            memory=result.memory,
            events=[breaker_event(), desk_event()],
            point=reading(),
        )
        store.save_rules(desk.rules)
        store.add_request(DeskRequest(RequestKind.RESET_BREAKER, "guard", NOW))
    with closing(SqlDeskStore(path)) as again:
        assert memory_hash(again.load_memory()) == memory_hash(result.memory)
        assert again.load_accounts() == (full_account(),)
        assert told(again.events()) == [desk_event(), breaker_event()]
        assert again.history(since=EPOCH) == (reading(),)
        assert again.rules() == desk.rules
        assert len(again.take_requests()) == 1


def test_a_cycle_that_breaks_in_the_middle_leaves_the_one_before(
    path: Path, sqlite_store: SqlDeskStore
) -> None:
    save(sqlite_store, make_account(wallet=1.0), events=[desk_event("old")], point=reading(1.0))
    execute(
        path,
        "CREATE TRIGGER breaks BEFORE INSERT ON history "
        "BEGIN SELECT RAISE(ABORT, 'power is gone'); END",
    )
    result = Desk().read(long_account())
    with pytest.raises(StorageError, match="power is gone"):
        save(
            sqlite_store,
            make_account(wallet=2.0),
            memory=result.memory,
            events=[desk_event("new")],
            point=reading(2.0),
        )
    assert sqlite_store.load_memory().as_of is None
    assert sqlite_store.load_accounts() == (make_account(wallet=1.0),)
    assert told(sqlite_store.events()) == [desk_event("old")]


def test_a_desk_is_new_until_it_has_its_id(path: Path) -> None:
    with closing(SqlDeskStore(path)) as first:
        assert first.is_new
        first.save_rules([make_rule()])
    with closing(SqlDeskStore(path)) as broken_off:
        assert broken_off.is_new
        assert broken_off.desk_id(lambda: "ab12") == "ab12"
    with closing(SqlDeskStore(path)) as known:
        assert not known.is_new
        assert known.desk_id(lambda: "zz99") == "ab12"


def test_two_runs_in_one_database_remember_apart(path: Path) -> None:
    result = Desk().read(long_account())
    with closing(SqlDeskStore(path)) as live, closing(SqlDeskStore(path, run_id="other")) as other:
        save(live, memory=result.memory)
        save(other, memory=CycleMemory())
        assert memory_hash(live.load_memory()) == memory_hash(result.memory)
        assert memory_hash(other.load_memory()) == memory_hash(CycleMemory())


def test_rules_changed_by_another_process_are_seen(path: Path) -> None:
    with closing(SqlDeskStore(path)) as reader, closing(SqlDeskStore(path)) as writer:
        writer.save_rules([make_rule()])
        assert reader.rules() == (make_rule(),)
        writer.save_rules([make_rule(threshold=0.3)])
        assert reader.rules() == (make_rule(threshold=0.3),)


def test_event_numbers_are_never_used_again(path: Path, sqlite_store: SqlDeskStore) -> None:
    sqlite_store.append_events([desk_event("a"), desk_event("b")])
    execute(path, "DELETE FROM events")
    sqlite_store.append_events([desk_event("c")])
    assert [each.sequence for each in sqlite_store.events()] == [3]


def test_writers_at_the_same_time_wait_for_each_other(path: Path) -> None:
    failures: list[StorageError] = []

    def write() -> None:
        with closing(SqlDeskStore(path)) as store:
            for _ in range(20):
                try:
                    store.append_events([desk_event()])
                    store.take_requests()
                except StorageError as error:
                    failures.append(error)

    writers = [Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with closing(SqlDeskStore(path)) as store:
        assert failures == []
        assert len(store.events(limit=1_000)) == 80


@pytest.mark.parametrize(
    ("table", "column", "what"),
    [
        ("memory", "document", "the desk's memory"),
        ("account_states", "document", "an account"),
        ("events", "document", "an event"),
        ("events", "source", "an event"),
        ("breakers", "document", "a breaker"),
        ("requests", "kind", "a request"),
    ],
)
@pytest.mark.parametrize("value", ["{", "{}"])
def test_a_damaged_document_is_an_error_that_names_the_file(
    path: Path, sqlite_store: SqlDeskStore, table: str, column: str, what: str, value: str
) -> None:
    save(sqlite_store, make_account(), memory=CycleMemory(), events=[desk_event()])
    sqlite_store.save_rules([make_rule()])
    sqlite_store.add_request(DeskRequest(RequestKind.RESET_BREAKER, "guard", NOW))
    execute(path, f"UPDATE {table} SET {column} = '{value}'")  # noqa: S608 (a test's own words)
    read = {
        "memory": sqlite_store.load_memory,
        "account_states": sqlite_store.load_accounts,
        "events": sqlite_store.events,
        "breakers": sqlite_store.rules,
        "requests": sqlite_store.take_requests,
    }[table]
    with pytest.raises(StorageError) as caught:
        read()
    message = str(caught.value)
    assert message.startswith(f"{path} holds {what} that cannot be read")
    assert "\n" not in message
    assert "Traceback" not in message
