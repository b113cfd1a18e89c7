"""Whoever upgrades a desk does not get the news of years at once."""

from contextlib import closing
from pathlib import Path

from alembic import command
from sqlalchemy import text

from etrms_core.adapters.storage.engine import open_database
from etrms_core.adapters.storage.migration import DESK_SCHEMA, migration_config
from etrms_core.adapters.storage.stores import open_stores
from tests.contracts.desk_store_contract import desk_event

CHAIN = (
    "INSERT INTO chains (log, run_id, head_sequence, head_hash, start_sequence, start_hash) "
    "VALUES (:log, :run_id, :head, 'a', 0, 'b')"
)


def told_and_unread(location: Path | str) -> None:
    """Upgrade a desk that has written 17 events, let another one happen, and see what is new."""
    with closing(open_database(location)) as database, database.writing() as connection:
        command.upgrade(migration_config(DESK_SCHEMA, connection), "0003")
        for log, run_id, head in (("events", "live", 17), ("cycles", "live", 99)):
            connection.execute(text(CHAIN), {"log": log, "run_id": run_id, "head": head})
    with closing(open_stores(location)) as opened:
        outbox = opened.stores.outbox
        assert outbox.read_up_to() == 17
        assert outbox.unrouted(limit=10) == ()
        opened.stores.desk.append_events([desk_event("new")])
        assert [each.sequence for each in outbox.unrouted(limit=10)] == [18]


def test_what_happened_before_the_upgrade_counts_as_told_and_read(path: Path) -> None:
    told_and_unread(path)


def test_it_is_the_same_on_a_server(empty_postgresql_url: str) -> None:
    told_and_unread(empty_postgresql_url)


def test_on_a_new_desk_everything_is_news(path: Path) -> None:
    with closing(open_stores(path)) as opened:
        opened.stores.desk.append_events([desk_event("first")])
        assert opened.stores.outbox.read_up_to() == 0
        assert len(opened.stores.outbox.unrouted(limit=10)) == 1
