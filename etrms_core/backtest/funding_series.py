"""Funding rates as given, checked and cut to the time of the bars."""

import numpy as np
import pandas as pd

from etrms_core.backtest.bar_gate import milliseconds, moment_text
from etrms_core.backtest.market import FundingSeries
from etrms_core.errors import DataError
from etrms_core.kernels.arrays import FloatArray

FUNDING_RATE = "funding_rate"
# Venues cap a settlement at a few percent; a rate of 1 is one in percent or a slip.
LARGEST_RATE = 0.5
NO_FUNDING = FundingSeries(np.zeros(0, np.int64), np.zeros(0))


def read_funding_series(
    given: "pd.DataFrame | pd.Series[float]", *, name: str, start_ms: int, end_ms: int
) -> tuple[FundingSeries, int]:
    """Take the settlements with ``start_ms <= time < end_ms``.

    Parameters
    ----------
    given : DataFrame or Series
        Column funding_rate, or the rates themselves: fractions of notional that longs pay; aware
        index of settlement times, rising.
    name : str
        What the user calls them.

    Returns
    -------
    tuple
        The settlements, and how many lie outside.

    Raises
    ------
    DataError
        Naming the first settlement that is wrong.
    """
    index = given.index
    if not isinstance(index, pd.DatetimeIndex) or index.tz is None:
        raise DataError(f"{name}: funding is indexed by aware UTC times, was {index.dtype}")
    rates = _rates(given, name=name)
    times = milliseconds(index)
    if index.hasnans:
        raise DataError(f"{name}: there is no time in row {int(index.isna().argmax()) + 1}")
    unordered = np.flatnonzero(np.diff(times) <= 0)
    if unordered.size:
        late = moment_text(times[unordered[0] + 1])
        raise DataError(f"{name}: the settlement of {late} is not later than the one above")
    odd = np.flatnonzero(~(np.abs(rates) <= LARGEST_RATE))
    if odd.size:
        first = odd[0]
        raise DataError(
            f"{name}: a rate is a fraction between -{LARGEST_RATE} and {LARGEST_RATE}"
            f", was {rates[first]} at {moment_text(times[first])}"
        )
    first, last = np.searchsorted(times, (start_ms, end_ms))
    inside = FundingSeries(times[first:last], np.ascontiguousarray(rates[first:last]))
    return inside, len(times) - int(last - first)


def _rates(given: "pd.DataFrame | pd.Series[float]", *, name: str) -> FloatArray:
    if isinstance(given, pd.DataFrame) and FUNDING_RATE not in given:
        there = ", ".join(map(str, given.columns))
        raise DataError(f"{name}: there is no column {FUNDING_RATE}, only {there}")
    series = given[FUNDING_RATE] if isinstance(given, pd.DataFrame) else given
    if series.dtype == np.bool_ or not pd.api.types.is_numeric_dtype(series.dtype):
        raise DataError(f"{name}: rates are numbers, were {series.dtype}")
    rates: FloatArray = np.asarray(series.to_numpy(np.float64, na_value=np.nan), np.float64)
    return rates
