"""A lock that a database server takes back when its holder dies."""

from contextlib import closing

import pytest
from sqlalchemy import text

from etrms_core.adapters.storage.advisory_lock import AdvisoryLock
from etrms_core.adapters.storage.engine import open_database
from etrms_core.errors import StorageError


def test_one_holder_at_a_time_until_it_lets_go_or_its_connection_dies(
    empty_postgresql_url: str,
) -> None:
    with (
        closing(open_database(empty_postgresql_url)) as one,
        closing(open_database(empty_postgresql_url)) as two,
    ):
        first, second = AdvisoryLock(one), AdvisoryLock(two)
        assert first.try_acquire()
        assert first.try_acquire()
        assert not second.try_acquire()
        first.release()
        assert second.try_acquire()
        assert not first.try_acquire()
        assert second._connection is not None
        second._connection.close()
        assert first.try_acquire()
        first.release()
        second.release()


def test_a_holder_notices_that_the_server_has_ended_its_connection(
    empty_postgresql_url: str,
) -> None:
    with (
        closing(open_database(empty_postgresql_url)) as one,
        closing(open_database(empty_postgresql_url)) as two,
    ):
        first, second = AdvisoryLock(one), AdvisoryLock(two)
        assert first.try_acquire()
        with two.writing() as connection:
            ended = (
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'"
            )
            assert connection.scalar(text(ended))
        assert second.try_acquire()
        assert not first.try_acquire()
        second.release()
        assert first.try_acquire()
        first.release()


def test_a_server_that_is_gone_is_an_error_that_names_it(empty_postgresql_url: str) -> None:
    with closing(open_database(f"{empty_postgresql_url}-gone")) as database:
        lock = AdvisoryLock(database)
        with pytest.raises(StorageError, match="-gone failed: "):
            lock.try_acquire()
        lock.release()
