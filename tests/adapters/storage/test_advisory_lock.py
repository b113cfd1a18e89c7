"""A lock that a database server takes back when its holder dies."""

from contextlib import closing

from etrms_core.adapters.storage.advisory_lock import AdvisoryLock
from etrms_core.adapters.storage.engine import open_database


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
