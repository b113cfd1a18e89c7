"""Backing up and restoring the home of a real desk."""

import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from etrms_core.adapters.storage.file_lock import FileLock
from etrms_core.adapters.storage.restore_swap import is_decided, restoring_folder
from etrms_core.adapters.storage.stores import open_stores
from etrms_core.bootstrap.backup import (
    back_up,
    describe_backup,
    desk_database_url,
    no_desk_running,
    restore_backup,
    settle_restoration,
)
from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.domain.intents import CancelById, Intent, IntentState, Origin
from etrms_core.errors import ConfigurationError, DataError, EtrmsError, StorageError
from tests.adapters.storage.homes import state_of

START = datetime(2026, 1, 1, tzinfo=UTC)
KILLED = """
import sys
from pathlib import Path
from etrms_core.bootstrap.backup import restore_backup
from tests.adapters.storage.homes import killed_at
restore_backup(Path(sys.argv[1]), Path(sys.argv[2]), progress=killed_at(int(sys.argv[3])))
"""
# Verified, marked, decided, two files kept, two placed.
STEPS = 7


@pytest.fixture(autouse=True)
def _no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ETRMS_DATABASE_URL", raising=False)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home whose desk has one open intent under its first lease."""
    home = tmp_path / "home"
    home.mkdir()
    intent = Intent(
        intent_id="a",
        action=CancelById("paper", ("x",)),
        origin=Origin.PERSON,
        decided_at=START,
        state=IntentState.SENT,
    )
    with closing(open_stores(home / "etrms.db")) as opened:
        lease = opened.stores.lease.take("desk", seen=None)
        assert lease is not None
        opened.stores.intents.add(intent, lease=lease)
    (home / "etrms.toml").write_text("[paper]\nseed = 3\n", encoding="utf-8")
    return home


@pytest.fixture
def file(home: Path, tmp_path: Path) -> Path:
    """Return a backup, after which the desk went on under 20 further leases."""
    file = tmp_path / "desk.zip"
    back_up(home, file)
    (home / "etrms.toml").write_text("[paper]\nseed = 4\n", encoding="utf-8")
    with closing(open_stores(home / "etrms.db")) as opened:
        for _ in range(20):
            opened.stores.lease.take("desk", seen=opened.stores.lease.read())
        event = DeskEvent(START, DeskEventKind.DRILLED, "later", "later")
        opened.stores.desk.append_events([event])
    return file


def test_a_restored_desk_has_given_up_what_was_open_and_outgrown_every_lease(
    home: Path, file: Path
) -> None:
    done = restore_backup(home, file)
    assert done.given_up == 1
    assert (home / "etrms.toml").read_text(encoding="utf-8") == "[paper]\nseed = 3\n"
    with closing(open_stores(home / "etrms.db")) as opened:
        assert opened.stores.intents.open() == ()
        reading = opened.stores.lease.read()
        kinds = [stored.event.kind for stored in opened.stores.desk.events()]
    assert reading is not None
    assert (reading.lease.fence, reading.is_released) == (22, True)
    assert kinds == [DeskEventKind.RESTORED]
    with closing(open_stores(done.kept_in / "etrms.db")) as opened:
        assert len(opened.stores.intents.open()) == 1


def test_a_backup_can_be_taken_while_the_desk_runs_but_not_restored(home: Path, file: Path) -> None:
    lock = FileLock(home / "etrms.lock")
    assert lock.try_acquire()
    old = state_of(home)
    back_up(home, file, overwrite=True)
    with pytest.raises(ConfigurationError, match=r"a desk is running on .* stop it first"):
        restore_backup(home, file)
    assert state_of(home) == old
    lock.release()
    restore_backup(home, file)


def test_a_standby_that_has_the_database_open_keeps_it(home: Path, file: Path) -> None:
    old = state_of(home)
    with closing(open_stores(home / "etrms.db")) as standby:
        standby.stores.lease.read()
        with pytest.raises(StorageError, match="standby"):
            restore_backup(home, file)
    assert state_of(home) == old
    assert not restoring_folder(home).exists()


@pytest.mark.parametrize("cut", [0, 100, -10])
def test_a_damaged_backup_changes_nothing(home: Path, file: Path, cut: int) -> None:
    old = state_of(home)
    file.write_bytes(file.read_bytes()[:cut])
    with pytest.raises(EtrmsError) as refused:
        restore_backup(home, file)
    assert isinstance(refused.value, DataError | StorageError)
    assert state_of(home) == old
    assert not restoring_folder(home).exists()


@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_a_restoration_killed_anywhere_is_settled_at_the_next_start(
    home: Path, file: Path, step: int
) -> None:
    old = state_of(home)
    command = [sys.executable, "-c", KILLED, str(home), str(file), str(step)]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
    assert ended.returncode == -9, ended.stderr
    was_decided = is_decided(home)
    settle_restoration(home)
    assert was_decided == (step > 2)
    if was_decided:
        (kept_in,) = home.glob("before-restore-*")
        assert state_of(kept_in) == old
        with closing(open_stores(home / "etrms.db")) as opened:
            newest = opened.stores.desk.events()[0].event
        assert newest.kind is DeskEventKind.RESTORED
    else:
        assert state_of(home) == old
    assert not restoring_folder(home).exists()


def test_nobody_opens_a_home_into_which_a_backup_is_being_restored(home: Path) -> None:
    restoring_folder(home).mkdir()
    with no_desk_running(home), pytest.raises(StorageError, match="wait until that has ended"):
        settle_restoration(home)
    settle_restoration(home)
    assert not restoring_folder(home).exists()


def test_a_backup_that_does_not_fit_where_the_database_lies_says_what_to_do(
    home: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "paper.db").write_bytes((home / "etrms.db").read_bytes())
    monkeypatch.setenv("ETRMS_DATABASE_URL", "postgresql+psycopg://x@localhost/x")
    assert desk_database_url() is not None
    with pytest.raises(ConfigurationError, match="etrms database copy URL"):
        describe_backup(file)
    manifest = back_up(home, file, overwrite=True)
    assert (manifest.has_desk_database, "etrms.db" in manifest.schemas) == (False, False)
    monkeypatch.delenv("ETRMS_DATABASE_URL")
    with pytest.raises(ConfigurationError, match="set ETRMS_DATABASE_URL"):
        describe_backup(file)
