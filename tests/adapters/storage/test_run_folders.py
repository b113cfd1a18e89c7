"""Results that are put aside, brought back and purged."""

from pathlib import Path

import pytest

from etrms_core.adapters.storage.run_folders import HomeRunFolders
from etrms_core.errors import StorageError


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for place in ("runs/abc-123", "jobs/abc-123"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "file").write_text("x")
    return tmp_path


def test_what_is_put_aside_comes_back_whole(home: Path) -> None:
    folders = HomeRunFolders(home)
    folders.put_aside("abc-123")
    assert not (home / "runs" / "abc-123").exists()
    folders.bring_back("abc-123")
    assert (home / "runs" / "abc-123" / "file").read_text() == "x"


def test_purging_leaves_nothing_and_can_be_repeated(home: Path) -> None:
    folders = HomeRunFolders(home)
    folders.put_aside("abc-123")
    for _ in range(2):
        folders.purge("abc-123")
    assert [path for path in home.rglob("*") if path.is_file()] == []


def test_a_run_without_results_is_put_aside_all_the_same(home: Path) -> None:
    HomeRunFolders(home).put_aside("abc-999")
    HomeRunFolders(home).bring_back("abc-999")


def test_trouble_with_the_disk_is_told(home: Path) -> None:
    (home / "runs" / ".deleted").write_text("a file")
    with pytest.raises(StorageError):
        HomeRunFolders(home).put_aside("abc-123")
