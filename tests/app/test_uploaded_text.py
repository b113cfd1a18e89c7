"""The text of an uploaded document."""

import pytest

from app.uploaded_text import LONGEST, uploaded_text
from etrms_core.errors import ConfigurationError


def test_text_comes_without_the_mark_that_editors_put_before_it() -> None:
    assert uploaded_text("\ufeff[[breakers]]".encode(), is_json=False) == "[[breakers]]"


@pytest.mark.parametrize(
    ("content", "is_json", "reason"),
    [
        (b"x" * (LONGEST + 1), False, "more than 256 KiB"),
        (b"\xff\xfe\x00", True, "no text in UTF-8"),
        (b"a." * 60 + b"b = 1", False, "too many dots"),
    ],
)
def test_what_could_only_do_harm_is_refused(content: bytes, is_json: bool, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        uploaded_text(content, is_json=is_json)


def test_dots_in_json_are_left_alone() -> None:
    assert uploaded_text(b"a." * 60, is_json=True) == "a." * 60
