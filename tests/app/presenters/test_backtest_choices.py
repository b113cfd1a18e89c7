"""What a strategy says of itself, read without running it."""

from pathlib import Path

import pytest

from app.presenters.backtest_choices import parameter_label, strategy_choices
from etrms_core.backtest.static_strategy import read_strategy
from etrms_core.backtest.strategies import BUILT_IN
from etrms_core.backtest.strategies.parameter import Parameter

SOURCE = '''"""Buys dips."""

PARAMETERS = {
    "window": Parameter(20, 2, 500, help="Bars."),
    "depth": Parameter(default=0.05, low=0.0, high=0.5),
    "odd": Parameter(2 * 3, 1, 9),
    "wrong": Parameter(9, 1, 2),
    "none": 3,
}
open("never", "w")
raise SystemExit
'''


def test_docstring_and_plain_parameters_are_read_and_nothing_is_run() -> None:
    found = read_strategy("dips", SOURCE)
    assert found.description == "Buys dips."
    assert dict(found.parameters) == {
        "window": Parameter(20, 2, 500, help="Bars."),
        "depth": Parameter(0.05, 0.0, 0.5),
    }


@pytest.mark.parametrize("source", ["def (", "\0", "(" * 10_000])
def test_a_file_that_is_no_python_says_so(source: str) -> None:
    found = read_strategy("x", source)
    assert found.description.startswith("This file is no Python")
    assert dict(found.parameters) == {}


def test_an_annotated_table_is_read_too() -> None:
    found = read_strategy("x", 'PARAMETERS: dict = {"a": Parameter(1, 1, 2)}')
    assert list(found.parameters) == ["a"]


def test_own_strategies_follow_the_built_in_ones(tmp_path: Path) -> None:
    (tmp_path / "dips.py").write_text(SOURCE)
    (tmp_path / "Bad-Name.py").write_text("")
    (tmp_path / "_hidden.py").write_text("")
    choices = {each.name: each for each in strategy_choices(tmp_path)}
    assert set(choices) == {*BUILT_IN, "dips", "Bad-Name"}
    assert choices["dips"].title == "dips (yours)"
    assert choices["Bad-Name"].description.startswith("It cannot be used")
    assert len(strategy_choices(tmp_path / "none")) == len(BUILT_IN)


def test_a_parameter_is_named_with_its_bounds() -> None:
    assert parameter_label("fast_window", Parameter(2, 1, 9)) == "Fast window (1 to 9)"
    assert parameter_label("x", Parameter(2, 1, 9, title="Width")) == "Width (1 to 9)"
