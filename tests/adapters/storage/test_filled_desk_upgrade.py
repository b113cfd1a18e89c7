"""A desk that was filled under the first schema keeps every row when it is upgraded."""

import json
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, text

from etrms_core.adapters.storage.engine import Database, open_database
from etrms_core.adapters.storage.event_rows import event_row
from etrms_core.adapters.storage.migration import DESK_SCHEMA, migration_config
from etrms_core.adapters.storage.stores import OpenedStores, open_stores
from etrms_core.engine.hash_chain import START, AuditLogName, first_break
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.memory_document import memory_document
from etrms_core.engine.storage_ports import DeskRequest, HistoryPoint, RequestKind
from etrms_core.errors import StorageError
from tests.builders import NOW
from tests.contracts.desk_store_contract import EPOCH, LEASE, desk_event, told

NOW_US = 1_760_097_600_000_000
# More than one page of the migration, and text that JSON escapes.
EVENTS = [desk_event(f'№{number} "quoted" \\ \N{GRINNING FACE}') for number in range(1_203)]
# Numbers of the old table had gaps.
GAP = 7


def fill_first_schema(database: Database) -> None:
    """Build the first schema and store something in each of its tables."""
    with database.writing() as connection:
        command.upgrade(migration_config(DESK_SCHEMA, connection), "0001")
        insert(connection, "facts", {"name": "desk_id", "value": "ab12"})
        document = json.dumps(memory_document(CycleMemory()))
        insert(connection, "memory", {"run_id": "live", "document": document})
        for number, event in enumerate(EVENTS, start=1):
            insert(connection, "events", {"sequence": number * GAP, **event_row(event)})
        wish = {"kind": "reset_breaker", "subject": "guard", "requested_at_us": NOW_US}
        insert(connection, "requests", wish)
        insert(connection, "history", {"observed_at_us": NOW_US, "equity": 5.0, "nav": 1.0})


def insert(connection: Connection, table: str, row: dict[str, object]) -> None:
    columns, values = ", ".join(row), ", ".join(f":{name}" for name in row)
    connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({values})"), row)  # noqa: S608


def assert_everything_is_there(opened: OpenedStores) -> None:
    desk, audit = opened.stores.desk, opened.stores.audit
    assert not opened.is_new
    assert opened.desk_id(lambda: "other") == "ab12"
    stored = desk.events(limit=5_000)
    assert told(stored) == EVENTS[::-1]
    assert [each.sequence for each in stored] == list(range(len(EVENTS), 0, -1))
    assert desk.requests() == (DeskRequest(RequestKind.RESET_BREAKER, "guard", NOW, number=1),)
    assert desk.history(since=EPOCH) == (HistoryPoint(NOW, 5.0, 1.0, None, None),)
    assert desk.load_memory().as_of is None
    desk.append_events([desk_event("after")])
    head = audit.head(AuditLogName.EVENTS)
    assert head.sequence == len(EVENTS) + 1
    assert audit.start(AuditLogName.EVENTS) == START
    assert first_break(audit.rows(AuditLogName.EVENTS), run_id="live", head=head) is None
    assert opened.stores.lease.take("desk", seen=None) == LEASE


@pytest.fixture
def filled(path: Path) -> Path:
    with closing(open_database(path)) as database:
        fill_first_schema(database)
    return path


@pytest.fixture
def filled_url(empty_postgresql_url: str) -> str:
    with closing(open_database(empty_postgresql_url)) as database:
        fill_first_schema(database)
    return empty_postgresql_url


def backups(path: Path) -> list[Path]:
    return sorted((path.parent / "backups").glob("*"))


def revision_of(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT version_num FROM etrms_alembic_version").fetchone()
    return str(found[0])


def test_a_filled_file_keeps_every_row_and_gets_a_valid_chain(filled: Path) -> None:
    with closing(open_stores(filled)) as opened:
        assert_everything_is_there(opened)


def test_a_filled_server_keeps_every_row_and_gets_a_valid_chain(filled_url: str) -> None:
    with closing(open_stores(filled_url)) as opened:
        assert_everything_is_there(opened)


def test_the_file_of_before_is_kept_whole_and_closed_to_others(filled: Path) -> None:
    open_stores(filled).close()
    (backup,) = backups(filled)
    assert backup.name.startswith(f"etrms-before-{DESK_SCHEMA.head}-")
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert stat.S_IMODE(backup.parent.stat().st_mode) == 0o700
    assert (revision_of(backup), revision_of(filled)) == ("0001", DESK_SCHEMA.head)
    with closing(open_stores(backup)) as opened:
        assert_everything_is_there(opened)


def test_only_an_upgrade_makes_a_backup(path: Path, filled: Path) -> None:
    for _ in range(3):
        open_stores(filled).close()
    assert len(backups(path)) == 1
    open_stores(path.parent / "new" / "etrms.db").close()
    assert backups(path.parent / "new" / "etrms.db") == []


def test_without_a_backup_nothing_is_upgraded(filled: Path) -> None:
    (filled.parent / "backups").write_text("in the way")
    with pytest.raises(StorageError) as caught:
        open_stores(filled)
    message = str(caught.value)
    assert message.startswith(f"{filled} was not upgraded because the backup ")
    assert "check the rights" in message
    assert revision_of(filled) == "0001"


def test_taking_the_upgrade_back_keeps_the_events(filled: Path) -> None:
    open_stores(filled).close()
    with closing(open_database(filled)) as database:
        with database.writing() as connection:
            command.downgrade(migration_config(DESK_SCHEMA, connection), "0001")
        with database.reading() as connection:
            query = text("SELECT sequence, subject FROM events ORDER BY sequence")
            rows = [(row.sequence, row.subject) for row in connection.execute(query)]
    subjects = [event.subject for event in EVENTS]
    assert rows == list(enumerate(subjects, start=1))
