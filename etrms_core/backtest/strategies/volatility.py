"""Volatility as it is known at the close of a bar."""

from math import sqrt

import talib

from etrms_core.kernels.arrays import FloatArray


def known_volatility(close: FloatArray, *, window: int, periods_per_year: float) -> FloatArray:
    r"""Estimate annual volatility from the last returns up to each close.

    .. math:: \sigma_t = \sqrt{\frac{N}{n - 1} \sum_{i=0}^{n-1} (r_{t-i} - \bar r_t)^2}

    with simple returns r, n returns in the window and N bars per year.

    Parameters
    ----------
    close : ndarray of shape (n_bars,)
        Oldest first, without NaN.
    window : int
        Returns, at least 2.
    periods_per_year : float
        Bars per year.

    Returns
    -------
    ndarray of shape (n_bars,)
        A fraction; NaN before there are `window` returns, 0 where the price stood still.
    """
    returns = talib.ROCP(close, 1)
    # TA-Lib divides by n.
    deviation = talib.STDDEV(returns, window, 1.0)
    return deviation * sqrt(periods_per_year * window / (window - 1))
