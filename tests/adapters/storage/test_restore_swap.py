"""The exchange can be done again at any point."""

from pathlib import Path

import pytest

from etrms_core.adapters.storage.restore_swap import (
    PLAN,
    SwapPlan,
    carry_out,
    decide,
    drop_undecided,
    is_decided,
    prepare_folder,
    restoring_folder,
)
from etrms_core.errors import StorageError

SWAP = SwapPlan("kept", ["a", "b"], ["a", "c"])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home with old a and b, and new a and c in waiting."""
    for name in ("a", "b"):
        (tmp_path / name).write_text("old", encoding="utf-8")
    folder = prepare_folder(tmp_path)
    for name in ("a", "c"):
        (folder / name).write_text("new", encoding="utf-8")
    return tmp_path


def content(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir()) if path.is_file()}


class _StoppedError(Exception):
    pass


def test_old_files_are_kept_and_new_ones_placed(home: Path) -> None:
    decide(home, SWAP)
    assert carry_out(home) == SWAP
    assert content(home) == {"a": "new", "c": "new"}
    assert content(home / "kept") == {"a": "old", "b": "old"}


@pytest.mark.parametrize("stop", range(4))
def test_an_exchange_that_broke_off_is_carried_to_its_end(home: Path, stop: int) -> None:
    decide(home, SWAP)
    told: list[str] = []

    def break_off(step: str) -> None:
        told.append(step)
        if len(told) > stop:
            raise _StoppedError

    with pytest.raises(_StoppedError):
        carry_out(home, break_off)
    carry_out(home)
    assert content(home) == {"a": "new", "c": "new"}
    assert content(home / "kept") == {"a": "old", "b": "old"}


def test_an_undecided_exchange_is_dropped(home: Path) -> None:
    assert not is_decided(home)
    drop_undecided(home)
    assert not restoring_folder(home).exists()
    assert content(home) == {"a": "old", "b": "old"}


def test_a_draft_of_a_plan_decides_nothing(home: Path) -> None:
    (restoring_folder(home) / f"{PLAN}.draft").write_text("{", encoding="utf-8")
    assert not is_decided(home)
    assert list(prepare_folder(home).iterdir()) == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"kept_in": "x"}'])
def test_an_unreadable_plan_says_what_to_do(home: Path, text: str) -> None:
    (restoring_folder(home) / PLAN).write_text(text, encoding="utf-8")
    with pytest.raises(StorageError, match=r"move the folder .* away and restore again"):
        carry_out(home)
    assert content(home) == {"a": "old", "b": "old"}
