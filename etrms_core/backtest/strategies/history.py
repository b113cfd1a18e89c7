"""What a strategy may look at: the bars of one symbol, and its funding."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from etrms_core.backtest.bar_gate import milliseconds, read_only
from etrms_core.backtest.market import FundingSeries
from etrms_core.errors import DataError
from etrms_core.kernels.arrays import FloatArray, IntArray

YEAR_MS = 365 * 86_400_000


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Bars of one symbol, oldest first; times without a bar are not in it.

    Attributes
    ----------
    bars : DataFrame
        Columns open, high, low, close, volume; index of UTC open times.
    funding : FundingSeries or None
        None where nothing is known of it.
    periods_per_year : float
        Bars in 365 days.
    """

    bars: pd.DataFrame
    funding: FundingSeries | None
    periods_per_year: float

    def column(self, name: str) -> FloatArray:
        """Return a column without copying it where that can be.

        Raises
        ------
        DataError
            If there is no such column, or a NaN in it: averages that run on would carry it to
            the last bar.
        """
        if name not in self.bars:
            raise DataError(f"the bars have no column {name}")
        values = np.ascontiguousarray(self.bars[name].to_numpy(), dtype=np.float64)
        if np.isnan(values.sum()):
            raise DataError(f"a strategy needs bars without gaps in {name}, one is NaN")
        return read_only(values)

    def relative_close(self) -> FloatArray:
        """Return closes over the first one.

        TA-Lib takes a variance or a sum of changes below 1e-14 for 0, which they are not when a
        coin costs a ten-thousandth of a cent.
        """
        close = self.column("close")
        relative: FloatArray = close / close[0]
        return relative

    def close_ms(self) -> IntArray:
        """Return when each bar closes, in milliseconds since 1970."""
        open_ms = milliseconds(pd.DatetimeIndex(self.bars.index))
        closes: IntArray = open_ms + round(YEAR_MS / self.periods_per_year)
        return closes
