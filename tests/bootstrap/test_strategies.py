"""Strategies to choose from."""

import sys
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from etrms_core.backtest.strategies import BUILT_IN
from etrms_core.backtest.strategies.description import StrategyDescription
from etrms_core.bootstrap.strategies import (
    STILL_READING,
    BackgroundReader,
    describe_strategies,
)
from etrms_core.bootstrap.strategy_process import described
from etrms_core.errors import StorageError

TEMPLATE = Path(__file__).parents[2] / "data" / "samples" / "strategies" / "template.py"
PATIENCE = 60.0


class SlowReader:
    """Describe a folder when it is told to, and count how often it was asked."""

    def __init__(self) -> None:
        self.may_go = Event()
        self.asked = 0

    def read(self, folder: Path) -> tuple[StrategyDescription, ...]:
        self.asked += 1
        self.may_go.wait(PATIENCE)
        files = sorted(folder.glob("*.py"))
        return tuple(StrategyDescription(path.stem, "Read", is_own=True) for path in files)


def test_the_users_own_come_after_the_built_in_ones(tmp_path: Path) -> None:
    (tmp_path / "my_breakout.py").write_bytes(TEMPLATE.read_bytes())
    found = describe_strategies(tmp_path, patience_seconds=PATIENCE)
    assert [each.name for each in found] == [*BUILT_IN, "my_breakout"]
    assert not any(each.error for each in found)
    assert [each.is_own for each in found] == [False] * len(BUILT_IN) + [True]
    assert found[-1].parameters["window"].high == 2_000


def test_code_of_the_user_never_runs_in_this_process(tmp_path: Path) -> None:
    source = "import sys\nsys.was_here = True\ndef signals(bars): ...\n"
    (tmp_path / "mine.py").write_text(source, encoding="utf-8")
    assert describe_strategies(tmp_path, patience_seconds=PATIENCE)[-1].error == ""
    assert not hasattr(sys, "was_here")


@pytest.mark.parametrize(
    ("name", "source", "error"),
    [
        ("mine", "def signals(bars): ...", ""),
        ("mine", "1 / 0", "mine.py, line 1: ZeroDivisionError: division by zero"),
        ("donchian", "", "donchian.py has the name of a built-in strategy; rename it"),
    ],
)
def test_a_file_is_described_or_says_what_is_wrong(
    tmp_path: Path, name: str, source: str, error: str
) -> None:
    path = tmp_path / f"{name}.py"
    path.write_text(source, encoding="utf-8")
    found = described(path)
    assert (found.name, found.error, found.is_own) == (name, error, True)


def test_a_page_does_not_wait_for_a_file_that_takes_long(tmp_path: Path) -> None:
    (tmp_path / "mine.py").touch()
    slow = SlowReader()
    background = BackgroundReader(slow.read)
    before = monotonic()
    (pending,) = background.describe(tmp_path, patience_seconds=0.05)
    assert monotonic() - before < 5.0
    assert (pending.name, pending.error, pending.is_own) == ("mine", STILL_READING, True)
    slow.may_go.set()
    for _ in range(3):
        (found,) = background.describe(tmp_path, patience_seconds=PATIENCE)
        assert (found.title, found.error) == ("Read", "")
    assert slow.asked == 1


def test_a_file_that_changed_came_or_went_is_read_again(tmp_path: Path) -> None:
    slow = SlowReader()
    slow.may_go.set()
    background = BackgroundReader(slow.read)
    assert background.describe(tmp_path, patience_seconds=PATIENCE) == ()
    (tmp_path / "mine.py").touch()
    background.describe(tmp_path, patience_seconds=PATIENCE)
    (tmp_path / "mine.py").write_text("# changed")
    background.describe(tmp_path, patience_seconds=PATIENCE)
    (tmp_path / "other.py").symlink_to(tmp_path / "nowhere.py")
    assert len(background.describe(tmp_path, patience_seconds=PATIENCE)) == 2
    assert slow.asked == 3


def test_a_reader_that_fails_leaves_nobody_waiting(tmp_path: Path) -> None:
    def fails(_: Path) -> tuple[StrategyDescription, ...]:
        raise StorageError("no process can be started")

    (tmp_path / "mine.py").touch()
    (found,) = BackgroundReader(fails).describe(tmp_path, patience_seconds=PATIENCE)
    assert (found.name, found.error) == ("mine", "no process can be started")
