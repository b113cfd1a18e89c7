"""Moving average convergence and divergence."""

import talib

from etrms_core.backtest.signals import Signals
from etrms_core.backtest.strategies.history import History
from etrms_core.backtest.strategies.parameter import Parameter
from etrms_core.backtest.strategies.strategy import Params, Strategy, require_less
from etrms_core.backtest.strategies.turning import GO_LONG, GO_SHORT
from etrms_core.kernels.crosses import cross_codes


def _compute(history: History, params: Params) -> Signals:
    line, average, _ = talib.MACD(
        history.relative_close(),
        int(params["fast"]),
        int(params["slow"]),
        int(params["signal"]),
    )
    return Signals(codes=cross_codes(line, average, GO_LONG, GO_SHORT))


MACD = Strategy(
    name="macd",
    title="MACD",
    description="The difference of a fast and a slow exponential average: long when it crosses"
    " above its own average, the signal line, short when it crosses below.",
    parameters={
        "fast": Parameter(12, 2, 10_000, "Fast average", "Bars of the fast average."),
        "slow": Parameter(26, 3, 10_000, "Slow average", "Bars of the slow average."),
        "signal": Parameter(9, 1, 1_000, "Signal line", "Bars of the average of the difference."),
    },
    compute=_compute,
    warm_up=lambda params: int(params["slow"] + params["signal"]),
    require=lambda params: require_less(params, "fast", "slow"),
)
