"""Breakouts of Donchian's channel."""

import numpy as np
import talib

from etrms_core.backtest.signals import (
    ENTER_LONG,
    ENTER_SHORT,
    EXIT_LONG,
    EXIT_SHORT,
    Signals,
)
from etrms_core.backtest.strategies.history import History
from etrms_core.backtest.strategies.parameter import Parameter
from etrms_core.backtest.strategies.strategy import FIELD, Params, Strategy
from etrms_core.errors import ConfigurationError
from etrms_core.kernels.arrays import FloatArray
from etrms_core.kernels.crosses import cross_codes


def _compute(history: History, params: Params) -> Signals:
    close, high, low = (history.column(name) for name in ("close", "high", "low"))
    entry, leave = int(params["entry"]), int(params["exit"])
    codes = (
        cross_codes(close, _before(talib.MAX(high, entry)), ENTER_LONG, 0)
        | cross_codes(close, _before(talib.MIN(low, entry)), 0, ENTER_SHORT)
        | cross_codes(close, _before(talib.MIN(low, leave)), 0, EXIT_LONG)
        | cross_codes(close, _before(talib.MAX(high, leave)), EXIT_SHORT, 0)
    )
    # The shorter channel is known earlier, when nothing can have been entered.
    codes[: entry + 1] = 0
    return Signals(codes=codes)


def _before(values: FloatArray) -> FloatArray:
    # The channel of the bars before: a close is never above the high of its own bar.
    shifted = np.empty_like(values)
    shifted[0], shifted[1:] = np.nan, values[:-1]
    return shifted


def _require(params: Params) -> None:
    if params["exit"] > params["entry"]:
        raise ConfigurationError(
            f"is at most entry, which is {params['entry']}, was {params['exit']}",
            field=f"{FIELD}.exit",
        )


DONCHIAN = Strategy(
    name="donchian",
    title="Donchian breakout",
    description="Long when the close rises above the highest high of the bars before, short when"
    " it falls below their lowest low; out at the other edge of a shorter channel.",
    parameters={
        "entry": Parameter(20, 2, 10_000, "Entry channel", "Bars of the channel to break out of."),
        "exit": Parameter(10, 2, 10_000, "Exit channel", "Bars of the channel that ends a trade."),
    },
    compute=_compute,
    warm_up=lambda params: int(params["entry"]) + 2,
    require=_require,
)
