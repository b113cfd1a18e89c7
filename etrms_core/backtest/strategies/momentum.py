"""With the return of the past."""

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
from etrms_core.backtest.strategies.strategy import Params, Strategy
from etrms_core.kernels.crosses import cross_codes


def _compute(history: History, params: Params) -> Signals:
    past_return = talib.ROCP(history.column("close"), int(params["window"]))
    threshold = np.full(past_return.size, params["threshold"])
    return Signals(
        codes=cross_codes(past_return, threshold, ENTER_LONG, 0)
        | cross_codes(past_return, -threshold, 0, ENTER_SHORT)
        | cross_codes(past_return, np.zeros(past_return.size), EXIT_SHORT, EXIT_LONG)
    )


MOMENTUM = Strategy(
    name="momentum",
    title="Momentum",
    description="Long when the return over the window rises above the threshold, short when it"
    " falls below minus the threshold; out when the return changes its sign.",
    parameters={
        "window": Parameter(48, 1, 10_000, "Window", "Bars of the past return."),
        "threshold": Parameter(0.02, 0.0, 10.0, "Threshold", "A fraction: 0.02 is 2 %."),
    },
    compute=_compute,
    warm_up=lambda params: int(params["window"]) + 2,
)
