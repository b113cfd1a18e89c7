"""Limits from the command line."""

from pathlib import Path

import pytest

from tests.app.cli.conftest import Etrms


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "limits.toml"
    path.write_text("maximum_leverage = 5\nsymbols = ['BTCUSDT']\n", encoding="utf-8")
    return path


def test_a_new_desk_shows_the_default_limits(run_etrms: Etrms) -> None:
    document = run_etrms("limits", "show", "--json").document
    assert document["limits"]["price_collar"] == 0.05
    assert document["limits"]["symbols"] is None
    assert document["set_by_settings"] == []


def test_limits_of_a_file_hold_and_can_be_set_again_as_shown(
    run_etrms: Etrms, file: Path, tmp_path: Path
) -> None:
    shown = run_etrms("limits", "set", str(file), "--json").document
    assert shown["limits"]["maximum_leverage"] == 5.0
    assert run_etrms("limits", "show", "--json").document == shown
    lines = run_etrms("limits", "show").out.splitlines()
    assert ["symbols", "BTCUSDT", "desk"] in [line.split() for line in lines]
    again = tmp_path / "again.json"
    again.write_text(
        run_etrms("limits", "show", "--json").out.replace(', "set_by_settings": []', "")
    )
    assert run_etrms("limits", "set", str(again), "--json").document == shown


def test_what_the_settings_file_bounds_is_said(home: Path, run_etrms: Etrms, file: Path) -> None:
    home.mkdir(parents=True)
    (home / "etrms.toml").write_text("[limits]\nmaximum_leverage = 2\nsymbols = ['ETHUSDT']\n")
    shown = run_etrms("limits", "set", str(file), "--json").document
    assert (shown["limits"]["maximum_leverage"], shown["limits"]["symbols"]) == (2.0, [])
    assert shown["set_by_settings"] == ["maximum_leverage", "symbols"]
    table = run_etrms("limits", "show").out
    assert ["maximum_leverage", "2", "etrms.toml"] in [line.split() for line in table.splitlines()]
    assert ["symbols", "nothing", "etrms.toml"] in [line.split() for line in table.splitlines()]


@pytest.mark.parametrize(
    ("name", "text", "field"),
    [
        ("limits.toml", "maximum_leverage = -1", "limits.maximum_leverage"),
        ("limits.toml", "colour = 1", "limits.colour"),
        ("limits.toml", "[[[", "limits"),
        ("limits.json", '{"price_collar": NaN}', "limits.price_collar"),
    ],
)
def test_a_file_with_nonsense_changes_nothing_and_names_the_key(
    run_etrms: Etrms, file: Path, name: str, text: str, field: str
) -> None:
    before = run_etrms("limits", "set", str(file), "--json").document
    path = file.with_name(name)
    path.write_text(text, encoding="utf-8")
    answer = run_etrms("limits", "set", str(path))
    assert (answer.code, f"{field}: " in answer.err) == (1, True)
    assert run_etrms("limits", "show", "--json").document == before


@pytest.mark.parametrize(("name", "text"), [("limits.toml", "\n"), ("limits.json", "{}")])
def test_an_empty_file_changes_nothing_and_names_what_resets(
    run_etrms: Etrms, file: Path, name: str, text: str
) -> None:
    before = run_etrms("limits", "set", str(file), "--json").document
    path = file.with_name(name)
    path.write_text(text, encoding="utf-8")
    answer = run_etrms("limits", "set", str(path))
    assert (answer.code, len(answer.err.splitlines())) == (1, 1)
    assert f"{path}: limits: nothing is given" in answer.err
    assert "`etrms limits reset`" in answer.err
    assert run_etrms("limits", "show", "--json").document == before
    shown = run_etrms("limits", "reset", "--json").document
    assert (shown["limits"]["maximum_leverage"], shown["limits"]["price_collar"]) == (None, 0.05)


def test_a_long_file_is_refused(run_etrms: Etrms, file: Path) -> None:
    file.write_text("#" * (64 * 1024 + 1), encoding="utf-8")
    answer = run_etrms("limits", "set", str(file))
    assert (answer.code, "it has more than 64 KiB" in answer.err) == (1, True)


def test_a_wrong_key_is_named_with_its_file_in_plain_words(run_etrms: Etrms, file: Path) -> None:
    file.write_text("symbols = 'BTC'", encoding="utf-8")
    assert run_etrms("limits", "set", str(file)).err == (
        f'etrms: {file}: limits.symbols: must be a list in square brackets, was "BTC"\n'
    )


def test_a_file_that_cannot_be_read_is_named(run_etrms: Etrms, tmp_path: Path) -> None:
    answer = run_etrms("limits", "set", str(tmp_path / "none.toml"))
    assert (answer.code, "none.toml" in answer.err) == (1, True)
