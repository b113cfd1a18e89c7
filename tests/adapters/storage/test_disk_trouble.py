"""Disk trouble in one sentence."""

import errno
import os
from pathlib import Path

import pytest

from etrms_core.adapters.storage.disk_trouble import (
    disk_errors,
    require_space,
    sync_file,
    sync_folder,
)
from etrms_core.errors import StorageError


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (errno.ENOSPC, "there is no room left for x; free some space"),
        (errno.EDQUOT, "there is no room left for x; free some space"),
        (errno.EIO, "y cannot be read or written (Input/output error)"),
        (errno.EACCES, "y cannot be read or written (Permission denied)"),
    ],
)
def test_each_trouble_names_the_file(code: int, sentence: str) -> None:
    with pytest.raises(StorageError) as trouble, disk_errors(Path("x")):
        raise OSError(code, os.strerror(code), "y")
    assert str(trouble.value) == sentence


def test_a_disk_without_room_is_refused_with_both_figures(tmp_path: Path) -> None:
    require_space(tmp_path, bytes_needed=1)
    with pytest.raises(StorageError, match=r"needs 1,048,576,000\.0 MiB of free space, has"):
        require_space(tmp_path, bytes_needed=1_048_576_000 << 20)


def test_files_and_folders_can_be_synchronised(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    sync_file(tmp_path / "file")
    sync_folder(tmp_path)
