"""Bollinger's bands, which two strategies read in opposite ways."""

import talib

from etrms_core.backtest.strategies.history import History
from etrms_core.backtest.strategies.parameter import Parameter
from etrms_core.backtest.strategies.strategy import Params
from etrms_core.kernels.arrays import FloatArray

BOLLINGER_PARAMETERS = {
    "window": Parameter(20, 2, 10_000, "Window", "Bars of the average."),
    "width": Parameter(2.0, 0.1, 10.0, "Width", "Standard deviations from average to band."),
}


def bollinger_bands(
    history: History, params: Params
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return close, upper band, average and lower band, all over the first close.

    The average is a simple one; the deviation is that of the population.

    References
    ----------
    Bollinger, J. (2001). Bollinger on Bollinger Bands. McGraw-Hill.
    """
    close = history.relative_close()
    upper, middle, lower = talib.BBANDS(
        close, int(params["window"]), params["width"], params["width"]
    )
    return close, upper, middle, lower
