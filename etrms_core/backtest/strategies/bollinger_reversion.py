"""Back to the average from the edge of Bollinger's bands."""

from etrms_core.backtest.signals import (
    ENTER_LONG,
    ENTER_SHORT,
    EXIT_LONG,
    EXIT_SHORT,
    Signals,
)
from etrms_core.backtest.strategies.bollinger import BOLLINGER_PARAMETERS, bollinger_bands
from etrms_core.backtest.strategies.history import History
from etrms_core.backtest.strategies.strategy import Params, Strategy
from etrms_core.kernels.crosses import cross_codes


def _compute(history: History, params: Params) -> Signals:
    close, upper, middle, lower = bollinger_bands(history, params)
    return Signals(
        codes=cross_codes(close, lower, 0, ENTER_LONG)
        | cross_codes(close, upper, ENTER_SHORT, 0)
        | cross_codes(close, middle, EXIT_LONG, EXIT_SHORT)
    )


BOLLINGER_REVERSION = Strategy(
    name="bollinger_reversion",
    title="Bollinger reversion",
    description="Long when the close falls below the lower band, short when it rises above the"
    " upper one; out when it comes back through the average.",
    parameters=BOLLINGER_PARAMETERS,
    compute=_compute,
    warm_up=lambda params: int(params["window"]) + 1,
)
