"""Packing a home folder while others write."""

import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest

from etrms_core.adapters.storage import disk_trouble
from etrms_core.adapters.storage.backup_archive import read_manifest
from etrms_core.errors import StorageError
from tests.adapters.storage.homes import back_up, make_home, restore, state_of

KILLED = """
import sys
from pathlib import Path
from tests.adapters.storage.homes import back_up, killed_at
back_up(Path(sys.argv[1]), Path(sys.argv[2]), overwrite=True, progress=killed_at(int(sys.argv[3])))
"""
FILE_LIMIT = """
import resource, signal, sys
from pathlib import Path
from etrms_core.errors import StorageError
from tests.adapters.storage.homes import back_up
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    back_up(Path(sys.argv[1]), Path(sys.argv[2]), overwrite=True)
except StorageError as error:
    print(error)
"""
STEPS = ["copied etrms.db", "copied paper.db", "packed etrms.db", "packed paper.db", "packed"]


def run(program: str, *arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return make_home(tmp_path / "home")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "backups").mkdir()
    return tmp_path / "backups" / "desk.zip"


@pytest.fixture
def writer(home: Path) -> Iterator[Event]:
    """Write to the desk's database all the time, two rows of equal text in each transaction."""
    stopped, begun = Event(), Event()

    def write() -> None:
        with closing(sqlite3.connect(home / "etrms.db", isolation_level=None)) as connection:
            # So large that a copy in steps would be overtaken by the next transaction for ever.
            filling = [(number, "x" * 1_000) for number in range(-4_000, 0)]
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO numbers VALUES (?, ?)", filling)
            connection.execute("COMMIT")
            number = 1_000
            while not stopped.is_set():
                pair = [(number, str(number)), (number + 1, str(number))]
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany("INSERT INTO numbers VALUES (?, ?)", pair)
                connection.execute("COMMIT")
                number += 2
                begun.set()

    thread = Thread(target=write)
    thread.start()
    begun.wait()
    yield begun
    stopped.set()
    thread.join()


def test_a_backup_says_what_it_holds_and_what_it_left_out(home: Path, file: Path) -> None:
    manifest = back_up(home, file)
    assert read_manifest(file) == manifest
    assert [member.name for member in manifest.members] == [
        "etrms.db",
        "paper.db",
        "etrms.toml",
        "emergency.journal",
        "strategies/mine/cross.py",
    ]
    assert manifest.schemas == {"etrms.db": "0002", "paper.db": "0002"}
    assert manifest.left_out == ("bars",)


def test_what_exists_only_while_a_desk_runs_is_not_named(home: Path, file: Path) -> None:
    for name in ("desk-1.sock", "etrms.lock"):
        (home / name).touch()
    assert back_up(home, file).left_out == ("bars",)


def test_only_the_owner_can_read_a_backup_and_nothing_else_is_left(home: Path, file: Path) -> None:
    back_up(home, file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_a_restored_backup_is_equal_by_row_hash(home: Path, file: Path, tmp_path: Path) -> None:
    back_up(home, file)
    other = tmp_path / "other"
    other.mkdir()
    restore(other, file)
    assert state_of(other) == state_of(home)


def test_a_backup_under_a_constant_writer_holds_whole_transactions(
    home: Path, file: Path, tmp_path: Path, writer: Event
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for _ in range(3):
        writer.clear()
        assert writer.wait(5.0)
        back_up(home, file, overwrite=True)
    restore(other, file)
    with closing(sqlite3.connect(other / "etrms.db")) as connection:
        written = connection.execute(
            "SELECT text, count(*) FROM numbers WHERE number >= 1000 GROUP BY text"
        )
        counts = {count for _, count in written}
        newest = connection.execute("SELECT max(number) FROM numbers").fetchone()[0]
    assert counts == {2}
    with closing(sqlite3.connect(home / "etrms.db")) as connection:
        connection.execute(
            "CREATE TEMP TABLE expected AS SELECT * FROM numbers WHERE number <= ?", (newest,)
        )
        expected = connection.execute("SELECT * FROM expected ORDER BY number").fetchall()
    with closing(sqlite3.connect(other / "etrms.db")) as connection:
        assert connection.execute("SELECT * FROM numbers ORDER BY number").fetchall() == expected


def test_an_existing_file_is_kept_unless_it_may_be_overwritten(home: Path, file: Path) -> None:
    file.write_bytes(b"mine")
    with pytest.raises(StorageError, match="exists; choose another name, or add --overwrite"):
        back_up(home, file)
    assert file.read_bytes() == b"mine"
    back_up(home, file, overwrite=True)
    assert zipfile.is_zipfile(file)


def test_a_folder_that_is_missing_is_named_and_not_made(home: Path, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"there is no folder .*/nowhere/deep; make it"):
        back_up(home, tmp_path / "nowhere" / "deep" / "desk.zip")
    assert not (tmp_path / "nowhere").exists()


def test_a_home_without_a_desk_is_named_and_stays_empty(tmp_path: Path, file: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(StorageError, match=r"there is no desk in .*empty"):
        back_up(tmp_path / "empty", file)
    assert list((tmp_path / "empty").iterdir()) == []
    assert not file.exists()


def test_a_damaged_database_is_not_packed(home: Path, file: Path) -> None:
    back_up(home, file)
    content = bytearray((home / "paper.db").read_bytes())
    content[5_000:9_000] = b"\xff" * 4_000
    (home / "paper.db").write_bytes(content)
    before = file.read_bytes()
    with pytest.raises(StorageError, match=r"paper\.db is damaged"):
        back_up(home, file, overwrite=True)
    assert file.read_bytes() == before


def test_links_and_compiled_files_stay_out(home: Path, file: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (home / "strategies" / "link.py").symlink_to(tmp_path / "secret")
    (home / "strategies" / "__pycache__").mkdir()
    (home / "strategies" / "__pycache__" / "cross.pyc").write_bytes(b"compiled")
    names = [member.name for member in back_up(home, file).members]
    assert [name for name in names if name.startswith("strategies")] == ["strategies/mine/cross.py"]


def test_a_strategy_that_could_not_be_restored_is_named(home: Path, file: Path) -> None:
    (home / "strategies" / "a\\b.py").write_text("", encoding="utf-8")
    with pytest.raises(StorageError, match="cannot hold; rename it"):
        back_up(home, file)


@pytest.mark.parametrize("step", range(1, len(STEPS) + 1), ids=STEPS)
def test_a_killed_backup_leaves_the_old_one_and_the_next_one_works(
    home: Path, file: Path, step: int
) -> None:
    back_up(home, file)
    before, state = file.read_bytes(), state_of(home)
    assert run(KILLED, home, file, step).returncode == -9
    assert file.read_bytes() == before
    assert state_of(home) == state
    back_up(home, file, overwrite=True)
    assert list(file.parent.iterdir()) == [file]


def test_too_little_space_is_said_before_anything_is_written(
    home: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_trouble.shutil, "disk_usage", lambda folder: _Usage(1 << 20))
    with pytest.raises(StorageError, match=r"needs [0-9.]+ MiB of free space, has 1\.0 MiB"):
        back_up(home, file)
    assert list(file.parent.iterdir()) == []


class _Usage:
    def __init__(self, free: int) -> None:
        self.free = free


@pytest.mark.parametrize("limit", [0, 1_000, 12_000, 17_000])
def test_a_disk_that_fills_up_is_said_clearly(home: Path, file: Path, limit: int) -> None:
    back_up(home, file)
    before = file.read_bytes()
    answer = run(FILE_LIMIT, home, file, limit)
    assert answer.returncode == 0, answer.stderr
    assert "free some space" in answer.stdout or "disk" in answer.stdout, answer.stdout
    assert len(answer.stdout.splitlines()) == 1
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]
