"""A run's folder: whole or absent; other people's files stay."""

from pathlib import Path

import pytest

from etrms_core.backtest.run_folder import require_place, whole_folder
from etrms_core.errors import StorageError


def written(directory: Path, text: str, *, replace: bool = False) -> None:
    with whole_folder(directory, replace=replace) as folder:
        (folder / "bundle.toml").write_text(text)


def broken_off(directory: Path) -> None:
    with whole_folder(directory, replace=True) as folder:
        (folder / "bundle.toml").write_text("new")
        raise OSError("disk is full")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "a" / "run") as folder:
        (folder / "bundle.toml").write_text("x")
        assert not (tmp_path / "a" / "run").exists()
    assert names(tmp_path / "a") == ["run"]
    assert (tmp_path / "a" / "run" / "bundle.toml").read_text() == "x"


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    written(tmp_path / "run", "x")
    assert names(tmp_path / "run") == ["bundle.toml"]


@pytest.mark.parametrize("before", ["", "old"])
def test_an_error_in_the_middle_leaves_what_was_there(tmp_path: Path, before: str) -> None:
    run = tmp_path / "run"
    if before:
        written(run, before)
    with pytest.raises(OSError, match="disk"):
        broken_off(run)
    assert names(tmp_path) == (["run"] if before else [])
    if before:
        assert (run / "bundle.toml").read_text() == before


def test_another_run_gives_way_only_when_asked_to(tmp_path: Path) -> None:
    run = tmp_path / "run"
    written(run, "old")
    (run / "result.json").write_text("{}")
    with pytest.raises(StorageError, match="holds a run already; --force replaces it"):
        written(run, "new")
    assert (run / "bundle.toml").read_text() == "old"
    written(run, "new", replace=True)
    assert (names(run), (run / "bundle.toml").read_text()) == (["bundle.toml"], "new")
    assert names(tmp_path) == ["run"]


def test_what_is_no_run_is_never_replaced(tmp_path: Path) -> None:
    for name, files in (("notes", ["diary.txt"]), ("home", ["bundle.toml", "photos/me.png"])):
        for file in files:
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("mine")
        with pytest.raises(StorageError, match="something else than a run"):
            written(tmp_path / name, "new", replace=True)
        assert (tmp_path / name / files[-1]).read_text() == "mine"


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("")
    with pytest.raises(StorageError, match="run is no folder"):
        require_place(tmp_path / "run", replace=True)
    with pytest.raises(StorageError, match="cannot be made"):
        written(tmp_path / "run" / "below", "x")


def test_a_run_that_cannot_be_moved_gives_the_old_one_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    written(run, "old")
    move = Path.replace

    def fails_for_the_new_one(self: Path, target: Path) -> Path:
        if self.suffix == ".tmp":
            raise OSError("device is gone")
        return move(self, target)

    monkeypatch.setattr(Path, "replace", fails_for_the_new_one)
    with pytest.raises(StorageError, match="device is gone"):
        written(run, "new", replace=True)
    assert (names(tmp_path), (run / "bundle.toml").read_text()) == (["run"], "old")
