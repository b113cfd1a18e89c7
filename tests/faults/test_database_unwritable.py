"""A database that takes nothing: an alarm, a journal, and nothing lost or twice afterwards."""

import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from etrms_core.adapters.storage.stores import open_stores
from etrms_core.domain.events import DeskEventKind
from etrms_core.engine.hash_chain import AuditLogName
from etrms_core.engine.memory_document import memory_hash
from etrms_core.services.audit import verify

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
TROUBLE = ["save", "save", "limit", "save", "save", "save"]


class Told:
    """What the processes of one home acknowledged."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.names: list[str] = []
        self.last_hash = ""
        self.was_in_trouble: list[bool] = []

    def run(self, *words: str, ends_by: int = 0) -> None:
        """Run a process through these words; it ends by itself or by this signal."""
        command = [sys.executable, "-m", "tests.doubles.troubled_desk", str(self.home), *words]
        done = subprocess.run(  # noqa: S603 (our own program and words)
            command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == -ends_by, done.stderr
        for line in done.stdout.splitlines():
            if line.startswith("cycle "):
                _, name, self.last_hash, in_trouble = line.split()
                self.names.append(name)
                self.was_in_trouble.append(in_trouble == "True")


def assert_all_is_stored_once(told: Told) -> None:
    """Check every event, every intent, the memory and both chains."""
    with closing(open_stores(told.home / "etrms.db")) as opened:
        stores = opened.stores
        changed = stores.desk.events(kinds=[DeskEventKind.POSITION_CHANGED], limit=1_000)
        subjects = [getattr(each.event, "subject", "") for each in reversed(changed)]
        assert subjects == told.names
        assert [each.intent_id for each in stores.intents.open()] == told.names
        assert memory_hash(stores.desk.load_memory()) == told.last_hash
        assert verify(stores.audit).is_good
        assert stores.audit.head(AuditLogName.EVENTS).sequence >= len(told.names)
        assert len(stores.desk.events(kinds=[DeskEventKind.JOURNAL_MERGED])) == 1


def test_a_full_disk_costs_nothing_and_is_merged_when_there_is_room_again(tmp_path: Path) -> None:
    told = Told(tmp_path)
    told.run(*TROUBLE, "free", "wait", "save")
    assert told.was_in_trouble == [False, False, True, True, True, False]
    assert_all_is_stored_once(told)


def test_a_full_disk_stays_trouble_while_it_is_full(tmp_path: Path) -> None:
    told = Told(tmp_path)
    told.run(*TROUBLE, "free", "save")
    assert told.was_in_trouble[-1]
    told.run()
    assert_all_is_stored_once(told)


@pytest.mark.parametrize(
    "ending",
    [
        ["die"],
        ["free", "wait", "die at merge", "save"],
        ["free", "wait", "die at clear", "save"],
    ],
    ids=["after journaling", "before merging", "between merging and clearing"],
)
def test_a_process_killed_in_trouble_loses_nothing(tmp_path: Path, ending: list[str]) -> None:
    told = Told(tmp_path)
    told.run(*TROUBLE, *ending, ends_by=signal.SIGKILL)
    assert told.was_in_trouble == [False, False, True, True, True]
    told.run()
    assert_all_is_stored_once(told)
    told.run("save")
    assert_all_is_stored_once(told)
