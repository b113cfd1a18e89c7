"""NAV figures and ratios of every scope."""

import numpy as np
from numba import njit

from etrms_core.kernels import nav_book, scope_sums
from etrms_core.kernels.arrays import BoolArray, FloatArray
from etrms_core.kernels.drawdown import drawdown_fraction, period_loss

(
    NAV,
    DRAWDOWN,
    DAILY_LOSS,
    WEEKLY_LOSS,
    MONTHLY_LOSS,
    GROSS_LEVERAGE,
    MARGIN_UTILIZATION,
    CONCENTRATION,
) = range(8)
COLUMNS = 8

BOOK_NAV, BOOK_PEAK, BOOK_DAY = nav_book.NAV, nav_book.PEAK, nav_book.DAY_NAV
BOOK_WEEK, BOOK_MONTH = nav_book.WEEK_NAV, nav_book.MONTH_NAV
GROSS, INITIAL, LARGEST = scope_sums.GROSS, scope_sums.INITIAL_MARGIN, scope_sums.LARGEST_SYMBOL


@njit(cache=True)
def over_equity(amount: float, equity: float) -> float:
    """Amount over equity: 0 for nothing, infinite for something without equity."""
    if np.isnan(amount) or np.isnan(equity):
        return np.nan
    if amount == 0.0:
        return 0.0
    return amount / equity if equity > 0.0 else np.inf


@njit(cache=True)
def scope_ratios(
    sums: FloatArray,
    book: FloatArray,
    equity: FloatArray,
    share_of_portfolio: BoolArray,
    ratios: FloatArray,
) -> None:
    """Fill `ratios`, shape (n_scopes, COLUMNS).

    Parameters
    ----------
    sums, book : ndarray
        As `scope_sums` and `nav_book` lay them out.
    equity : ndarray of shape (n_scopes,)
        NaN makes what depends on it unknown.
    share_of_portfolio : ndarray of shape (n_scopes,)
        Scopes whose concentration is their share of the whole portfolio: symbols.
    """
    for scope in range(sums.shape[0]):
        row, out = book[scope], ratios[scope]
        gross = sums[0, GROSS] if share_of_portfolio[scope] else sums[scope, GROSS]
        out[NAV] = row[BOOK_NAV]
        out[DRAWDOWN] = drawdown_fraction(row[BOOK_NAV], row[BOOK_PEAK])
        out[DAILY_LOSS] = period_loss(row[BOOK_NAV], row[BOOK_DAY])
        out[WEEKLY_LOSS] = period_loss(row[BOOK_NAV], row[BOOK_WEEK])
        out[MONTHLY_LOSS] = period_loss(row[BOOK_NAV], row[BOOK_MONTH])
        if np.isnan(equity[scope]):
            out[: MONTHLY_LOSS + 1] = np.nan
        out[GROSS_LEVERAGE] = over_equity(sums[scope, GROSS], equity[scope])
        out[MARGIN_UTILIZATION] = over_equity(sums[scope, INITIAL], equity[scope])
        out[CONCENTRATION] = 0.0 if gross == 0.0 else sums[scope, LARGEST] / gross
