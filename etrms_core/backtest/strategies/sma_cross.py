"""Two simple moving averages that cross."""

import talib

from etrms_core.backtest.signals import Signals
from etrms_core.backtest.strategies.history import History
from etrms_core.backtest.strategies.parameter import Parameter
from etrms_core.backtest.strategies.strategy import Params, Strategy, require_less
from etrms_core.backtest.strategies.turning import GO_LONG, GO_SHORT
from etrms_core.kernels.crosses import cross_codes


def _compute(history: History, params: Params) -> Signals:
    close = history.column("close")
    fast, slow = talib.SMA(close, int(params["fast"])), talib.SMA(close, int(params["slow"]))
    return Signals(codes=cross_codes(fast, slow, GO_LONG, GO_SHORT))


SMA_CROSS = Strategy(
    name="sma_cross",
    title="SMA cross",
    description="Long when the fast simple moving average of the close crosses above"
    " the slow one, short when it crosses below.",
    parameters={
        "fast": Parameter(10, 2, 10_000, "Fast average", "Bars of the fast average."),
        "slow": Parameter(50, 3, 10_000, "Slow average", "Bars of the slow average."),
    },
    compute=_compute,
    warm_up=lambda params: int(params["slow"]) + 1,
    require=lambda params: require_less(params, "fast", "slow"),
)
