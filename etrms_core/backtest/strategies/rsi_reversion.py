"""Against moves that went far, by Wilder's relative strength index."""

import numpy as np
import talib

from etrms_core.backtest.signals import Signals
from etrms_core.backtest.strategies.history import History
from etrms_core.backtest.strategies.parameter import Parameter
from etrms_core.backtest.strategies.strategy import Params, Strategy, require_less
from etrms_core.backtest.strategies.turning import GO_LONG, GO_SHORT
from etrms_core.kernels.crosses import cross_codes


def _compute(history: History, params: Params) -> Signals:
    strength = talib.RSI(history.relative_close(), int(params["window"]))
    low, high = np.full(strength.size, params["low"]), np.full(strength.size, params["high"])
    return Signals(
        codes=cross_codes(strength, low, 0, GO_LONG) | cross_codes(strength, high, GO_SHORT, 0)
    )


RSI_REVERSION = Strategy(
    name="rsi_reversion",
    title="RSI reversion",
    description="Long when the relative strength index falls below the lower level, short when it"
    " rises above the upper one.",
    parameters={
        "window": Parameter(14, 2, 1_000, "Window", "Bars of the index."),
        "low": Parameter(30.0, 0.0, 100.0, "Lower level", "Below it a coin counts as oversold."),
        "high": Parameter(70.0, 0.0, 100.0, "Upper level", "Above it it counts as overbought."),
    },
    compute=_compute,
    warm_up=lambda params: int(params["window"]) + 2,
    require=lambda params: require_less(params, "low", "high"),
)
