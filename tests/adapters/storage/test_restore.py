"""Restoring: the old state or the new one, never anything between."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from etrms_core.adapters.storage import disk_trouble
from etrms_core.adapters.storage.backup_archive import read_manifest
from etrms_core.adapters.storage.restore import (
    plan_swap,
    release_databases,
    require_known_schemas,
    stage_backup,
)
from etrms_core.adapters.storage.restore_swap import carry_out, drop_undecided, is_decided
from etrms_core.errors import DataError, StorageError
from tests.adapters.storage.homes import (
    SCHEMAS,
    START,
    back_up,
    make_home,
    restore,
    state_of,
)

KILLED = """
import sys
from pathlib import Path
from tests.adapters.storage.homes import killed_at, restore
restore(Path(sys.argv[1]), Path(sys.argv[2]), progress=killed_at(int(sys.argv[3])))
"""
# Verified, decided, five files kept, five placed.
STEPS = 12


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return make_home(tmp_path / "home")


@pytest.fixture
def file(home: Path, tmp_path: Path) -> Path:
    """Return a backup of a desk in another state."""
    back_up(make_home(tmp_path / "source", content="new"), tmp_path / "desk.zip")
    return tmp_path / "desk.zip"


def test_a_backup_takes_the_place_of_everything_that_it_covers(home: Path, file: Path) -> None:
    old = state_of(home)
    kept_in = restore(home, file)
    assert state_of(home) == state_of(file.parent / "source")
    assert state_of(kept_in) == old
    assert kept_in.name == "before-restore-20260101T000000Z"
    assert (home / "bars" / "BTCUSDT.parquet").exists()


def test_what_a_backup_does_not_hold_is_gone_afterwards(home: Path, tmp_path: Path) -> None:
    source = make_home(tmp_path / "source", content="new")
    (source / "emergency.journal").unlink()
    (source / "etrms.toml").unlink()
    back_up(source, tmp_path / "desk.zip")
    kept_in = restore(home, tmp_path / "desk.zip")
    assert not (home / "emergency.journal").exists()
    assert not (home / "etrms.toml").exists()
    assert (kept_in / "emergency.journal").exists()


def test_a_second_restoration_in_the_same_second_keeps_both_old_states(
    home: Path, file: Path
) -> None:
    assert restore(home, file).name != restore(home, file).name


def test_an_empty_home_can_be_restored_into(file: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    restore(tmp_path / "empty", file)
    assert state_of(tmp_path / "empty") == state_of(tmp_path / "source")


def test_a_damaged_database_is_moved_away_with_its_log(home: Path, file: Path) -> None:
    (home / "etrms.db").write_bytes(b"no database" * 1_000)
    (home / "etrms.db-wal").write_bytes(b"no log")
    kept_in = restore(home, file)
    assert state_of(home) == state_of(file.parent / "source")
    assert not (home / "etrms.db-wal").exists()
    assert (kept_in / "etrms.db").read_bytes().startswith(b"no database")


def test_a_database_that_another_program_has_open_is_left_alone(home: Path, file: Path) -> None:
    old = state_of(home)
    with closing(sqlite3.connect(home / "paper.db")) as connection:
        connection.execute("SELECT * FROM numbers").fetchone()
        with pytest.raises(StorageError, match=r"paper\.db is open in another program"):
            restore(home, file)
    assert not is_decided(home)
    assert state_of(home) == old
    release_databases(home)


@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_a_restoration_killed_anywhere_leaves_the_old_state_or_ends_in_the_new_one(
    home: Path, file: Path, step: int
) -> None:
    old, new = state_of(home), state_of(file.parent / "source")
    command = [sys.executable, "-c", KILLED, str(home), str(file), str(step)]
    assert subprocess.run(command, check=False).returncode == -9  # noqa: S603
    if is_decided(home):
        kept_in = home / carry_out(home).kept_in
        assert (state_of(home), state_of(kept_in)) == (new, old)
    else:
        drop_undecided(home)
        assert (step, state_of(home)) == (1, old)
    assert not (home / ".restoring").exists()


def test_a_newer_schema_says_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "desk.zip"
    back_up(make_home(tmp_path / "source", revision="0003"), file)
    with pytest.raises(DataError, match=r"newer ETRMS .*etrms\.db is 0003, .* knows 0002.*update"):
        require_known_schemas(read_manifest(file), SCHEMAS, file=file)


def test_a_database_with_another_schema_than_promised_is_refused(
    home: Path, file: Path, tmp_path: Path
) -> None:
    manifest = read_manifest(file)
    manifest.schemas["etrms.db"] = "0001"
    with pytest.raises(DataError, match="the manifest says '0001'"):
        stage_backup(home, file, manifest, SCHEMAS)


def test_too_little_space_is_said_before_anything_is_written(
    home: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_trouble.shutil, "disk_usage", lambda folder: _Usage(1 << 20))
    with pytest.raises(StorageError, match="of free space, has"):
        restore(home, file)
    assert not (home / ".restoring").exists()


def test_the_desks_file_stays_where_a_backup_has_none(home: Path, file: Path) -> None:
    manifest = read_manifest(file)
    assert "etrms.db" in plan_swap(home, manifest, at=START).present
    of_a_server = replace(manifest, has_desk_database=False, members=manifest.members[1:])
    plan = plan_swap(home, of_a_server, at=START)
    assert "etrms.db" not in (*plan.present, *plan.new)


def test_what_opening_a_staged_database_leaves_beside_it_stays_out(home: Path, file: Path) -> None:
    manifest = read_manifest(file)
    (stage_backup(home, file, manifest, SCHEMAS) / "backups").mkdir()
    assert "backups" not in plan_swap(home, manifest, at=START).new


class _Usage:
    def __init__(self, free: int) -> None:
        self.free = free
