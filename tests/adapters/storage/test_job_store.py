"""Jobs on every kind of store."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from etrms_core.adapters.storage.job_store import SqlJobStore
from etrms_core.adapters.storage.stores import OpenedStores
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.errors import StorageError
from tests.contracts.job_store_contract import JOB, JobStoreContract
from tests.fakes import in_memory_stores


class TestInMemoryJobStore(JobStoreContract):
    @pytest.fixture
    def stores(self) -> DeskStores:
        return in_memory_stores()


class TestSqliteJobStore(JobStoreContract):
    @pytest.fixture
    def stores(self, sqlite_stores: OpenedStores) -> DeskStores:
        return sqlite_stores.stores


class TestPostgresqlJobStore(JobStoreContract):
    @pytest.fixture
    def stores(self, postgresql_stores: OpenedStores) -> DeskStores:
        return postgresql_stores.stores


def test_a_machine_sees_only_the_jobs_whose_results_it_keeps(sqlite_stores: OpenedStores) -> None:
    here, there = (SqlJobStore(sqlite_stores.database, place) for place in ("here", "there"))
    here.add(JOB)
    assert len(here.list(limit=10)) == 1
    assert there.list(limit=10) == ()


@pytest.mark.parametrize("column", ["kind", "state"])
def test_a_job_of_an_unknown_kind_or_state_is_an_error(
    path: Path, sqlite_stores: OpenedStores, column: str
) -> None:
    sqlite_stores.stores.jobs.add(JOB)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE jobs SET {column} = 'x'")  # noqa: S608  a constant
    with pytest.raises(StorageError, match="holds a job that cannot be read"):
        sqlite_stores.stores.jobs.find("job-001")
