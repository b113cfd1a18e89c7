"""A damaged backup is refused in one line, whatever the damage."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etrms_core.adapters.storage.backup_archive import read_manifest, unpack
from etrms_core.adapters.storage.backup_manifest import MANIFEST
from etrms_core.errors import DataError, StorageError
from tests.adapters.storage.homes import back_up, make_home

Change = Callable[[dict[str, bytes]], None]


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("packed")
    back_up(make_home(folder / "home"), folder / "desk.zip")
    return (folder / "desk.zip").read_bytes()


def unpacked(content: bytes) -> dict[str, bytes]:
    """Unpack a backup as `restore` does and return its files."""
    with TemporaryDirectory() as name:
        file, folder = Path(name) / "desk.zip", Path(name) / "new"
        file.write_bytes(content)
        unpack(file, read_manifest(file), folder)
        files = [path for path in folder.rglob("*") if path.is_file()]
        outside = {path.name for path in Path(name).iterdir()} - {"desk.zip", "new"}
        assert outside == set()
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def repacked(packed: bytes, folder: Path, change: Change) -> bytes:
    """Pack again with other members; the manifest is theirs to change, too."""
    file = folder / "changed.zip"
    (folder / "packed.zip").write_bytes(packed)
    with zipfile.ZipFile(folder / "packed.zip") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.read_bytes()


def test_a_file_that_is_missing_is_told_in_plain_words(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"^there is no file .*/desk\.zip$"):
        read_manifest(tmp_path / "desk.zip")


def refusal(content: bytes) -> str:
    with pytest.raises((DataError, StorageError)) as refused:
        unpacked(content)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@settings(max_examples=300)
@given(data=st.data())
def test_flipped_bytes_are_found_or_change_nothing(packed: bytes, data: st.DataObject) -> None:
    damaged = bytearray(packed)
    places = st.integers(0, len(packed) - 1)
    # The directory at the end of a zip file is where a flipped byte has the oddest effects.
    near_end = st.integers(max(0, len(packed) - 1_200), len(packed) - 1)
    for place in data.draw(st.lists(places | near_end, min_size=1, max_size=4)):
        damaged[place] ^= data.draw(st.integers(1, 255))
    try:
        files = unpacked(bytes(damaged))
    except (DataError, StorageError) as error:
        assert "\n" not in str(error)  # noqa: PT017 (an error is one of two good outcomes)
    else:
        assert files == unpacked(packed)


@settings(max_examples=100)
@given(data=st.data())
def test_a_cut_backup_is_refused(packed: bytes, data: st.DataObject) -> None:
    refusal(packed[: data.draw(st.integers(0, len(packed) - 1))])


@settings(max_examples=100)
@given(content=st.binary(max_size=400))
def test_what_is_no_zip_file_is_refused(content: bytes) -> None:
    refusal(content)


def test_a_zip_file_of_something_else_is_no_backup(packed: bytes, tmp_path: Path) -> None:
    content = repacked(packed, tmp_path, lambda members: members.pop(MANIFEST) and None)
    assert "is no backup of ETRMS" in refusal(content)


def test_a_changed_member_is_named(packed: bytes, tmp_path: Path) -> None:
    def change(members: dict[str, bytes]) -> None:
        members["paper.db"] = members["paper.db"][:-1] + b"\x01"

    assert "paper.db is not what was packed" in refusal(repacked(packed, tmp_path, change))


def test_a_missing_member_is_named(packed: bytes, tmp_path: Path) -> None:
    content = repacked(packed, tmp_path, lambda members: members.pop("etrms.toml") and None)
    assert "etrms.toml is missing" in refusal(content)


def test_a_member_too_many_is_refused(packed: bytes, tmp_path: Path) -> None:
    content = repacked(packed, tmp_path, lambda members: members.update({"strategies/x.py": b""}))
    assert "files that its manifest does not" in refusal(content)


@pytest.mark.parametrize(
    "name",
    ["../evil", "/evil", "strategies/../../evil", "desk.lock", "strategies//x", "strategies/a\\b"],
)
def test_a_member_that_leads_elsewhere_is_refused(packed: bytes, tmp_path: Path, name: str) -> None:
    def change(members: dict[str, bytes]) -> None:
        manifest = json.loads(members[MANIFEST])
        manifest["members"][2]["name"] = name
        members[MANIFEST] = json.dumps(manifest).encode()
        members[name] = members.pop("etrms.toml")

    assert "which no backup does; nothing was restored" in refusal(
        repacked(packed, tmp_path, change)
    )


def test_a_member_that_unfolds_without_end_is_stopped(packed: bytes, tmp_path: Path) -> None:
    def change(members: dict[str, bytes]) -> None:
        members["etrms.toml"] = b"#" * 50_000_000

    file, folder = tmp_path / "large.zip", tmp_path / "new"
    file.write_bytes(repacked(packed, tmp_path, change))
    with pytest.raises(DataError, match=r"etrms\.toml is not what was packed"):
        unpack(file, read_manifest(file), folder)
    assert (folder / "etrms.toml").stat().st_size < 2_000_000


def test_a_backup_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"none\.zip"):
        read_manifest(tmp_path / "none.zip")
    with pytest.raises(StorageError, match="cannot be read"):
        read_manifest(tmp_path)
