"""Signals that depend on the future are found; causal ones are left in peace."""

from collections.abc import Callable
from math import nan
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from etrms_core.backtest.lookahead import FEW_PREFIXES, check_lookahead
from etrms_core.backtest.market import FundingSeries
from etrms_core.backtest.signals import Signals
from etrms_core.backtest.strategies import Strategy, find_strategy
from etrms_core.backtest.strategies.history import History
from etrms_core.errors import ConfigurationError, DataError
from tests.backtest.strategies.price_paths import random_bars, random_funding

BARS = random_bars(21, 600)


def events(bars: pd.DataFrame, is_so: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"enter_long": is_so & ~is_so.shift(1, fill_value=False)}, index=bars.index)


def next_close(bars: pd.DataFrame) -> pd.DataFrame:
    return events(bars, bars["close"].shift(-1) > bars["close"] * 1.01)


def far_ahead(bars: pd.DataFrame) -> pd.DataFrame:
    return events(bars, bars["close"].shift(-24) > bars["close"] * 1.02)


def mean_of_everything(bars: pd.DataFrame) -> pd.DataFrame:
    return events(bars, bars["close"] > bars["close"].mean())


def scaled_by_everything(bars: pd.DataFrame) -> pd.DataFrame:
    change = bars["close"].pct_change().fillna(0.0)
    return pd.DataFrame({"target": change / change.std()}, index=bars.index)


def centred(bars: pd.DataFrame) -> pd.DataFrame:
    return events(bars, bars["close"] > bars["close"].rolling(21, center=True).mean())


def filled_from_behind(bars: pd.DataFrame) -> pd.DataFrame:
    known = bars["close"].where(bars["close"].pct_change().abs() > 0.012).bfill()
    return events(bars, known > bars["close"])


def counts_the_bars(bars: pd.DataFrame) -> pd.DataFrame:
    place = np.arange(len(bars)) == len(bars) - 5
    return pd.DataFrame({"enter_long": place}, index=bars.index)


@pytest.mark.parametrize(
    "cheat",
    [
        next_close,
        far_ahead,
        mean_of_everything,
        scaled_by_everything,
        centred,
        filled_from_behind,
        counts_the_bars,
    ],
)
@pytest.mark.parametrize("prefixes", [48, FEW_PREFIXES])
def test_a_strategy_that_looks_ahead_is_found(
    cheat: Callable[[pd.DataFrame], pd.DataFrame], prefixes: int
) -> None:
    offending = check_lookahead(cheat, BARS, {}, prefixes=prefixes)
    assert offending
    assert offending == sorted(set(offending))
    assert set(offending) <= set(BARS.index)


def test_the_offending_bars_are_those_that_knew_more() -> None:
    offending = check_lookahead(next_close, BARS, {}, prefixes=2_000)
    knowing = next_close(BARS)["enter_long"]
    later = BARS.index >= BARS.index[len(BARS) // 10]
    expected = BARS.index[knowing.to_numpy() & later]
    assert set(expected[1:-1]) <= set(offending)


def causal(bars: pd.DataFrame, window: int = 20) -> pd.DataFrame:
    """Use what often differs in the last bits: means over windows, and recursive ones."""
    slow = bars["close"].ewm(span=window).mean()
    return pd.DataFrame(
        {"target": (bars["close"].rolling(window).mean() / slow - 1.0) * 10.0}, index=bars.index
    )


def test_a_causal_strategy_is_left_in_peace() -> None:
    assert check_lookahead(causal, BARS, {"window": 30}) == []
    assert check_lookahead(causal, BARS) == []
    module = ModuleType("mine")
    module.signals = causal  # type: ignore[attr-defined]
    assert check_lookahead(module, BARS, {"window": 5}) == []
    assert check_lookahead(find_strategy("donchian"), BARS, {"entry": 30}) == []


def test_the_same_question_needs_the_same_answer() -> None:
    generator = np.random.default_rng(1)

    def rolls_dice(bars: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"target": generator.random(len(bars))}, index=bars.index)

    assert len(check_lookahead(rolls_dice, BARS)) == len(BARS)


def test_funding_that_is_not_yet_settled_counts_as_the_future() -> None:
    funding = random_funding(BARS)

    def next_rate(history: History, _: object) -> Signals:
        assert history.funding is not None
        later = np.searchsorted(history.funding.settled_ms, history.close_ms(), side="right")
        rates = np.append(history.funding.rate, nan)
        return Signals(target=rates[np.minimum(later, len(rates) - 1)])

    cheat = Strategy("next_rate", "Next rate", "", {}, next_rate)
    assert check_lookahead(cheat, BARS, funding=funding)
    assert check_lookahead("funding_carry", BARS, {}, funding=funding) == []


def test_a_check_is_the_same_whenever_it_is_made() -> None:
    first, second = (check_lookahead(centred, BARS, prefixes=FEW_PREFIXES) for _ in range(2))
    assert first == second


def test_what_cannot_be_checked_says_so() -> None:
    with pytest.raises(DataError, match="needs 3 bars, received 2"):
        check_lookahead("buy_and_hold", BARS.iloc[:2])
    with pytest.raises(ConfigurationError, match=r"strategy\.name: is no strategy"):
        check_lookahead("clairvoyance", BARS)
    with pytest.raises(ConfigurationError, match=r"strategy\.params\.fast"):
        check_lookahead("sma_cross", BARS, {"fast": 50})

    def fails(bars: pd.DataFrame) -> pd.DataFrame:
        raise ValueError("no")

    with pytest.raises(ConfigurationError, match=r"test_lookahead\.py, line \d+: ValueError: no"):
        check_lookahead(fails, BARS)


def test_funding_carry_before_the_first_settlement_is_silent() -> None:
    late = FundingSeries(BARS.index.as_unit("ms").asi8[[300, 400]].copy(), np.array([0.01, -0.01]))
    assert check_lookahead("funding_carry", BARS, funding=late) == []
