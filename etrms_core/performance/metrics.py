"""The figures by which runs are compared, under the names of result.json."""

from collections.abc import Sequence
from math import isfinite

import numpy as np
import pandas as pd

from etrms_core.errors import DomainError, InsufficientDataError
from etrms_core.kernels.arrays import FloatArray
from etrms_core.performance.drawdown_statistics import drawdown_metrics
from etrms_core.performance.equity_path import nav_path, nav_returns
from etrms_core.performance.return_statistics import growth_metrics, ratio, return_metrics
from etrms_core.performance.trade_statistics import holding_metrics, trade_metrics


def performance_metrics(
    equity: "pd.Series[float] | FloatArray | Sequence[float]",
    trades: pd.DataFrame | None = None,
    *,
    periods_per_year: float,
) -> dict[str, float]:
    """Measure an equity path and, where given, its trades.

    Parameters
    ----------
    equity : Series or array of shape (n_points,)
        Quote currency, oldest first; the first point is the capital before the first return.
    trades : DataFrame, optional
        Rows of trades.csv.
    periods_per_year : float
        Bars per year; 8760 for hourly bars, since crypto trades all year.

    Returns
    -------
    dict
        ``final_equity`` (as given, also below 0), ``calmar`` (compound annual return over the
        deepest drawdown, NaN without one), and the figures of `growth_metrics`, `return_metrics`
        and `drawdown_metrics`; with trades those of `trade_metrics`; with trades and an equity
        Series indexed by time those of `holding_metrics`. What cannot be known from the input is
        absent, a ratio without a denominator is NaN.

    Raises
    ------
    InsufficientDataError
        If there are fewer than two points.
    DomainError
        If equity is NaN or infinite somewhere or starts at or below 0, if the bars per year are
        not above 0, or if trades lack a column or know no money.

    Notes
    -----
    Returns are simple returns of NAV. An account whose equity falls to 0 or below is ruined: its
    NAV is 0 from then on, so its total and annual return are -1 and its drawdown is 1.
    """
    values = np.asarray(equity, np.float64)
    if values.size < 2:
        raise InsufficientDataError("performance_metrics", required=2, received=values.size)
    if not isfinite(periods_per_year) or periods_per_year <= 0.0:
        raise DomainError(f"periods_per_year is above 0, was {periods_per_year}")
    nav = nav_path(values)
    measured = growth_metrics(nav, periods_per_year=periods_per_year)
    measured |= return_metrics(nav_returns(values), periods_per_year=periods_per_year)
    measured |= drawdown_metrics(nav)
    measured["calmar"] = ratio(measured["annual_return"], measured["max_drawdown"])
    measured["final_equity"] = float(values[-1])
    if trades is not None:
        measured |= trade_metrics(trades)
        if isinstance(equity, pd.Series) and isinstance(equity.index, pd.DatetimeIndex):
            measured |= holding_metrics(trades, values, times=equity.index)
    return measured
