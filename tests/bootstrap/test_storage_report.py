"""Where the desk keeps what it knows, and its backups."""

from pathlib import Path

import pytest

from etrms_core.bootstrap import open_desk
from etrms_core.bootstrap.storage_report import (
    back_up_now,
    kept_backups,
    measure_tables,
    storage_report,
)
from etrms_core.errors import StorageError


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    open_desk(folder).close()
    return folder


def test_places_and_sizes_are_told(home: Path) -> None:
    report = storage_report(home)
    assert report.home == home.resolve()
    assert report.database == str(home.resolve() / "etrms.db")
    assert report.files["etrms.db"] >= (home / "etrms.db").stat().st_size > 0
    assert report.files["paper.db"] == 0
    assert report.free_bytes > 0


def test_a_server_is_named_without_its_password(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ETRMS_DATABASE_URL", "postgresql://ada:secret@db.example.com/desk")
    database = storage_report(home).database
    assert "db.example.com/desk" in database
    assert "secret" not in database


def test_a_backup_lies_in_its_folder_closed_to_others(home: Path) -> None:
    assert kept_backups(home) == ()
    steps: list[str] = []
    kept = back_up_now(home, steps.append)
    assert kept.path.parent == home / "backups"
    assert kept.path.stat().st_mode & 0o077 == (home / "backups").stat().st_mode & 0o077 == 0
    assert "in place" in steps
    (home / "backups" / "notes.txt").write_text("no backup", encoding="utf-8")
    assert kept_backups(home) == (kept,)
    assert kept.bytes_used == kept.path.stat().st_size


def test_a_home_without_a_desk_has_nothing_to_back_up(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no desk"):
        back_up_now(tmp_path)


def test_tables_are_measured_while_the_desk_is_open(home: Path) -> None:
    desk = open_desk(home)
    desk.owner.create("ada", "anchor velvet comet ladder")
    sizes = {each.name: each for each in measure_tables(home)}
    desk.close()
    assert sizes["owner"].rows == 1
    assert (sizes["owner"].bytes_used or 0) > 0
