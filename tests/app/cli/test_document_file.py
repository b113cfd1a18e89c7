"""Reading a document that a command was given."""

from pathlib import Path

import pytest

from app.cli.document_file import read_document
from etrms_core.errors import DataError


@pytest.mark.parametrize(
    ("name", "is_json"), [("a.toml", False), ("a.json", True), ("A.JSON", True), ("a", False)]
)
def test_the_ending_says_what_it_is(name: str, is_json: bool, tmp_path: Path) -> None:
    (tmp_path / name).write_text("x = 1", encoding="utf-8")
    assert read_document(tmp_path / name) == ("x = 1", is_json)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\xfd")
    for file in (tmp_path / "missing", tmp_path / "bytes", tmp_path):
        with pytest.raises(DataError, match=f"{file} cannot be read"):
            read_document(file)
