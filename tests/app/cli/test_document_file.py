"""Reading a document that a command was given."""

from pathlib import Path
from time import perf_counter

import pytest

from app.cli.document_file import KIBIBYTE, LONGEST_RULES, MOST_DOTS, naming, read_document
from etrms_core.errors import ConfigurationError, DataError


def refusal(file: Path, content: bytes, *, longest: int = LONGEST_RULES) -> str:
    file.write_bytes(content)
    with pytest.raises(DataError) as refused:
        read_document(file, longest=longest)
    assert str(refused.value).startswith(f"{file} cannot be read: ")
    return str(refused.value).removeprefix(f"{file} cannot be read: ")


@pytest.mark.parametrize(
    ("name", "is_json"), [("a.toml", False), ("a.json", True), ("A.JSON", True), ("a", False)]
)
def test_the_ending_says_what_it_is(name: str, is_json: bool, tmp_path: Path) -> None:
    (tmp_path / name).write_text("x = 1", encoding="utf-8")
    assert read_document(tmp_path / name) == ("x = 1", is_json)


def test_a_mark_at_the_beginning_is_no_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"\xef\xbb\xbfx = 1")
    assert read_document(tmp_path / "a.toml") == ("x = 1", False)


def test_what_cannot_be_read_is_told_in_plain_words(tmp_path: Path) -> None:
    assert refusal(tmp_path / "bytes", b"\xff\xfe\xfd") == "it is no text (in UTF-8)"
    for file, reason in ((tmp_path / "missing", "there is no such file"), (tmp_path, "a folder")):
        with pytest.raises(DataError, match=f"^{file} cannot be read: .*{reason}$"):
            read_document(file)


def test_a_file_is_read_up_to_its_longest(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    assert refusal(file, b" " * (64 * KIBIBYTE + 1), longest=64 * KIBIBYTE).startswith(
        "it has more than 64 KiB"
    )
    file.write_bytes(b" " * 64 * KIBIBYTE)
    assert len(read_document(file, longest=64 * KIBIBYTE)[0]) == 64 * KIBIBYTE


@pytest.mark.parametrize("part", ["a", '"a b"', "'a'", ' "a\\".b" '])
@pytest.mark.parametrize("frame", ["x = 1\n%s = 1", "x = 1\n[%s]", "x = 1\ny = { %s = 1 }"])
def test_a_key_of_too_many_parts_is_refused_with_its_line(
    part: str, frame: str, tmp_path: Path
) -> None:
    text = frame.replace("%s", ".".join([part] * (MOST_DOTS + 2)))
    assert refusal(tmp_path / "a.toml", text.encode()) == "a key in line 2 has more than 8 dots"
    allowed = frame.replace("%s", ".".join([part] * (MOST_DOTS + 1)))
    (tmp_path / "a.toml").write_text(allowed, encoding="utf-8")
    assert read_document(tmp_path / "a.toml") == (allowed, False)


@pytest.mark.parametrize("unit", [".a", ".'", '."', ".a ", ". ", "a", "\\", '.\\"', '."\\', "'.\""])
def test_no_file_takes_long(unit: str, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(unit * (LONGEST_RULES // len(unit)), encoding="utf-8")
    started = perf_counter()
    try:
        read_document(tmp_path / "a.toml")
    except DataError as error:
        assert "dots" in str(error)  # noqa: PT017  both answers are right, if they come soon
    assert perf_counter() - started < 2.0


def test_what_is_wrong_with_the_content_names_the_file() -> None:
    said = r"^a\.toml: limits\.x: is no limit$"
    with pytest.raises(ConfigurationError, match=said), naming(Path("a.toml")):
        raise ConfigurationError("is no limit", field="limits.x")
