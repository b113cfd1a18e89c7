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
    document = run_etrms("restore", str(file), "--yes", "--json").document
    assert Path(document["kept_in"]).parent == home
    listed = run_etrms("breakers", "list", "--json").document
    assert removed.rule_id in [rule["id"] for rule in listed]
    assert "restored" in run_etrms("events", "--json").out


class Terminal(io.StringIO):
    """Standard input that is a terminal."""

    def isatty(self) -> bool:
        return True


def undecodable() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(b"\xff\n"), encoding="utf-8")


@pytest.mark.parametrize(
    "given",
    [Terminal("\n"), Terminal("n\n"), io.StringIO(), io.StringIO("n\n"), undecodable(), None],
)
def test_without_a_yes_nothing_is_restored(
    home: Path,
    file: Path,
    run_etrms: Etrms,
    monkeypatch: pytest.MonkeyPatch,
    given: io.StringIO | None,
) -> None:
    before = sorted(path.name for path in home.iterdir())
    monkeypatch.setattr("sys.stdin", given)
    answer = run_etrms("restore", str(file))
    assert (answer.code, answer.out) == (1, "")
    question, refusal = answer.err.splitlines()
    assert question.startswith(f"Replace the desk in {home} by its state of 20")
    assert refusal == (
        "etrms: nothing was restored, and nothing is changed; answer y, or add --yes"
    )
    assert sorted(path.name for path in home.iterdir()) == before


@pytest.mark.parametrize("given", [Terminal("y\n"), io.StringIO("YES\n")])
def test_a_yes_is_taken_from_standard_input(
    file: Path, run_etrms: Etrms, monkeypatch: pytest.MonkeyPatch, given: io.StringIO
) -> None:
    monkeypatch.setattr("sys.stdin", given)
    assert run_etrms("restore", str(file), "--json").document["file"] == str(file)


def test_who_says_yes_before_is_not_asked(
    file: Path, run_etrms: Etrms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    answer = run_etrms("restore", str(file), "--yes")
    assert (answer.code, answer.err, "lies in" in answer.out) == (0, "", True)


def test_a_folder_that_is_missing_is_named(file: Path, run_etrms: Etrms) -> None:
    answer = run_etrms("backup", str(file.parent / "none" / "desk.zip"))
    assert (answer.code, f"there is no folder {file.parent / 'none'}" in answer.err) == (1, True)
    assert not (file.parent / "none").exists()


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
