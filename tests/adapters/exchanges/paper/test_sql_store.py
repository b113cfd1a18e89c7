"""Paper accounts in a database."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings

from etrms_core.adapters.exchanges.paper.order_checks import REMEMBERED_ORDERS
from etrms_core.adapters.exchanges.paper.order_entry import clear_news
from etrms_core.adapters.exchanges.paper.resting_orders import end_order
from etrms_core.adapters.exchanges.paper.sql_store import SqlPaperStore
from etrms_core.adapters.exchanges.paper.sql_tables import paper_metadata
from etrms_core.adapters.exchanges.paper.state import PaperState, RestingOrder
from etrms_core.domain.order import Order, OrderStatus
from etrms_core.errors import StorageError
from tests.adapters.exchanges.paper.account_states import busy_state, fill_now, paper_states
from tests.builders import NOW, make_stop
from tests.contracts.paper_store_contract import PaperStoreContract, full_news
from tests.fakes import InMemoryPaperStore

NEWS_TABLES = sorted(set(paper_metadata.tables) - {"paper_accounts"})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "paper.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqlPaperStore]:
    with closing(SqlPaperStore(path)) as opened:
        yield opened


def counts(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as connection:
        return {
            name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]  # noqa: S608
            for name in NEWS_TABLES
        }


def without_news(state: PaperState) -> PaperState:
    copy = deepcopy(state)
    clear_news(copy)
    return copy


def rest(state: PaperState, number: int) -> Order:
    """Let one more order rest."""
    order = make_stop(1.0)
    request = replace(order.request, client_order_id=f"c{number}")
    created_at = NOW + timedelta(seconds=number)
    order = replace(order, order_id=f"n{number}", request=request, created_at=created_at)
    state.orders[request.client_order_id] = RestingOrder(order)
    state.used_ids[request.client_order_id] = order
    return order


class TestSqliteStore(PaperStoreContract):
    @pytest.fixture
    def other(self, path: Path) -> Iterator[SqlPaperStore]:
        with closing(SqlPaperStore(path)) as opened:
            yield opened


class TestPostgresqlStore(PaperStoreContract):
    @pytest.fixture
    def store(self, empty_postgresql_url: str) -> Iterator[SqlPaperStore]:
        with closing(SqlPaperStore(empty_postgresql_url)) as opened:
            yield opened

    @pytest.fixture
    def other(self, empty_postgresql_url: str, store: SqlPaperStore) -> Iterator[SqlPaperStore]:
        assert store.load("paper") is None
        with closing(SqlPaperStore(empty_postgresql_url)) as opened:
            yield opened


class TestInMemoryStore(PaperStoreContract):
    @pytest.fixture
    def store(self) -> InMemoryPaperStore:
        return InMemoryPaperStore()

    @pytest.fixture
    def other(self, store: InMemoryPaperStore) -> InMemoryPaperStore:
        return store.opened_again()


@given(paper_states())
@settings(max_examples=40, deadline=None)
def test_every_state_comes_back_as_it_was(state: PaperState) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "paper.db"
        with closing(SqlPaperStore(path)) as store:
            store.save("paper", state)
            assert store.load("paper") == without_news(state)
        with closing(SqlPaperStore(path)) as again:
            assert again.load("paper") == without_news(state)


def test_news_are_appended_once_however_often_they_are_saved(
    path: Path, store: SqlPaperStore
) -> None:
    state = full_news()
    for _ in range(3):
        store.save("paper", state)
    assert counts(path) == dict.fromkeys(NEWS_TABLES, 1)
    clear_news(state)
    fill_now(state, 1, at=NOW)
    store.save("paper", state)
    assert counts(path) == {**dict.fromkeys(NEWS_TABLES, 1), "paper_fills": 2}


def test_news_of_two_accounts_may_have_the_same_ids(path: Path, store: SqlPaperStore) -> None:
    store.save("a", full_news())
    store.save("b", full_news())
    assert counts(path) == dict.fromkeys(NEWS_TABLES, 2)


def test_ids_of_ended_orders_are_remembered_after_their_news(store: SqlPaperStore) -> None:
    state = full_news()
    store.save("paper", state)
    clear_news(state)
    end_order(state, "et-desk-trend-4", OrderStatus.EXPIRED)
    store.save("paper", state)
    loaded = store.load("paper")
    assert loaded is not None
    assert loaded.used_ids == state.used_ids
    assert loaded.used_ids["et-desk-trend-3"].status is OrderStatus.CANCELED
    assert set(loaded.orders) == {f"et-desk-trend-{number}" for number in (0, 1, 2)}


def test_only_the_newest_2000_ids_are_remembered_open_ones_always(store: SqlPaperStore) -> None:
    state = PaperState()
    oldest = rest(state, 0)
    for number in range(1, REMEMBERED_ORDERS + 11):
        rest(state, number)
        end_order(state, f"c{number}", OrderStatus.CANCELED)
    store.save("paper", state)
    loaded = store.load("paper")
    assert loaded is not None
    assert loaded.used_ids["c0"] == oldest
    ended = [f"c{number}" for number in range(12, REMEMBERED_ORDERS + 11)]
    assert list(loaded.used_ids) == ["c0", *ended]


def test_ended_orders_are_not_written_again_with_every_state(
    path: Path, store: SqlPaperStore
) -> None:
    state = full_news()
    store.save("paper", state)
    with closing(sqlite3.connect(path)) as connection:
        (document,) = connection.execute("SELECT document FROM paper_accounts").fetchone()
    assert "et-desk-trend-4" in document
    assert "et-desk-trend-3" not in document


def test_recent_fills_and_flows_come_back_also_when_they_are_old_news(
    store: SqlPaperStore,
) -> None:
    state = full_news()
    store.save("paper", state)
    clear_news(state)
    store.save("paper", state)
    loaded = store.load("paper")
    assert loaded is not None
    assert (loaded.recent_fills, loaded.recent_flows) == (state.recent_fills, state.recent_flows)
    assert loaded.recent_fills
    assert loaded.recent_flows


@pytest.mark.parametrize("table", NEWS_TABLES)
def test_a_save_that_breaks_in_the_middle_leaves_the_old_state(
    path: Path, store: SqlPaperStore, table: str
) -> None:
    old = busy_state(now=NOW)
    store.save("paper", old)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            f"CREATE TRIGGER breaks BEFORE INSERT ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'power is gone'); END"
        )
    before = counts(path)
    state = full_news()
    state.wallet = 1.0
    fill_now(state, 1, at=NOW)
    with pytest.raises(StorageError, match="power is gone"):
        store.save("paper", state)
    assert store.load("paper") == without_news(old)
    assert counts(path) == before


def test_the_time_of_a_save_is_the_desk_s(path: Path, store: SqlPaperStore) -> None:
    state = busy_state(now=NOW)
    assert state.pace is not None
    state.pace = replace(state.pace, market_origin=NOW - timedelta(days=300), speed=100.0)
    state.last_seen_at = NOW - timedelta(days=300) + timedelta(seconds=100)
    store.save("paper", state)
    with closing(sqlite3.connect(path)) as connection:
        (moment,) = connection.execute("SELECT updated_at_us FROM paper_accounts").fetchone()
    assert moment == (NOW.timestamp() + 1.0) * 1e6


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE paper_accounts SET document = '{'",
        "UPDATE paper_accounts SET document = '[]'",
        "UPDATE paper_accounts SET document = '{\"wallet\": 1}'",
        "UPDATE paper_orders SET document = '{}'",
    ],
)
def test_a_damaged_document_is_an_error_that_names_the_file(
    path: Path, store: SqlPaperStore, damage: str
) -> None:
    store.save("paper", full_news())
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(damage)
    with pytest.raises(StorageError) as caught:
        store.load("paper")
    message = str(caught.value)
    assert message.startswith(f"{path} holds the account 'paper' in a form that cannot be read")
    assert message.endswith("restore a backup, or move the file away to start anew")
    assert "\n" not in message


def test_accounts_of_the_first_schema_go_on_from_version_0(path: Path) -> None:
    with closing(SqlPaperStore(path)) as store:
        store.save("paper", PaperState(wallet=1.0))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("ALTER TABLE paper_accounts DROP COLUMN version")
        for name in ("paper_fills", "paper_flows", "paper_funding"):
            connection.execute(f"DROP INDEX ix_{name}_account_occurred_at_us")
        connection.execute("UPDATE paper_alembic_version SET version_num = '0001'")
    with closing(SqlPaperStore(path)) as store, closing(SqlPaperStore(path)) as other:
        assert store.load("paper") == other.load("paper") == PaperState(wallet=1.0)
        store.save("paper", PaperState(wallet=2.0))
        with pytest.raises(StorageError, match="another process has changed the account 'paper'"):
            other.save("paper", PaperState(wallet=3.0))
        assert other.load("paper") == PaperState(wallet=2.0)
