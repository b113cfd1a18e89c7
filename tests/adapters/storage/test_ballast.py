"""Room that is kept for a start on a full disk."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from etrms_core.adapters.storage.ballast import ROOMY_TIMES, Ballast

SIZE = 4_096


class Disk:
    """What the disk says it has left."""

    def __init__(self, free: int) -> None:
        self.free = free

    def disk_usage(self, _folder: Path) -> "Disk":
        return self


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk = Disk(free=ROOMY_TIMES * SIZE)
    monkeypatch.setattr(shutil, "disk_usage", disk.disk_usage)
    return disk


def test_room_is_taken_where_there_is_plenty_and_given_up_when_there_is_none(
    tmp_path: Path, disk: Disk
) -> None:
    path = tmp_path / "ballast"
    kept = Ballast(path, size=SIZE)
    kept.take()
    assert (path.stat().st_size, path.stat().st_mode & 0o777) == (SIZE, 0o600)
    assert not kept.drop_when_full()
    assert path.exists()
    disk.free = SIZE - 1
    assert kept.drop_when_full()
    assert not path.exists()
    assert not kept.drop_when_full()


def test_a_small_disk_keeps_no_room(tmp_path: Path, disk: Disk) -> None:
    disk.free = ROOMY_TIMES * SIZE - 1
    Ballast(tmp_path / "ballast", size=SIZE).take()
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_refuses_is_left_alone(
    tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_descriptor: int) -> None:
        raise OSError(errno.EIO, "the disk fails")

    monkeypatch.setattr(os, "fsync", refuse)
    Ballast(tmp_path / "ballast", size=SIZE).take()
    assert disk.free == ROOMY_TIMES * SIZE
