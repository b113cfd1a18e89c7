"""Strategies as the form offers them."""

from pathlib import Path

import pytest

from app.presenters.backtest_choices import (
    NO_WORDS,
    parameter_label,
    strategy_choice,
    strategy_choices,
)
from etrms_core.backtest.strategies import BUILT_IN
from etrms_core.backtest.strategies.description import StrategyDescription
from etrms_core.backtest.strategies.parameter import Parameter


@pytest.mark.parametrize(
    ("found", "title", "words"),
    [
        (StrategyDescription("a", "A", "Buys."), "A", "Buys."),
        (StrategyDescription("b", "B", "Buys.", is_own=True), "B (yours)", "Buys."),
        (StrategyDescription("c", "C", is_own=True), "C (yours)", NO_WORDS),
        (
            StrategyDescription("d", "d", error="d.py, line 1: KeyError", is_own=True),
            "d (yours)",
            "It cannot be used yet: d.py, line 1: KeyError.",
        ),
    ],
)
def test_a_description_is_put_into_words(
    found: StrategyDescription, title: str, words: str
) -> None:
    choice = strategy_choice(found)
    assert (choice.name, choice.title, choice.description) == (found.name, title, words)


def test_own_strategies_follow_the_built_in_ones(tmp_path: Path) -> None:
    (tmp_path / "dips.py").write_text('"""Buys dips."""\ndef signals(bars): ...\n')
    (tmp_path / "_hidden.py").write_text("")
    assert [each.name for each in strategy_choices(tmp_path)] == [*BUILT_IN, "dips"]
    assert len(strategy_choices(tmp_path / "none")) == len(BUILT_IN)


def test_a_parameter_is_named_with_its_bounds() -> None:
    assert parameter_label("fast_window", Parameter(2, 1, 9)) == "Fast window (1 to 9)"
    assert parameter_label("x", Parameter(2, 1, 9, title="Width")) == "Width (1 to 9)"
