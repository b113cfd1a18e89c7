"""A strategy that knows the future does not run."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from etrms_core.backtest.configuration import BacktestConfiguration
from etrms_core.backtest.lookahead_gate import require_causal
from etrms_core.backtest.market_frames import build_market
from etrms_core.backtest.runner import run_backtest
from etrms_core.backtest.strategies import Strategy
from etrms_core.backtest.strategies.user_strategy import strategy_of_function
from etrms_core.errors import ConfigurationError, DataError
from tests.services.replays import random_frame


def frames(n_bars: int = 300) -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(4)
    return {symbol: random_frame(rng, n_bars) for symbol in ("A", "B")}


def comparing(shift: int) -> Strategy:
    def rises(bars: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"enter_long": bars["close"] > bars["close"].shift(shift)})

    return strategy_of_function(rises, {})


def test_a_strategy_that_looks_back_runs() -> None:
    require_causal(comparing(1), build_market(frames()), {})


def test_one_that_looks_ahead_is_refused_with_its_first_bar() -> None:
    with pytest.raises(ConfigurationError) as caught:
        require_causal(comparing(-1), build_market(frames()), {})
    assert str(caught.value).startswith("strategy.name: rises on A: the signal of 20")
    assert "changes when later bars are cut off: the strategy looks ahead" in str(caught.value)


def test_every_symbol_is_looked_at() -> None:
    def cheats_on_b(bars: pd.DataFrame) -> pd.DataFrame:
        shift = -1 if bars["close"].iloc[0] == second["close"].iloc[0] else 1
        return pd.DataFrame({"enter_long": bars["close"] > bars["close"].shift(shift)})

    data = frames()
    second = data["B"]
    with pytest.raises(ConfigurationError, match="cheats_on_b on B: the signal of"):
        require_causal(strategy_of_function(cheats_on_b, {}), build_market(data), {})


def test_bars_too_few_to_tell_name_their_symbol() -> None:
    with pytest.raises(DataError, match="A: the check for look-ahead needs 3 bars, received 2"):
        require_causal(comparing(1), build_market(frames(2)), {})


def test_strategies_of_the_users_own_are_checked_before_they_run(
    tmp_path: Path,
) -> None:
    source = "def signals(bars):\n    return (bars.close.shift(-1) > bars.close).to_frame('{}')\n"
    plan = BacktestConfiguration.from_mapping({"strategy": {"name": "mine"}})
    (tmp_path / "mine.py").write_text(source.format("enter_long"))
    with pytest.raises(ConfigurationError, match="mine on A: the signal of"):
        run_backtest(frames(), plan, strategies=tmp_path)
