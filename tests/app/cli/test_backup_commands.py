"""Backup, restore and database copy from the command line."""

import io
from pathlib import Path

import pytest

from etrms_core.bootstrap import open_desk
from tests.app.cli.conftest import Etrms


@pytest.fixture
def file(home: Path, run_etrms: Etrms, tmp_path: Path) -> Path:
    """Return a backup of a new desk."""
    open_desk(home).close()
    (home / "bars").mkdir()
    assert run_etrms("backup", str(tmp_path / "desk.zip")).code == 0
    return tmp_path / "desk.zip"


def test_a_backup_says_what_it_holds_and_what_not(file: Path, run_etrms: Etrms) -> None:
    document = run_etrms("backup", str(file), "--overwrite", "--json").document
    assert document["members"][0] == "etrms.db"
    assert document["left_out"] == ["bars"]
    answer = run_etrms("backup", str(file), "--overwrite")
    assert "Left out: bars" in answer.out


def test_a_file_that_exists_is_kept(file: Path, run_etrms: Etrms) -> None:
    answer = run_etrms("backup", str(file))
    assert (answer.code, "--overwrite" in answer.err) == (1, True)


def test_a_home_without_a_desk_stays_without_one(
    home: Path, run_etrms: Etrms, tmp_path: Path
) -> None:
    answer = run_etrms("backup", str(tmp_path / "desk.zip"))
    assert (answer.code, "there is no desk" in answer.err) == (1, True)
    assert not home.exists()


def test_a_deleted_rule_comes_back(home: Path, file: Path, run_etrms: Etrms) -> None:
    desk = open_desk(home)
    removed = desk.breakers.remove(desk.breakers.all()[0].rule_id)
    desk.close()
    document = run_etrms("restore", str(file), "--json").document
    assert Path(document["kept_in"]).parent == home
    listed = run_etrms("breakers", "list", "--json").document
    assert removed.rule_id in [rule["id"] for rule in listed]
    assert "restored" in run_etrms("events", "--json").out


def test_a_terminal_is_asked_first(
    file: Path, run_etrms: Etrms, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal("\n"))
    answer = run_etrms("restore", str(file))
    assert (answer.code, "nothing was restored" in answer.err) == (1, True)
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    assert run_etrms("restore", str(file)).code == 0
    monkeypatch.setattr("sys.stdin", Terminal())
    assert "lies in" in run_etrms("restore", str(file), "--yes").out


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_backup_is_refused_in_one_line(
    run_etrms: Etrms, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    answer = run_etrms("restore", str(tmp_path / "x.zip"))
    assert (answer.code, answer.out, len(answer.err.splitlines())) == (1, "", 1)
    assert "x.zip" in answer.err


def test_a_copy_goes_to_postgresql_only(file: Path, run_etrms: Etrms) -> None:
    answer = run_etrms("database", "copy", "sqlite:///x.db")
    assert (answer.code, "postgresql" in answer.err) == (1, True)
