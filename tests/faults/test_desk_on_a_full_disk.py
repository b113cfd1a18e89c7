"""On a full disk the kill switch works, with a running desk and with none, and a desk starts."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.disks import fill, make_room, small_disk
from tests.faults.live_desk import wait_for
from tests.faults.test_kill_switch_in_time import (
    ROOT,
    environment,
    etrms,
    prepare_paper_home,
    running_monitor,
    stored_positions,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    venue = tmp_path / "venue"
    prepare_paper_home(venue)
    with small_disk(tmp_path / "disk", mebibytes=96) as disk:
        folder = disk / "home"
        folder.mkdir()
        shutil.copy(venue / "etrms.toml", folder)
        # The venue is not on the trader's disk.
        (folder / "paper.db").symlink_to(venue / "paper.db")
        yield folder


def kill(home: Path) -> dict[str, object]:
    answer = etrms(home, "kill-switch", "--flatten", "--reason", "the disk is full", "--json")
    assert answer.returncode == 0, answer.stderr
    document: dict[str, object] = json.loads(answer.stdout)
    return document


def states(home: Path) -> list[str]:
    status = json.loads(etrms(home, "status", "--json").stdout)
    return [each["state"] for each in status["restrictions"]]


def test_the_running_desk_is_told_without_the_disk(home: Path) -> None:
    with running_monitor(home):
        wait_for(lambda: stored_positions(home) == 1, seconds=30.0)
        fill(home.parent)
        assert kill(home) == {
            "halted": True,
            "done": True,
            "acted": "the running desk",
            "open_positions": 0,
            "open_entry_orders": 0,
        }
        make_room(home.parent)
    # The next desk merges the journal: the halt is on the record.
    with running_monitor(home):
        wait_for(lambda: states(home) == ["HALTED"], seconds=30.0)


def test_with_no_desk_the_room_that_was_kept_is_used(home: Path) -> None:
    with running_monitor(home):
        wait_for(lambda: stored_positions(home) == 1, seconds=30.0)
    fill(home.parent)
    assert kill(home)["acted"] == "this process"
    assert not (home / "ballast").exists()


def test_a_desk_starts_on_a_full_disk_and_guards(home: Path) -> None:
    with running_monitor(home):
        wait_for(lambda: stored_positions(home) == 1, seconds=30.0)
    fill(home.parent)
    with subprocess.Popen(
        [sys.executable, "-m", "app.cli", "monitor"],
        cwd=ROOT,
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as monitor:
        assert monitor.stdout is not None
        said = ""
        for line in monitor.stdout:
            said += line
            if "active" in line:
                break
        assert "the room that was kept" in said
        assert kill(home)["acted"] == "the running desk"
        monitor.terminate()
        monitor.stdout.read()
