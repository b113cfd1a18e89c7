"""The desk's store on SQLite and PostgreSQL, and what only databases promise."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from etrms_core.adapters.storage.lease_store import require_lease
from etrms_core.adapters.storage.stores import OpenedStores, open_stores
from etrms_core.domain.lease import Lease
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.lease_ports import LeaseReading
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.memory_document import memory_hash
from etrms_core.engine.storage_ports import (
    CycleRecord,
    DeskRequest,
    DeskStore,
    RecordedCycle,
    RequestKind,
)
from etrms_core.errors import StorageError
from tests.builders import NOW, make_account
from tests.contracts.desk_store_contract import (
    EPOCH,
    LEASE,
    DeskStoreContract,
    assert_nothing_stored_after_the_first,
    breaker_event,
    desk_event,
    full_account,
    reading,
    save,
    take_first_lease,
    told,
)
from tests.contracts.intent_log_contract import make_intent
from tests.engine.desk import Desk, long_account, make_rule
from tests.fakes import in_memory_stores


@pytest.fixture
def store(sqlite_stores: OpenedStores) -> DeskStore:
    take_first_lease(sqlite_stores.stores)
    return sqlite_stores.stores.desk


class TestInMemoryDeskStore(DeskStoreContract):
    @pytest.fixture
    def stores(self) -> DeskStores:
        return in_memory_stores()


class TestSqliteDeskStore(DeskStoreContract):
    @pytest.fixture
    def stores(self, sqlite_stores: OpenedStores) -> DeskStores:
        return sqlite_stores.stores


class TestPostgresqlDeskStore(DeskStoreContract):
    @pytest.fixture
    def stores(self, postgresql_stores: OpenedStores) -> DeskStores:
        return postgresql_stores.stores


def execute(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def test_everything_is_there_after_opening_again(path: Path) -> None:
    desk = Desk(rules=(make_rule(),))
    desk.read(long_account())
    result = desk.read(long_account(80.0))
    with closing(open_stores(path)) as opened:
        take_first_lease(opened.stores)
        store = opened.stores.desk
        record = CycleRecord(
            memory=result.memory,
            accounts=(full_account(),),
            events=(breaker_event(), desk_event()),
            point=reading(),
            intents=(make_intent("et-1"),),
        )
        store.save_cycle(record, lease=LEASE)
        store.save_rules(desk.rules)
        number = store.add_request(DeskRequest(RequestKind.RESET_BREAKER, "guard", NOW))
    with closing(open_stores(path)) as opened:
        again = opened.stores.desk
        assert memory_hash(again.load_memory()) == memory_hash(result.memory)
        assert again.load_accounts() == (full_account(),)
        assert told(again.events()) == [desk_event(), breaker_event()]
        assert again.history(since=EPOCH) == (reading(),)
        assert again.rules() == desk.rules
        assert [each.number for each in again.requests()] == [number]
        assert opened.stores.intents.open() == (make_intent("et-1"),)
        assert opened.stores.lease.read() == LeaseReading(LEASE, 0, is_released=False)


@pytest.mark.parametrize(
    "table", ["account_states", "history", "intents", "events", "cycles", "chains"]
)
def test_a_cycle_that_breaks_at_any_part_leaves_the_one_before(
    path: Path, store: DeskStore, sqlite_stores: OpenedStores, table: str
) -> None:
    save(store, make_account(wallet=1.0), events=[desk_event("old")], point=reading(1.0))
    number = store.add_request(DeskRequest(RequestKind.HALT, "fire", NOW))
    execute(
        path,
        f"CREATE TRIGGER breaks BEFORE INSERT ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'power is gone'); END",
    )
    with pytest.raises(StorageError, match="power is gone"):
        store.save_cycle(full_record(number), lease=LEASE)
    assert_nothing_stored_after_the_first(sqlite_stores.stores)
    assert [each.number for each in store.requests()] == [number]
    assert list(sqlite_stores.stores.audit.cycles()) == []
    execute(path, "DROP TRIGGER breaks")
    store.save_cycle(full_record(number), lease=LEASE)
    assert len(list(sqlite_stores.stores.audit.cycles())) == 1


def full_record(number: int) -> CycleRecord:
    """Build a cycle of which every part changes something."""
    account = make_account(wallet=2.0)
    request = DeskRequest(RequestKind.HALT, "fire", NOW, number=number)
    result = Desk().read(long_account())
    return CycleRecord(
        memory=result.memory,
        accounts=(account,),
        events=(desk_event("new"),),
        point=reading(2.0),
        intents=(make_intent("et-1"),),
        taken=(number,),
        recorded=RecordedCycle(
            as_of=NOW,
            accounts=(account,),
            rules=(make_rule(),),
            requests=(request,),
            policy=RiskPolicy(),
            decision_hash="d" * 64,
            memory_hash=memory_hash(result.memory),
            memory_before=CycleMemory(),
        ),
    )


def test_two_runs_in_one_database_remember_apart(path: Path) -> None:
    result = Desk().read(long_account())
    with closing(open_stores(path)) as one, closing(open_stores(path, run_id="other")) as two:
        take_first_lease(one.stores)
        live, other = one.stores.desk, two.stores.desk
        save(live, memory=result.memory, events=[desk_event("a"), desk_event("b")])
        save(other, memory=CycleMemory(), events=[desk_event("c")])
        assert memory_hash(live.load_memory()) == memory_hash(result.memory)
        assert memory_hash(other.load_memory()) == memory_hash(CycleMemory())
        assert [each.sequence for each in live.events()] == [2, 1]
        assert told(other.events()) == [desk_event("c")]


def test_rules_changed_by_another_process_are_seen(path: Path) -> None:
    with closing(open_stores(path)) as one, closing(open_stores(path)) as two:
        reader, writer = one.stores.desk, two.stores.desk
        writer.save_rules([make_rule()])
        assert reader.rules() == (make_rule(),)
        writer.save_rules([make_rule(threshold=0.3)])
        assert reader.rules() == (make_rule(threshold=0.3),)


def test_event_numbers_are_never_used_again(path: Path, store: DeskStore) -> None:
    store.append_events([desk_event("a"), desk_event("b")])
    execute(path, "DELETE FROM events")
    store.append_events([desk_event("c")])
    assert [each.sequence for each in store.events()] == [3]


def write_from_many_threads(location: Path | str) -> list[int]:
    """Write events and wishes from four connections at once; return the events' numbers."""

    def write() -> None:
        with closing(open_stores(location)) as opened:
            for _ in range(20):
                opened.stores.desk.append_events([desk_event()])
                opened.stores.desk.add_request(DeskRequest(RequestKind.HALT, "fire", NOW))

    with ThreadPoolExecutor(4) as pool:
        for written in [pool.submit(write) for _ in range(4)]:
            written.result()
    with closing(open_stores(location)) as opened:
        return [each.sequence for each in opened.stores.desk.events(limit=1_000)]


def test_writers_at_the_same_time_wait_for_each_other(path: Path) -> None:
    assert write_from_many_threads(path) == list(range(80, 0, -1))


def test_writers_to_a_server_wait_for_each_other(empty_postgresql_url: str) -> None:
    assert write_from_many_threads(empty_postgresql_url) == list(range(80, 0, -1))


def test_nobody_takes_the_lease_of_a_server_while_a_cycle_is_stored(
    postgresql_stores: OpenedStores,
) -> None:
    stores = postgresql_stores.stores
    take_first_lease(stores)
    with ThreadPoolExecutor(1) as pool:
        with postgresql_stores.database.writing() as connection:
            require_lease(connection, LEASE)
            taking = pool.submit(stores.lease.take, "standby", seen=stores.lease.read())
            with pytest.raises(TimeoutError):
                taking.result(timeout=0.3)
        assert taking.result(timeout=10) == Lease("standby", 2)


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
    path: Path, store: DeskStore, table: str, column: str, what: str, value: str
) -> None:
    save(store, make_account(), memory=CycleMemory(), events=[desk_event()])
    store.save_rules([make_rule()])
    store.add_request(DeskRequest(RequestKind.RESET_BREAKER, "guard", NOW))
    execute(path, f"UPDATE {table} SET {column} = '{value}'")  # noqa: S608 (a test's own words)
    read = {
        "memory": store.load_memory,
        "account_states": store.load_accounts,
        "events": store.events,
        "breakers": store.rules,
        "requests": store.requests,
    }[table]
    with pytest.raises(StorageError) as caught:
        read()
    message = str(caught.value)
    assert message.startswith(f"{path} holds {what} that cannot be read")
    assert "\n" not in message
    assert "Traceback" not in message
