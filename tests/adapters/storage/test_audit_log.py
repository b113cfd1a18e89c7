"""Whatever is done to the rows behind the desk's back, the audit names the first bad one."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from etrms_core.adapters.storage import audit_log
from etrms_core.adapters.storage.chained_rows import append_cycle, append_events
from etrms_core.adapters.storage.stores import OpenedStores, open_stores
from etrms_core.engine.hash_chain import AuditLogName, ChainBreak, link
from etrms_core.errors import StorageError
from etrms_core.services.audit import VerifyReport, replay, verify
from tests.adapters.storage.recorded_runs import RecordedRun, execute
from tests.adapters.storage.test_cycle_rows import recorded
from tests.builders import make_account
from tests.contracts.desk_store_contract import breaker_event, desk_event

EVENTS, CYCLES = AuditLogName.EVENTS, AuditLogName.CYCLES
ROWS = 6
COLUMNS = {
    "events": (
        "run_id",
        "sequence",
        "occurred_at_us",
        "source",
        "kind",
        "subject",
        "document",
        "previous_hash",
        "row_hash",
    ),
    "cycles": (
        "run_id",
        "sequence",
        "as_of_us",
        "is_keyframe",
        "payload",
        "decision_hash",
        "memory_hash",
        "previous_hash",
        "row_hash",
    ),
}
NUMBERS = {"sequence", "occurred_at_us", "as_of_us", "is_keyframe"}
EVERY_COLUMN = [(table, column) for table, columns in COLUMNS.items() for column in columns]


def write_rows(location: Path | str, rows: int = ROWS) -> None:
    with closing(open_stores(location)) as opened, opened.database.writing() as connection:
        for number in range(rows):
            append_events(connection, "live", [desk_event(f"symbol {number}")])
            account = make_account(wallet=100.0 + number)
            append_cycle(connection, "live", recorded(accounts=(account,)))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write six events and six cycles, once for all tests, into one file."""
    path = tmp_path_factory.mktemp("written") / "etrms.db"
    write_rows(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("VACUUM")
    return path


@pytest.fixture
def copied(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(written, tmp_path / "copied.db"))


def verified(path: Path | str) -> VerifyReport:
    with closing(open_stores(path)) as opened:
        return verify(opened.stores.audit)


def bad_row(path: Path | str, log: str) -> ChainBreak:
    """Return the first bad row of one log; the other log must be good."""
    for chain in verified(path).chains:
        if chain.log.value == log:
            broken = chain.broken
        else:
            assert chain.broken is None
    assert broken is not None
    return broken


def test_what_was_written_is_good(copied: Path) -> None:
    report = verified(copied)
    assert report.is_good
    assert [chain.rows for chain in report.chains] == [ROWS, ROWS]


@pytest.mark.parametrize(("table", "column"), EVERY_COLUMN)
@pytest.mark.parametrize("number", [1, 4, ROWS])
def test_a_changed_field_is_named(copied: Path, table: str, column: str, number: int) -> None:
    # A number moves by its lowest bit, a text or payload changes its last byte.
    change = (
        f"{column} + 100"
        if column in NUMBERS
        else f"CAST(substr({column}, 1, length({column}) - 1) || X'21' AS TEXT)"
    )
    if column == "payload":
        change = "CAST(substr(payload, 1, length(payload) - 1) || X'21' AS BLOB)"
    execute(copied, f"UPDATE {table} SET {column} = {change} WHERE sequence = ?", number)  # noqa: S608 (a test's own words)
    assert bad_row(copied, table).sequence == number


@pytest.mark.parametrize(("table", "column"), EVERY_COLUMN)
@pytest.mark.parametrize("value", [b"\xff\xfe", "words", -1, 1.5])
def test_a_field_of_another_type_is_named(
    copied: Path, table: str, column: str, value: object
) -> None:
    execute(copied, f"UPDATE {table} SET {column} = ? WHERE sequence = 3", value)  # noqa: S608 (a test's own words)
    # A row whose number comes earlier is met earlier, under the number that it has now.
    is_met_earlier = column == "sequence" and value in {-1, 1.5}
    assert bad_row(copied, table).sequence == (-1 if is_met_earlier else 3)


@pytest.mark.parametrize("table", COLUMNS)
def test_text_that_cannot_even_be_fetched_is_named(copied: Path, table: str) -> None:
    execute(copied, f"UPDATE {table} SET row_hash = CAST(X'FF' AS TEXT) WHERE sequence = 5")  # noqa: S608 (a test's own words)
    found = bad_row(copied, table)
    assert found.sequence == 5
    assert "cannot be read" in found.reason


@pytest.mark.parametrize("table", COLUMNS)
@pytest.mark.parametrize("number", range(1, ROWS + 1))
def test_a_removed_row_is_named(copied: Path, table: str, number: int) -> None:
    execute(copied, f"DELETE FROM {table} WHERE sequence = ?", number)  # noqa: S608 (a test's own words)
    found = bad_row(copied, table)
    assert (found.sequence, "missing" in found.reason) == (number, True)


@pytest.mark.parametrize("table", COLUMNS)
def test_swapped_rows_are_named(copied: Path, table: str) -> None:
    for old, new in ((2, -1), (3, 2), (-1, 3)):
        execute(copied, f"UPDATE {table} SET sequence = ? WHERE sequence = ?", new, old)  # noqa: S608 (a test's own words)
    assert bad_row(copied, table).sequence == 2


@pytest.mark.parametrize("number", [ROWS + 1, ROWS + 9])
def test_an_added_row_is_named_even_with_a_right_hash(copied: Path, number: int) -> None:
    with closing(open_stores(copied)) as opened:
        *_, last = opened.stores.audit.rows(EVENTS)
    content = last.content
    forged = link(last.row_hash, run_id="live", sequence=number, content=content)
    execute(
        copied,
        "INSERT INTO events SELECT run_id, ?, occurred_at_us, source, kind, subject, document, "
        "?, ? FROM events WHERE sequence = ?",
        *(number, last.row_hash, forged, ROWS),
    )
    found = bad_row(copied, "events")
    assert (found.sequence, "added" in found.reason) == (number, True)


@pytest.mark.parametrize("table", COLUMNS)
def test_all_rows_gone_or_their_chain_gone_is_named(copied: Path, table: str) -> None:
    execute(copied, "DELETE FROM chains WHERE log = ?", table)
    assert "added" in bad_row(copied, table).reason
    execute(copied, f"DELETE FROM {table}")  # noqa: S608 (a test's own words)
    assert verified(copied).is_good, "nothing is left to compare with"


@pytest.mark.parametrize("column", ["head_sequence", "head_hash", "start_sequence", "start_hash"])
@pytest.mark.parametrize("value", ["words", 2, b"\x01"])
def test_a_changed_end_of_a_chain_does_not_fit(copied: Path, column: str, value: object) -> None:
    execute(copied, f"UPDATE chains SET {column} = ? WHERE log = 'cycles'", value)  # noqa: S608 (a test's own words)
    assert bad_row(copied, "cycles").sequence >= 0


TAILS = {
    "events": "source || kind || subject || document || previous_hash || row_hash",
    "cycles": "payload || decision_hash || memory_hash || previous_hash || row_hash",
}


@pytest.mark.parametrize("table", COLUMNS)
@pytest.mark.parametrize("number", [1, 4])
def test_every_flipped_byte_of_a_row_in_the_file_is_named(
    written: Path, tmp_path: Path, table: str, number: int
) -> None:
    content = written.read_bytes()
    query = f"SELECT CAST({TAILS[table]} AS BLOB) FROM {table} WHERE sequence = ?"  # noqa: S608
    with closing(sqlite3.connect(written)) as connection:
        ((row,),) = connection.execute(query, (number,)).fetchall()
    assert content.count(row) == 1
    begin, path = content.index(row), tmp_path / "flipped.db"
    for at in range(begin, begin + len(row), 11):
        flipped = bytearray(content)
        flipped[at] ^= 1 << at % 8
        path.write_bytes(flipped)
        assert bad_row(path, table).sequence == number


@pytest.mark.parametrize("page", [1, 2, 500])
def test_pages_of_any_size_give_all_rows(
    copied: Path, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log, "PAGE", page)
    assert [chain.rows for chain in verified(copied).chains] == [ROWS, ROWS]


def test_a_damaged_cycle_is_named_when_it_is_read(copied: Path) -> None:
    execute(copied, "UPDATE cycles SET payload = X'00' WHERE sequence = 4")
    with closing(open_stores(copied)) as opened:
        read = []
        with pytest.raises(StorageError, match=r"cycle 4 in .*copied.db cannot be read"):
            read += [number for number, _ in opened.stores.audit.cycles()]
        difference = replay(opened.stores.audit).difference
    assert difference is not None
    assert "nothing tells the memory" in difference.what


def test_a_cycle_without_the_one_that_it_builds_on_is_named(copied: Path) -> None:
    execute(copied, "DELETE FROM cycles WHERE sequence = 1")
    with closing(open_stores(copied)) as opened, pytest.raises(StorageError, match="cycle 2"):
        list(opened.stores.audit.cycles())


def test_rows_of_a_server_are_verified_and_named_too(postgresql_stores: OpenedStores) -> None:
    database = postgresql_stores.database
    write_rows(database.name)
    assert verify(postgresql_stores.stores.audit).is_good
    with database.writing() as connection:
        connection.execute(text("UPDATE cycles SET is_keyframe = true WHERE sequence = 2"))
        connection.execute(text("UPDATE events SET subject = 'other' WHERE sequence = 3"))
    events, cycles = verify(postgresql_stores.stores.audit).chains
    assert events.broken == ChainBreak(3, "its content is not what was written")
    assert cycles.broken == ChainBreak(2, "its content is not what was written")


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(st.tuples(st.sampled_from("ec"), st.integers(0, 4)), max_size=8))
def test_any_sequence_of_writes_verifies(tmp_path: Path, steps: list[tuple[str, int]]) -> None:
    path = tmp_path / "any.db"
    path.unlink(missing_ok=True)
    counts = {EVENTS: 0, CYCLES: 0}
    with closing(open_stores(path)) as opened:
        for kind, amount in steps:
            if kind == "e":
                events = [desk_event(str(each)) for each in range(amount)]
                opened.stores.desk.append_events([*events, breaker_event()])
                counts[EVENTS] += amount + 1
            else:
                with opened.database.writing() as connection:
                    append_cycle(connection, "live", recorded())
                counts[CYCLES] += 1
        report = verify(opened.stores.audit)
    assert report.is_good
    assert {chain.log: chain.rows for chain in report.chains} == counts


@pytest.mark.parametrize("server", [False, True])
def test_a_run_on_the_paper_exchange_is_replayed_without_a_difference(
    request: pytest.FixtureRequest, server: bool
) -> None:
    name = "postgresql_stores" if server else "sqlite_stores"
    opened: OpenedStores = request.getfixturevalue(name)
    run = RecordedRun(opened.stores)
    run.play()
    assert any(result.commands for result in run.results)
    report = replay(opened.stores.audit)
    assert (report.cycles, report.equal, report.difference) == (len(run.results),) * 2 + (None,)
    assert report.cycles >= 300
    assert verify(opened.stores.audit).is_good
