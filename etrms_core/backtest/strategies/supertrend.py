"""A trend that ends when a close is beyond a band of the average true range."""

import numpy as np
import talib

from etrms_core.backtest.signals import Signals
from etrms_core.backtest.strategies.history import History
from etrms_core.backtest.strategies.parameter import Parameter
from etrms_core.backtest.strategies.strategy import Params, Strategy
from etrms_core.backtest.strategies.turning import GO_LONG, GO_SHORT
from etrms_core.kernels.crosses import cross_codes
from etrms_core.kernels.supertrend import supertrend_sides


def _compute(history: History, params: Params) -> Signals:
    close, high, low = (history.column(name) for name in ("close", "high", "low"))
    true_range = talib.ATR(high, low, close, int(params["window"]))
    sides = supertrend_sides(high, low, close, true_range, params["multiplier"])
    return Signals(codes=cross_codes(sides, np.zeros(sides.size), GO_LONG, GO_SHORT))


SUPERTREND = Strategy(
    name="supertrend",
    title="Supertrend",
    description="Follows the price with a band some average true ranges away: long when a close"
    " turns it up, short when one turns it down.",
    parameters={
        "window": Parameter(10, 2, 1_000, "Window", "Bars of Wilder's average true range."),
        "multiplier": Parameter(3.0, 0.1, 20.0, "Multiplier", "True ranges from middle to band."),
    },
    compute=_compute,
    warm_up=lambda params: int(params["window"]) + 2,
)
