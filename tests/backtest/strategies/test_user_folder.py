"""Where strategies of the user's own come from, and from nowhere else."""

from pathlib import Path

import pytest

from etrms_core.backtest.strategies import BUILT_IN
from etrms_core.backtest.strategies.finding import find_strategy
from etrms_core.backtest.strategies.user_folder import (
    LARGEST_FILE,
    strategy_files,
    strategy_source,
)
from etrms_core.errors import ConfigurationError

SOURCE = "def signals(bars):\n    return bars[[]].assign(target=1.0)\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "strategies"
    place.mkdir()
    (place / "mine.py").write_text(SOURCE, encoding="utf-8")
    return place


def test_a_file_is_found_by_its_name(folder: Path) -> None:
    assert find_strategy("mine", folder).name == "mine"
    assert strategy_source("mine", folder) == (folder / "mine.py", SOURCE)


def test_only_python_files_that_are_no_parts_are_strategies(folder: Path) -> None:
    for name in ("_shared.py", ".hidden.py", "notes.txt", "also.py"):
        (folder / name).write_text("", encoding="utf-8")
    assert [path.name for path in strategy_files(folder)] == ["also.py", "mine.py"]
    assert strategy_files(folder / "missing") == []


def test_a_name_that_nothing_has_comes_with_close_ones(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="was 'mime'; close to it: mine"):
        find_strategy("mime", folder)
    with pytest.raises(ConfigurationError) as caught:
        find_strategy("sma_crss")
    assert str(caught.value) == (
        "strategy.name: is no strategy, was 'sma_crss'; close to it: sma_cross, ema_cross"
    )


def test_a_file_never_stands_for_a_built_in_strategy(folder: Path) -> None:
    (folder / "sma_cross.py").write_text("raise RuntimeError('never run')", encoding="utf-8")
    assert find_strategy("sma_cross", folder) is BUILT_IN["sma_cross"]
    with pytest.raises(ConfigurationError, match=r"sma_cross\.py has the name of a built-in"):
        strategy_source("sma_cross", folder)


@pytest.mark.parametrize(
    "name", ["../mine", "/etc/passwd", "a/b", "Mine", "1st", "", "mine.py", "m\n", "x" * 65, "é"]
)
def test_a_name_is_never_a_way_to_another_place(folder: Path, name: str) -> None:
    with pytest.raises(ConfigurationError):
        find_strategy(name, folder)
    with pytest.raises(ConfigurationError, match="is a small letter, then"):
        strategy_source(name, folder)


def test_a_link_out_of_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    outside.write_text("raise RuntimeError('never run')", encoding="utf-8")
    (folder / "linked.py").symlink_to(outside)
    with pytest.raises(ConfigurationError, match=r"linked\.py is no file in .* itself, or a link"):
        find_strategy("linked", folder)


def test_a_link_within_the_folder_and_a_linked_folder_are_fine(
    folder: Path, tmp_path: Path
) -> None:
    (folder / "again.py").symlink_to(folder / "mine.py")
    (tmp_path / "elsewhere").symlink_to(folder)
    assert find_strategy("again", tmp_path / "elsewhere").name == "again"


@pytest.mark.parametrize("kind", ["folder", "loop", "dangling", "large", "binary"])
def test_what_is_no_readable_file_says_so(folder: Path, tmp_path: Path, kind: str) -> None:
    path = folder / "odd.py"
    match kind:
        case "folder":
            path.mkdir()
        case "loop":
            path.symlink_to(path)
        case "dangling":
            path.symlink_to(tmp_path / "nowhere.py")
        case "large":
            path.write_text("#" * (LARGEST_FILE + 1), encoding="utf-8")
        case _:
            path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match=r"strategy.name: odd\.py (is|cannot)"):
        find_strategy("odd", folder)
