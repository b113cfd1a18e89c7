"""Strategies of the user's own: what they may define, and how their faults are told."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from etrms_core.backtest.signals import ENTER_LONG, EXIT_LONG, Signals
from etrms_core.backtest.strategies import find_strategy
from etrms_core.backtest.strategies.user_strategy import load_strategy, strategy_of_function
from etrms_core.errors import ConfigurationError
from tests.backtest.strategies.price_paths import HOURS_PER_YEAR, bars_of, random_bars

TEMPLATE = Path(__file__).parents[3] / "data" / "samples" / "strategies" / "template.py"
GOOD = '''"""Buy dips.

After a fall,
hold.
"""
PARAMETERS = {"depth": Parameter(0.05, 0.0, 1.0, "Depth")}

def signals(bars, depth):
    fell = bars["close"].pct_change() < -depth
    return bars[[]].assign(enter_long=fell)
'''


def asked(source: str, bars: pd.DataFrame | None = None, **params: float) -> Signals:
    """Load a source as mine.py and ask it about bars."""
    return load_strategy("mine", Path("/home/me/mine.py"), source).signals(
        bars_of([100.0, 90.0, 91.0]) if bars is None else bars,
        periods_per_year=HOURS_PER_YEAR,
        params=params,
    )


def refusal(source: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        asked(source)
    assert caught.value.field == "strategy.name"
    return str(caught.value).removeprefix("strategy.name: ")


def test_a_file_has_title_description_parameters_and_signals() -> None:
    strategy = load_strategy("mine", Path("mine.py"), GOOD)
    assert (strategy.title, strategy.description) == ("Buy dips", "After a fall, hold.")
    assert strategy.parameters["depth"].title == "Depth"
    codes = asked(GOOD).codes
    assert codes is not None
    assert codes.tolist() == [0, ENTER_LONG, 0]
    codes = asked(GOOD, depth=0.2).codes
    assert codes is not None
    assert not codes.any()


def test_its_parameters_are_checked_like_those_of_any_strategy() -> None:
    with pytest.raises(ConfigurationError, match=r"strategy\.params\.depth: lies between 0 and 1"):
        asked(GOOD, depth=2.0)
    with pytest.raises(ConfigurationError, match=r"strategy\.params\.deep: is no parameter of"):
        asked(GOOD, deep=2.0)


def test_a_file_without_words_and_parameters_is_fine() -> None:
    strategy = load_strategy("my_idea", Path("my_idea.py"), "def signals(bars): ...")
    assert (strategy.title, strategy.description) == ("My idea", "")
    assert strategy.parameters == {}


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("x = 1\ny = 1 / 0\n", "mine.py, line 2: ZeroDivisionError: division by zero"),
        ("def signals(bars:\n", "mine.py, line 1: SyntaxError: '(' was never closed"),
        ("x = 1\n  y = 2\n", "mine.py, line 2: IndentationError: unexpected indent"),
        ("import no_such_thing\n", "mine.py, line 1: ModuleNotFoundError: No module named"),
        ("raise SystemExit\n", "mine.py, line 1: SystemExit"),
        ("x\0", "mine.py: SyntaxError"),
        ("x = 1\n", "mine.py: it defines no function signals(bars, ...)"),
        ("signals = 1\n", "mine.py: it defines no function signals(bars, ...)"),
        ("PARAMETERS = 1\ndef signals(bars): ...", "mine.py: PARAMETERS is a dict, was int"),
        (
            "PARAMETERS = {'x': 1}\ndef signals(bars, x): ...",
            "mine.py: PARAMETERS['x'] is a Parameter, was int",
        ),
        (
            "PARAMETERS = {'a b': Parameter(1, 0, 2)}\ndef signals(bars): ...",
            "mine.py: a parameter has a name of letters, digits and _, was 'a b'",
        ),
        (
            "PARAMETERS = {'x': Parameter(1, 0, 2)}\ndef signals(bars): ...",
            "mine.py: signals() does not fit PARAMETERS: got an unexpected keyword argument 'x'",
        ),
        (
            "def signals(bars, x): ...",
            "mine.py: signals() does not fit PARAMETERS: missing a required argument: 'x'",
        ),
        (
            "PARAMETERS = {\n 'x': Parameter(5, 0, 2)}\n",
            "mine.py, line 2: ConfigurationError: a default lies between its bounds, was 5",
        ),
        (
            "def inner(bars):\n    return bars['clse']\ndef signals(bars):\n    inner(bars)\n",
            "mine.py, line 2: KeyError: 'clse'",
        ),
        (
            "def signals(bars):\n    raise ValueError('one\\ntwo')\n",
            "mine.py, line 2: ValueError: one",
        ),
        ("def signals(bars): ...", "mine.py: signals() returns a DataFrame, was NoneType"),
    ],
)
def test_a_fault_names_file_and_line_in_one_sentence(source: str, told: str) -> None:
    found = refusal(source)
    assert found.startswith(told)
    assert "\n" not in found


def test_a_strategy_cannot_change_the_bars_of_the_market() -> None:
    bars = random_bars(1, 50)
    before = bars.copy()
    asked(
        "def signals(bars):\n"
        "    bars['close'] = 0.0\n"
        "    bars.iloc[:, :] = 1.0\n"
        "    return bars[[]].assign(target=0.0)\n",
        bars,
    )
    assert bars.equals(before)


def test_the_template_runs_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "my_breakout.py").write_bytes(TEMPLATE.read_bytes())
    strategy = find_strategy("my_breakout", tmp_path)
    assert strategy.title == "Breakout with volume"
    assert list(strategy.parameters) == ["window", "volume"]
    signals = strategy.signals(
        random_bars(4), periods_per_year=HOURS_PER_YEAR, params={"window": 20}
    )
    assert signals.codes is not None
    assert set(np.unique(signals.codes)) == {0, ENTER_LONG, EXIT_LONG}


def test_a_function_is_a_strategy_with_its_parameters() -> None:
    def signals(bars: pd.DataFrame, share: float) -> pd.DataFrame:
        return pd.DataFrame({"target": share}, index=bars.index)

    strategy = strategy_of_function(signals, {"share": 0.5})
    found = strategy.signals(bars_of([1.0, 2.0]), periods_per_year=HOURS_PER_YEAR, params={})
    assert found.target is not None
    assert found.target.tolist() == [0.5, 0.5]
