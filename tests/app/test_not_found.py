"""Addresses without a page."""

import pytest

from app.navigation import PAGES
from app.not_found import unknown_address


@pytest.mark.parametrize("path", ["/", "/start", "/overview", "/overview?x=1", "/overview/"])
def test_an_address_of_a_page_is_known(path: str) -> None:
    assert unknown_address(path) is None


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.title)
def test_every_page_is_known(entry: object) -> None:
    assert unknown_address(f"/{entry.path.stem}") is None  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("path", "last"),
    [("/nowhere", "nowhere"), ("/no/where", "where"), ("/a%20b", "a b"), ("/%3Cb%3E", "<b>")],
)
def test_any_other_address_is_unknown(path: str, last: str) -> None:
    assert unknown_address(path) == last
