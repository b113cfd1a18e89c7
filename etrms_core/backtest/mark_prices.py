"""Mark prices beside the bars of a symbol."""

import numpy as np
import pandas as pd

from etrms_core.backtest.bar_gate import SoundTimes, read_only, sound_bars
from etrms_core.backtest.market import VOLUME
from etrms_core.backtest.time_axis import TimeAxis
from etrms_core.backtest.timeframe import timeframe_name
from etrms_core.errors import DataError
from etrms_core.kernels.arrays import FloatArray


def mark_table(
    frame: pd.DataFrame, *, symbol: str, traded: FloatArray, axis: TimeAxis, known: SoundTimes
) -> tuple[FloatArray, int]:
    """Put mark prices on the time axis of a market.

    Parameters
    ----------
    frame : DataFrame
        Columns open, high, low, close; of the timeframe of the bars.
    traded : ndarray of shape (5, n_bars)
        Bars of the symbol; where it has none, mark prices are not read.
    known : SoundTimes
        Times of the symbol's own bars.

    Returns
    -------
    tuple
        Bars of the mark price, shape (5, n_bars), and the number of bars that lacked one: there
        the traded price stands.

    Raises
    ------
    DataError
        If the frame is unusable, of another timeframe, or has no time in common with the bars.
    """
    name = f"{symbol} mark"
    sound = sound_bars(frame, name=name, known=known, volume_needed=False)
    if sound.times.timeframe_ms != axis.timeframe_ms:
        needed, given = (
            timeframe_name(each // 1000) for each in (axis.timeframe_ms, sound.times.timeframe_ms)
        )
        raise DataError(f"{name}: prices need the timeframe of the bars, {needed}, was {given}")
    if sound.times is known and axis.rows[symbol] is None:
        return sound.table, 0
    nearest = np.searchsorted(axis.open_ms, sound.times.open_ms).clip(max=axis.open_ms.size - 1)
    is_shared = axis.open_ms[nearest] == sound.times.open_ms
    rows = nearest[is_shared]
    is_traded = ~np.isnan(traded[0])
    lacking = int(is_traded.sum() - is_traded[rows].sum())
    if lacking == is_traded.sum():
        raise DataError(f"{name}: none of its bars has the time of a bar of {symbol}")
    table = traded.copy()
    table[:VOLUME, rows] = sound.table[:VOLUME, is_shared]
    table[:, ~is_traded] = np.nan
    return read_only(table), lacking
