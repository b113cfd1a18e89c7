"""Figures of a NAV path and of its per-bar returns, which are known everywhere."""

from math import nan, sqrt

import numpy as np

from etrms_core.kernels.arrays import FloatArray

TAIL = 0.05
# A few units in the last place of 1 + r: what equal returns differ by after rounding.
ROUNDING = 16.0 * float(np.finfo(np.float64).eps)


def growth_metrics(nav: FloatArray, *, periods_per_year: float) -> dict[str, float]:
    r"""Measure what a NAV path grew by.

    Parameters
    ----------
    nav : ndarray of shape (n_points,)
        NAV, oldest first, 1 at its first point; at least two points, none below 0.
    periods_per_year : float
        Bars per year.

    Returns
    -------
    dict
        With n bars and p bars per year: ``total_return`` :math:`nav_n - 1` and the compound
        ``annual_return`` :math:`nav_n^{p / n} - 1`, infinite where it exceeds all numbers.
    """
    growth = nav[-1]
    with np.errstate(over="ignore"):  # doubling in one bar, annualised
        annual_growth = growth ** (periods_per_year / (nav.size - 1))
    return {"total_return": float(growth) - 1.0, "annual_return": float(annual_growth) - 1.0}


def return_metrics(returns: FloatArray, *, periods_per_year: float) -> dict[str, float]:
    r"""Measure the risk of returns and what they paid for it.

    Parameters
    ----------
    returns : ndarray of shape (n_bars,)
        Simple per-bar returns of NAV as fractions, oldest first, at least one, no NaN.
    periods_per_year : float
        Bars per year; 8760 for hourly bars, since crypto trades all year.

    Returns
    -------
    dict
        With :math:`\bar r` the mean, n the number and p the bars per year:

        - ``annual_volatility`` :math:`s \sqrt p`, s with n - 1; NaN for one return
        - ``sharpe`` :math:`\bar r / s \cdot \sqrt p` at a zero rate; NaN without variance
        - ``sortino`` :math:`\bar r / \sqrt{\frac 1 n \sum \min(r_t, 0)^2} \cdot \sqrt p`; NaN
          without a losing bar
        - ``omega`` :math:`\sum \max(r_t, 0) / \sum \max(-r_t, 0)`; NaN without a losing bar
        - ``value_at_risk`` minus the linear 5 % quantile of one bar's returns
        - ``expected_shortfall`` minus the mean of the returns at or below that quantile

        Losses are positive; a negative value at risk says that even this quantile is a gain.

    References
    ----------
    Sharpe, W. (1994). The Sharpe Ratio. Journal of Portfolio Management 21(1), 49-58.
    Sortino, F., Price, L. (1994). Performance Measurement in a Downside Risk Framework. Journal
    of Investing 3(3), 59-64.
    Keating, C., Shadwick, W. (2002). A Universal Performance Measure. Journal of Performance
    Measurement 6(3), 59-84.
    """
    mean = float(np.mean(returns))
    deviation = standard_deviation(returns)
    losses = np.minimum(returns, 0.0)
    quantile = float(np.quantile(returns, TAIL))
    tail = float(np.mean(returns[returns <= quantile]))
    return {
        "annual_volatility": deviation * sqrt(periods_per_year),
        "sharpe": ratio(mean, deviation) * sqrt(periods_per_year),
        "sortino": ratio(mean, sqrt(np.mean(losses**2))) * sqrt(periods_per_year),
        "omega": ratio(float(np.sum(np.maximum(returns, 0.0))), -float(np.sum(losses))),
        "value_at_risk": 0.0 - quantile,
        "expected_shortfall": 0.0 - tail,
    }


def standard_deviation(values: FloatArray) -> float:
    """Estimate the standard deviation with n - 1, NaN for fewer than two values.

    Values that differ by rounding alone have none: 0, where the formula leaves some 1e-17 and a
    ratio over it looks like a fortune.
    """
    if values.size < 2:
        return nan
    deviation = float(np.std(values, ddof=1))
    return 0.0 if deviation <= ROUNDING * (1.0 + float(np.max(np.abs(values)))) else deviation


def ratio(numerator: float, denominator: float) -> float:
    """Divide by a quantity that is positive when it means something; NaN otherwise."""
    return numerator / denominator if denominator > 0.0 else nan
