"""One file a strategy, and the words that people choose it by."""

from types import ModuleType

import pytest

from etrms_core.backtest.strategies import (
    bollinger_breakout,
    bollinger_reversion,
    buy_and_hold,
    donchian,
    ema_cross,
    funding_carry,
    macd,
    momentum,
    rsi_reversion,
    sma_cross,
    supertrend,
    volatility_target,
)
from etrms_core.backtest.strategies.bollinger import BOLLINGER_PARAMETERS, bollinger_bands
from etrms_core.backtest.strategies.built_in import BUILT_IN
from etrms_core.backtest.strategies.close_names import unknown_name
from etrms_core.backtest.strategies.history import History
from etrms_core.backtest.strategies.turning import GO_LONG, GO_SHORT
from tests.backtest.strategies.price_paths import HOUR_MS, HOURS_PER_YEAR, bars_of

FILES = (
    sma_cross,
    ema_cross,
    macd,
    rsi_reversion,
    bollinger_reversion,
    bollinger_breakout,
    donchian,
    supertrend,
    momentum,
    funding_carry,
    volatility_target,
    buy_and_hold,
)


@pytest.mark.parametrize("file", FILES)
def test_a_file_holds_the_strategy_of_its_name(file: ModuleType) -> None:
    name = file.__name__.rpartition(".")[2]
    assert getattr(file, name.upper()) is BUILT_IN[name]


def test_every_strategy_has_its_file() -> None:
    assert len(FILES) == len(BUILT_IN)
    assert len({each.title for each in BUILT_IN.values()}) == len(BUILT_IN)


def test_bands_lie_a_population_deviation_from_the_average() -> None:
    history = History(bars_of([100.0, 102.0, 104.0]), None, HOURS_PER_YEAR)
    params = {name: each.default for name, each in BOLLINGER_PARAMETERS.items()}
    close, upper, middle, lower = bollinger_bands(history, params | {"window": 3})
    assert close.tolist() == [1.0, 1.02, 1.04]
    assert middle[2] == pytest.approx(1.02)
    deviation = 0.02 * (2.0 / 3.0) ** 0.5
    assert [upper[2], lower[2]] == pytest.approx([1.02 + 2 * deviation, 1.02 - 2 * deviation])


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_a_bar_closes_where_the_next_one_opens(unit: str) -> None:
    bars = bars_of([1.0, 2.0, 3.0])
    bars.index = bars.index.as_unit(unit)
    closes = History(bars, None, HOURS_PER_YEAR).close_ms()
    assert closes.tolist() == [bars.index[0].value // 10**6 + n * HOUR_MS for n in (1, 2, 3)]


def test_one_side_begins_where_the_other_ends() -> None:
    assert (GO_LONG, GO_SHORT) == (1 | 8, 4 | 2)


def test_a_name_with_nothing_close_to_it_gets_all() -> None:
    assert unknown_name("no fruit", "steak", ["pear", "apple"]) == (
        "is no fruit, was 'steak'; there are: apple, pear"
    )
    assert unknown_name("no fruit", "steak", []) == "is no fruit, was 'steak'; there are: none"
