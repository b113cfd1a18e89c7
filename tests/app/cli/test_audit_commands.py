"""The audit from the command line."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from etrms_core.bootstrap import open_desk
from tests.app.cli.conftest import Etrms


@pytest.fixture
def database(home: Path) -> Path:
    """Run three cycles and return the desk's database."""
    desk = open_desk(home)
    for _ in range(3):
        desk.refresh()
    desk.close()
    return home / "etrms.db"


def execute(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def test_a_good_log_is_verified_and_replayed(database: Path, run_etrms: Etrms) -> None:
    answer = run_etrms("audit", "verify", "--json")
    assert (answer.code, answer.err, answer.document["is_good"]) == (0, "", True)
    logs = {each["log"]: each for each in answer.document["logs"]}
    assert logs["cycles"]["rows"] == logs["cycles"]["last"] == 3
    assert (logs["events"]["first_bad"], len(logs["events"]["last_hash"])) == (None, 64)
    answer = run_etrms("audit", "replay", "--json")
    assert (answer.code, answer.document) == (
        0,
        {"run_id": "live", "is_good": True, "cycles": 3, "equal": 3, "first_difference": None},
    )


def test_people_get_tables_and_sentences(database: Path, run_etrms: Etrms) -> None:
    answer = run_etrms("audit", "verify")
    assert answer.code == 0
    assert "events" in answer.out
    assert "cycles" in answer.out
    assert run_etrms("audit", "replay").out == "3 of 3 recorded cycles came out the same.\n"


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_changed_row_is_named_in_one_line(
    database: Path, run_etrms: Etrms, options: tuple[str, ...]
) -> None:
    execute(database, "UPDATE events SET subject = 'other' WHERE sequence = 1")
    answer = run_etrms("audit", "verify", *options)
    assert answer.code == 1
    assert answer.err == "etrms: events row 1: its content is not what was written\n"
    if options:
        (bad,) = [each["first_bad"] for each in answer.document["logs"] if each["first_bad"]]
        assert bad == {"number": 1, "reason": "its content is not what was written"}


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_decision_that_comes_out_different_is_named_in_one_line(
    database: Path, run_etrms: Etrms, options: tuple[str, ...]
) -> None:
    execute(database, "UPDATE cycles SET decision_hash = 'x' WHERE sequence = 2")
    answer = run_etrms("audit", "replay", *options)
    assert answer.code == 1
    assert answer.err.startswith("etrms: cycle 2 of 20")
    assert answer.err.endswith(": the decision is not the same\n")
    if options:
        assert answer.document["first_difference"]["number"] == 2
        assert (answer.document["cycles"], answer.document["equal"]) == (3, 2)


def test_a_cycle_that_cannot_be_read_is_named_in_one_line(database: Path, run_etrms: Etrms) -> None:
    execute(database, "UPDATE cycles SET payload = X'00' WHERE sequence = 2")
    answer = run_etrms("audit", "replay")
    assert answer.code == 1
    assert answer.err == f"etrms: cycle 2 in {database} cannot be read: its payload is cut off\n"


@pytest.mark.parametrize(
    ("statement", "command", "line"),
    [
        (
            "UPDATE events SET document = CAST(X'c328ff1b' AS TEXT) WHERE sequence = 1",
            "verify",
            "events row 1: it cannot be read: its document is no text",
        ),
        (
            "UPDATE cycles SET payload = CAST(X'c328ff1b' AS TEXT) WHERE sequence = 2",
            "verify",
            "cycles row 2: it cannot be read: its payload is no text",
        ),
        (
            "UPDATE cycles SET payload = CAST(X'c328ff1b' AS TEXT) WHERE sequence = 2",
            "replay",
            "cycle 2: its payload is no text",
        ),
        (
            "UPDATE chains SET head_hash = CAST(X'c328ff1b' AS TEXT)",
            "verify",
            "where the log of events ends cannot be read: its head_hash is no text",
        ),
    ],
)
def test_bytes_that_are_no_text_are_described_and_not_printed(
    database: Path, run_etrms: Etrms, statement: str, command: str, line: str
) -> None:
    execute(database, statement)
    answer = run_etrms("audit", command)
    assert (answer.code, answer.err) == (1, f"etrms: {line}\n")


def test_a_desk_that_never_ran_has_nothing_to_find(home: Path, run_etrms: Etrms) -> None:
    assert run_etrms("audit", "verify").code == 0
    assert run_etrms("audit", "replay", "--json").document["cycles"] == 0
