"""A lock that the system takes back when its holder dies."""

import subprocess
import sys
from pathlib import Path

import pytest

from etrms_core.adapters.storage.file_lock import FileLock
from etrms_core.errors import StorageError

HOLD = "import sys, time; from pathlib import Path\n" + (
    "from etrms_core.adapters.storage.file_lock import FileLock\n"
    "assert FileLock.try_acquire(lock := FileLock(Path(sys.argv[1])))\n"
    "print('held', flush=True); time.sleep(60)"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "etrms.lock"


def test_one_holder_at_a_time_until_it_lets_go(path: Path) -> None:
    first, second = FileLock(path), FileLock(path)
    assert first.try_acquire()
    assert first.try_acquire()
    assert not second.try_acquire()
    second.release()
    assert not second.try_acquire()
    first.release()
    first.release()
    assert second.try_acquire()
    second.release()
    assert path.stat().st_mode & 0o077 == 0


def test_a_killed_process_leaves_no_lock_behind(path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:  # noqa: S603 (our own)
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        lock = FileLock(path)
        assert not lock.try_acquire()
        holder.kill()
        holder.wait(10)
    assert lock.try_acquire()
    lock.release()


def test_a_lock_that_cannot_be_opened_says_what_to_do(tmp_path: Path) -> None:
    wanted = tmp_path / "missing" / "etrms.lock"
    with pytest.raises(StorageError) as caught:
        FileLock(wanted).try_acquire()
    assert str(caught.value).startswith(f"{wanted} cannot be opened (No such file or directory)")
