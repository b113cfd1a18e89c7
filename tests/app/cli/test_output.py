"""What people see on the terminal."""

import pytest

from app.cli.output import counted, print_json, print_table


def test_an_empty_table_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([], ("name",), empty="Nothing is open.")
    assert capsys.readouterr().out == "Nothing is open.\n"


def test_unknown_is_a_dash_and_long_texts_are_not_cut(capsys: pytest.CaptureFixture[str]) -> None:
    long = "x" * 180
    print_table([{"name": long, "value": None}], ("name", "value"), empty="")
    text = capsys.readouterr().out
    assert long in text
    assert text.rstrip().endswith("-")


def test_one_has_no_plural() -> None:
    assert [counted(number, "row") for number in (0, 1, 2, 3_000)] == [
        "0 rows",
        "1 row",
        "2 rows",
        "3,000 rows",
    ]


def test_json_refuses_what_is_no_json_number() -> None:
    with pytest.raises(ValueError, match="JSON"):
        print_json({"value": float("nan")})
