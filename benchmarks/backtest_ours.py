"""The backtest tasks through our public interface."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from benchmarks.backtest_market import MinuteBars
from etrms_core.backtest.configuration import BacktestConfiguration
from etrms_core.backtest.runner import run_backtest

PRICES = ("open", "high", "low", "close", "volume")
ACCOUNT = {
    "initial_capital": 100_000.0,
    "leverage": 1.0,
    "margin_mode": "cross",
    "taker_fee": 0.0004,
    "fill": "close",
    "liquidation": True,
}
ARMED = {
    "name": "drawdown 99 %",
    "metric": "drawdown",
    "threshold": 0.99,
    "actions": [{"kind": "notify"}],
}
PAUSE_SECONDS = 1441 * 60
FLATTEN = {
    "name": "drawdown 10 %",
    "metric": "drawdown",
    "comparison": ">",
    "threshold": 0.10,
    "reset_threshold": 0.10,
    "drawdown_peak": "since_rearm",
    "cooldown_seconds": PAUSE_SECONDS,
    "actions": [{"kind": "close_all"}, {"kind": "pause_trading", "seconds": PAUSE_SECONDS}],
}
ONE_UNIT = {
    "name": "sma_cross",
    "params": {"fast": 10, "slow": 50},
    "direction": "long_only",
    "size": {"kind": "quantity", "value": 1.0},
}
TWENTY = {
    "name": "sma_cross",
    "params": {"fast": 240, "slow": 960},
    "direction": "long_short",
    "size": {"kind": "notional", "value": 3_500.0},
}
SETUPS: Mapping[str, Mapping[str, Any]] = {
    "T1": {"strategy": ONE_UNIT, "breakers": [ARMED]},
    "T3": {"strategy": TWENTY | {"stop_loss": 0.05}, "breakers": []},
    "T4": {"strategy": TWENTY, "breakers": [FLATTEN]},
}


def frames(bars: MinuteBars) -> dict[str, pd.DataFrame]:
    """Frames by symbol, as a user of the interface has them."""
    index = pd.DatetimeIndex(pd.to_datetime(bars.time_ns, utc=True), name="time")
    return {
        f"S{place:02d}": pd.DataFrame(
            {name: getattr(bars, name)[:, place] for name in PRICES}, index=index
        )
        for place in range(bars.close.shape[1])
    }


def prepare(task: str, bars: MinuteBars) -> Callable[[], float]:
    """Return a run of the task that gives the final equity."""
    setup = {"kind": "standard", "seed": 7, "account": ACCOUNT, **SETUPS[task]}
    configuration = BacktestConfiguration.from_mapping(setup)
    given = frames(bars)
    return lambda: float(run_backtest(given, configuration).equity.iloc[-1])
