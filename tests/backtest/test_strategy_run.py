"""A strategy through a market: placed signals, both readings, symbols that exist."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from etrms_core.backtest.configuration import BacktestConfiguration
from etrms_core.backtest.market_frames import build_market
from etrms_core.backtest.signals import ENTER_LONG, EXIT_LONG, Signals
from etrms_core.backtest.strategy_run import run_strategy
from etrms_core.backtest.strategy_signals import market_signals
from etrms_core.errors import ConfigurationError, DataError
from tests.backtest.bar_frames import sound_bars
from tests.backtest.bundles import changed
from tests.backtest.hand_signals import HandSignals
from tests.services.replays import frame_of

PLAIN = {
    "account": {"initial_capital": 1_000.0, "taker_fee": 0.0},
    "strategy": {"name": "by hand", "size": {"kind": "quantity", "value": 1.0}},
}


def configuration(bundle: Mapping[str, object] = PLAIN) -> BacktestConfiguration:
    return BacktestConfiguration.from_mapping(bundle)


def test_a_position_is_bought_at_the_next_open_and_sold_again() -> None:
    rows = [(100.0, 101.0, 99.0, 100.0), (102.0, 106.0, 101.0, 105.0), (107.0, 108.0, 106.0, 107.0)]
    strategy = HandSignals([ENTER_LONG, EXIT_LONG, 0])
    result = run_strategy(strategy, build_market({"A": frame_of(rows)}), configuration())
    assert result.equity.tolist() == [1_000.0, 1_000.0, 1_003.0, 1_005.0]
    assert result.orders["price"].tolist() == [102.0, 107.0]
    assert result.trades["pnl"].tolist() == [5.0]
    assert strategy.asked == [(3, 0, 8_760.0)]


def test_signals_stand_at_the_bars_of_their_symbol() -> None:
    second = sound_bars(4, start="2024-03-01 02:00")
    data = build_market({"A": sound_bars(4), "B": second})
    first, placed = market_signals(HandSignals([1, 2, 4, 8]), data, {})
    assert first.codes is not None
    assert placed.codes is not None
    assert first.codes.tolist() == [1, 2, 4, 8, 0, 0]
    assert placed.codes.tolist() == [0, 0, 1, 2, 4, 8]


def test_a_target_without_bars_changes_nothing() -> None:
    @dataclass
    class Target(HandSignals):
        def signals(self, bars: pd.DataFrame, **_: object) -> Signals:  # type: ignore[override]
            return Signals(target=np.full(len(bars), 0.5), volatility=np.full(len(bars), 0.2))

    data = build_market({"A": sound_bars(3), "B": sound_bars(3, start="2024-03-01 01:00")})
    placed = market_signals(Target([]), data, {})[0]
    assert placed.target is not None
    assert placed.volatility is not None
    assert np.isnan(placed.target).tolist() == [False, False, False, True]
    assert np.isnan(placed.volatility).tolist() == [False, False, False, True]


def test_a_strategy_that_answers_for_other_bars_is_refused() -> None:
    data = build_market({"A": sound_bars(4)})
    with pytest.raises(DataError, match=r"A: the strategy answers for 4 bars, was \(3,\)"):
        market_signals(HandSignals([0, 0, 0]), data, {})


def test_both_readings_of_a_bar_that_touches_two_levels_are_told() -> None:
    rows = [(100.0, 100.0, 100.0, 100.0), (100.0, 120.0, 80.0, 100.0), (100.0, 101.0, 99.0, 100.0)]
    exits = {**PLAIN["strategy"], "stop_loss": 0.1, "take_profit": 0.1}
    bundle = changed("account.bounds", "both", base={**PLAIN, "strategy": exits})
    data = build_market({"A": frame_of(rows)})
    result = run_strategy(HandSignals([ENTER_LONG, 0, 0]), data, configuration(bundle))
    assert result.bounds["pessimistic"]["final_equity"] == 990.0
    assert result.bounds["optimistic"]["final_equity"] == 1_010.0
    assert result.equity.iloc[-1] == 990.0
    assert result.trades["exit_reason"].tolist() == ["stop_loss"]


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        ("instruments", {"ETH": {}}, "instruments.ETH: has no bars, only A"),
        (
            "breakers",
            [
                {
                    "name": "x",
                    "metric": "drawdown",
                    "threshold": 0.1,
                    "scope": {"kind": "symbol", "name": "ETH"},
                    "actions": [{"kind": "notify"}],
                }
            ],
            "breakers.0.scope.name: ETH has no bars, only A",
        ),
    ],
)
def test_symbols_without_bars_are_refused(place: str, value: object, told: str) -> None:
    bundle = changed(place, value, base=PLAIN)
    data = build_market({"A": sound_bars(2)})
    with pytest.raises(ConfigurationError) as caught:
        run_strategy(HandSignals([0, 0]), data, configuration(bundle))
    assert told in str(caught.value)


def test_equal_inputs_make_equal_runs() -> None:
    rng = np.random.default_rng(1)
    codes = rng.choice([0, ENTER_LONG, EXIT_LONG], 48).astype(int).tolist()
    data = build_market({"A": sound_bars()})
    first, second = (run_strategy(HandSignals(codes), data, configuration()) for _ in range(2))
    assert first.equity.equals(second.equity)
    assert first.trades.equals(second.trades)
    other = replace(configuration(), account=replace(configuration().account, slippage_bps=5.0))
    assert not run_strategy(HandSignals(codes), data, other).equity.equals(first.equity)
