"""Parameters of strategies, checked together, and bars that are too few."""

import pytest

from etrms_core.backtest.strategies import BUILT_IN, find_strategy
from etrms_core.errors import ConfigurationError, DataError, InsufficientDataError
from tests.backtest.strategies.price_paths import random_bars, signals_of

PUBLISHED = {
    "sma_cross": ["fast", "slow"],
    "ema_cross": ["fast", "slow"],
    "macd": ["fast", "slow", "signal"],
    "rsi_reversion": ["window", "low", "high"],
    "bollinger_reversion": ["window", "width"],
    "bollinger_breakout": ["window", "width"],
    "donchian": ["entry", "exit"],
    "supertrend": ["window", "multiplier"],
    "momentum": ["window", "threshold"],
    "funding_carry": ["threshold"],
    "volatility_target": ["window", "target"],
    "buy_and_hold": [],
}


def test_the_built_in_strategies_are_those_of_the_interface() -> None:
    found = {name: list(each.parameters) for name, each in BUILT_IN.items()}
    assert found == PUBLISHED


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_strategy_says_what_it_is_and_allows_its_defaults(name: str) -> None:
    strategy = find_strategy(name)
    assert strategy.name == name
    assert strategy.title
    assert strategy.description.endswith(".")
    assert strategy.check({}) == {key: each.default for key, each in strategy.parameters.items()}
    assert all(each.title and each.help for each in strategy.parameters.values())


@pytest.mark.parametrize(
    ("name", "params", "told"),
    [
        ("sma_cross", {"fast": 20_000}, "params.fast: lies between 2 and 10000, was 20000"),
        ("sma_cross", {"fast": 50}, "params.fast: lies below slow, which is 50, was 50"),
        ("ema_cross", {"slow": 10}, "params.fast: lies below slow, which is 10, was 10"),
        ("macd", {"fast": 30}, "params.fast: lies below slow, which is 26, was 30"),
        ("rsi_reversion", {"low": 80}, "params.low: lies below high, which is 70, was 80"),
        ("donchian", {"exit": 21}, "params.exit: is at most entry, which is 20, was 21"),
        ("sma_cross", {"fsat": 3}, "params.fsat: is no parameter of sma_cross, was 'fsat'; close "),
        ("buy_and_hold", {"x": 1}, "params.x: is no parameter of buy_and_hold, was 'x'; there are"),
    ],
)
def test_parameters_that_cannot_be_name_their_field(
    name: str, params: dict[str, float], told: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        find_strategy(name).check(params)
    assert str(caught.value).startswith(f"strategy.{told}")


def test_an_unknown_parameter_comes_with_close_names() -> None:
    with pytest.raises(ConfigurationError, match="close to it: fast"):
        find_strategy("sma_cross").check({"fsat": 3})


def test_fewer_bars_than_up_to_the_first_signal_are_refused() -> None:
    with pytest.raises(InsufficientDataError, match="SMA cross needs 51 observations"):
        signals_of("sma_cross", random_bars(1, 50))
    assert signals_of("sma_cross", random_bars(1, 51)).codes is not None


def test_funding_carry_does_not_guess_funding() -> None:
    with pytest.raises(InsufficientDataError, match="funding settlements"):
        signals_of("funding_carry", random_bars(1, 50))


@pytest.mark.parametrize("name", sorted(set(PUBLISHED) - {"buy_and_hold", "funding_carry"}))
def test_a_bar_without_a_close_is_refused(name: str) -> None:
    bars = random_bars(2, 300)
    bars.iloc[200, bars.columns.get_loc("close")] = float("nan")
    with pytest.raises(DataError, match="close, one is NaN"):
        signals_of(name, bars)


def test_bars_without_a_column_are_refused() -> None:
    with pytest.raises(DataError, match="no column high"):
        signals_of("donchian", random_bars(2, 300).drop(columns="high"))
