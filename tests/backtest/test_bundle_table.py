"""Reading tables: unknown keys and wrong values are told in plain words with their place."""

import pytest
from pydantic import Field, StrictStr

from etrms_core.backtest.bundle_table import Table, read_table
from etrms_core.errors import ConfigurationError


class Inner(Table):
    """A table in a table."""

    colour: StrictStr = "red"


class Outer(Table):
    """A table with tables by name."""

    title: StrictStr
    parts: dict[str, Inner] = Field(default_factory=dict)


def test_a_table_is_read() -> None:
    read = read_table(Outer, {"title": "x", "parts": {"a": {"colour": "blue"}}})
    assert read.parts["a"].colour == "blue"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"titel": "x", "title": "y"}, "outer.titel: unknown key, did you mean title?"),
        ({"title": "y", "zzz": 1}, "outer.zzz: unknown key, there are title, parts"),
        ({"title": "y", "parts": {"a": {"color": 1}}}, "outer.parts.a.color: unknown key, did you"),
        (
            {"title": "y", "parts": {"a": {"q": 1}}},
            "outer.parts.a.q: unknown key, there",
        ),
        ({"title": 5}, "outer.title: must be text in quotes"),
        ({}, "outer.title: must be given"),
        ({"title": "y", "parts": []}, "outer.parts: must be a table"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(given: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_table(Outer, given, place="outer", tables={("parts", "*"): Inner})
    assert str(caught.value).startswith(told)


def test_without_a_place_the_field_stands_alone() -> None:
    with pytest.raises(ConfigurationError, match=r"^title: must be given$"):
        read_table(Outer, {})
