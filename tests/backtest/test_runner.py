"""`run_backtest` as scripts call it."""

from typing import Any

import numpy as np
import pytest

from etrms_core.backtest.configuration import BacktestConfiguration
from etrms_core.backtest.runner import run_backtest
from etrms_core.errors import ConfigurationError, DataError
from tests.backtest.bundles import changed
from tests.services.replays import random_frame

PLAIN: dict[str, Any] = {"strategy": {"name": "sma_cross", "params": {"fast": 5, "slow": 20}}}


def frames(*symbols: str, bars: int = 400) -> dict[str, Any]:
    rng = np.random.default_rng(3)
    return {symbol: random_frame(rng, bars, volatility=0.01) for symbol in symbols}


def configuration(place: str = "seed", value: object = 1) -> BacktestConfiguration:
    return BacktestConfiguration.from_mapping(changed(place, value, base=PLAIN))


def test_a_run_gives_equity_frames_and_figures() -> None:
    result = run_backtest(frames("A"), configuration())
    assert len(result.equity) == 401
    assert result.equity.iloc[0] == 10_000.0
    assert len(result.orders) > 4
    assert result.metrics["final_equity"] == result.equity.iloc[-1]
    assert set(result.orders["reason"]) == {"signal"}


def test_a_result_tells_the_defaults_that_it_ran_with() -> None:
    result = run_backtest(frames("A"), configuration("strategy", {"name": "sma_cross"}))
    assert result.configuration.params == {"fast": 10, "slow": 50}


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        ("kind", "walk_forward", "kind: walk_forward runs do not exist yet"),
        ("strategy.name", "sma_crss", "strategy.name"),
        ("strategy.params.fast", 100_000, "strategy.params.fast"),
        ("strategy.params.fast", 20, "fast"),
        ("strategy.params.quick", 5, "strategy.params.quick"),
        ("instruments", {"B": {}}, "instruments.B: has no bars, only A"),
    ],
)
def test_a_configuration_that_cannot_run_names_its_field(
    place: str, value: object, told: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        run_backtest(frames("A"), configuration(place, value))
    assert told in str(caught.value)


def test_bars_that_cannot_be_used_name_their_symbol() -> None:
    bars = frames("A", "B")
    bars["B"].iloc[7, 3] = float("nan")
    with pytest.raises(DataError, match="B: 1 bar with a price"):
        run_backtest(bars, configuration())
    with pytest.raises(DataError, match="there are no bars"):
        run_backtest({}, configuration())


def test_fewer_bars_than_the_longest_window_are_refused() -> None:
    with pytest.raises(DataError, match="A: SMA cross needs 21 observations, received 15"):
        run_backtest(frames("A", bars=15), configuration())


def test_the_order_of_symbols_does_not_matter_where_money_does_not_bind() -> None:
    bars = frames("A", "B", "C")
    plan = configuration("strategy.size", {"kind": "notional", "value": 100.0})
    forward = run_backtest(bars, plan)
    backward = run_backtest(dict(reversed(bars.items())), plan)
    assert forward.equity.to_numpy() == pytest.approx(backward.equity.to_numpy(), rel=1e-12)
    columns = ["time", "symbol"]
    assert (
        forward.orders.sort_values(columns, ignore_index=True)["price"].tolist()
        == backward.orders.sort_values(columns, ignore_index=True)["price"].tolist()
    )


def test_mark_prices_and_funding_count() -> None:
    bars = frames("A")
    plain = run_backtest(bars, configuration())
    rates = bars["A"][["volume"]].iloc[::8].rename(columns={"volume": "funding_rate"}) * 0.001
    funded = run_backtest(bars, configuration(), funding={"A": rates})
    assert funded.metrics["funding"] < 0.0
    marked = run_backtest(bars, configuration(), mark={"A": bars["A"] * 1.001})
    assert marked.equity.iloc[-1] != pytest.approx(plain.equity.iloc[-1])
    assert marked.orders["price"].iloc[0] == plain.orders["price"].iloc[0]
