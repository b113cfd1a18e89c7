"""NAV, period baselines and money results of every scope."""

import numpy as np
from numba import njit

from etrms_core.kernels.arrays import BoolArray, FloatArray
from etrms_core.kernels.drawdown import advance_units

(
    NAV,
    UNITS,
    PEAK,
    DAY_NAV,
    WEEK_NAV,
    MONTH_NAV,
    RESULT,
    DAY_RESULT,
    WEEK_RESULT,
    MONTH_RESULT,
    LAST_EQUITY,
) = range(11)
COLUMNS = 11
DAY, WEEK, MONTH = 0, 1, 2


@njit(cache=True)
def start_period(row: FloatArray, period: int) -> None:
    """Make the last NAV and result the baseline of a period."""
    row[DAY_NAV + period] = row[NAV]
    row[DAY_RESULT + period] = row[RESULT]


@njit(cache=True)
def start_periods(row: FloatArray, begins: BoolArray) -> None:
    """Make the last NAV and result the baseline of every period that begins."""
    for period in range(3):
        if begins[period]:
            start_period(row, period)


@njit(cache=True)
def restart(row: FloatArray) -> None:
    """Start every peak and baseline of a scope at its present NAV."""
    row[PEAK] = row[NAV]
    for period in range(3):
        start_period(row, period)


@njit(cache=True)
def advance_unit_row(row: FloatArray, equity: float, flow: float) -> bool:
    """Revalue a scope that has equity of its own; true when its NAV restarted.

    A ruined scope waits for new money: equity that comes back by itself restarts nothing.
    """
    is_ruined = row[PEAK] > 0.0 and row[NAV] <= 0.0
    if row[UNITS] > 0.0 or row[LAST_EQUITY] != 0.0:
        row[RESULT] += equity - flow - row[LAST_EQUITY]
    row[LAST_EQUITY] = equity
    if is_ruined and flow <= 0.0:
        return False
    row[NAV], row[UNITS], restarted = advance_units(equity, flow, row[UNITS], row[NAV])
    return restarted


@njit(cache=True)
def advance_result_row(row: FloatArray, result: float, equity_before: float) -> None:
    """Compound the result of a symbol or strategy over the portfolio equity before it."""
    change = result - row[RESULT]
    row[RESULT] = result
    if equity_before > 0.0:
        row[NAV] = max(0.0, row[NAV] * (1.0 + change / equity_before))


@njit(cache=True)
def advance_nav_book(
    book: FloatArray,
    equity: FloatArray,
    flow: FloatArray,
    has_units: BoolArray,
    crossed: BoolArray,
    at_boundary: BoolArray,
    restarted: BoolArray,
) -> None:
    """Advance all scopes in place; the portfolio is row 0.

    Parameters
    ----------
    book : ndarray of shape (n_scopes, COLUMNS)
    equity : ndarray of shape (n_scopes,)
        Equity of portfolio and exchanges, cumulative result of symbols and strategies, reporting
        currency; NaN leaves the row as it is.
    flow : ndarray of shape (n_scopes,)
        External flows since the last reading.
    crossed, at_boundary : ndarray of shape (3,)
        Whether day, week and month began since the last reading, and begin exactly now.
    """
    equity_before = book[0, LAST_EQUITY]
    before, after = crossed & ~at_boundary, crossed & at_boundary
    for scope in range(book.shape[0]):
        row = book[scope]
        start_periods(row, before)
        restarted[scope] = False
        if not np.isnan(equity[scope]):
            if has_units[scope]:
                restarted[scope] = advance_unit_row(row, equity[scope], flow[scope])
            else:
                advance_result_row(row, equity[scope], equity_before)
        start_periods(row, after)
        if restarted[scope]:
            restart(row)
        row[PEAK] = max(row[PEAK], row[NAV])
