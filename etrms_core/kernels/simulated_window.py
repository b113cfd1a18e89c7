"""A stretch of bars of all symbols side by side, small enough for the processor's cache."""

import numpy as np
from numba import njit

from etrms_core.kernels.arrays import FloatArray
from etrms_core.kernels.simulated_book import (
    ABSENT,
    CLOSE,
    HAS_TARGET,
    TARGET,
    VOLATILITY,
    CodeArray,
)


@njit(cache=True)
def lay_prices(
    window: FloatArray, row: int, bars: FloatArray, start: int, stop: int, rows: int
) -> bool:
    """Copy the first `rows` rows of a symbol's bars; true when a bar is missing."""
    missing = 0
    for field in range(rows):
        # Views start at 0, which lets the compiler copy several prices at once.
        given, laid = bars[field, start:stop], window[row, field, : stop - start]
        for bar in range(laid.size):
            price = given[bar]
            laid[bar] = price
            missing += 1 if np.isnan(price) else 0
    return missing > 0


@njit(cache=True)
def lay_bars(
    window: FloatArray,
    codes: CodeArray,
    row: int,
    bars: FloatArray,
    given: CodeArray,
    start: int,
    stop: int,
    rows: int,
) -> bool:
    """Copy the codes of a symbol and the first rows of its bars; true when a bar is missing."""
    codes[row, : stop - start] = given[start:stop]
    return lay_prices(window, row, bars, start, stop, rows)


@njit(cache=True)
def fill_gaps(
    window: FloatArray, row: int, codes: CodeArray, last_mark: float, bars: int, is_mark: bool
) -> None:
    """Put the last mark where a symbol has no bar, and say so in the codes of trade bars."""
    mark = last_mark
    for bar in range(bars):
        if np.isnan(window[row, CLOSE, bar]):
            for field in range(CLOSE + 1):
                window[row, field, bar] = mark
            if not is_mark:
                codes[row, bar] = ABSENT
        else:
            mark = window[row, CLOSE, bar]


@njit(cache=True)
def lay_targets(
    window: FloatArray, codes: CodeArray, row: int, targets: FloatArray, start: int, stop: int
) -> None:
    """Copy the targets of a symbol, with a code where one is given."""
    for bar in range(start, stop):
        window[row, TARGET, bar - start] = targets[bar]
        if not (np.isnan(targets[bar]) or codes[row, bar - start] & ABSENT):
            codes[row, bar - start] = HAS_TARGET


@njit(cache=True)
def lay_volatility(
    window: FloatArray, row: int, volatility: FloatArray, start: int, stop: int
) -> None:
    """Copy the volatility that a symbol's entries are sized by."""
    for bar in range(start, stop):
        window[row, VOLATILITY, bar - start] = volatility[bar]
