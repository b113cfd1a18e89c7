"""Bars, marks and funding of several symbols on one time axis, as the simulation reads them."""

from dataclasses import dataclass

from etrms_core.kernels.arrays import FloatArray, IntArray

OPEN, HIGH, LOW, CLOSE, VOLUME = range(5)


@dataclass(frozen=True, slots=True, eq=False)
class FundingSeries:
    """Funding settlements of one symbol, oldest first; longs pay `rate` times notional.

    Attributes
    ----------
    settled_ms : ndarray of int64 of shape (n_settlements,)
        Milliseconds since 1970, UTC.
    rate : ndarray of shape (n_settlements,)
    """

    settled_ms: IntArray
    rate: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """What happened to prices; symbols stand in the order of the configuration.

    Attributes
    ----------
    open_ms : ndarray of int64 of shape (n_bars,)
        Open times, milliseconds since 1970, UTC, rising; a bar closes `timeframe_ms` later.
    bars : tuple of ndarray of shape (5, n_bars)
        By symbol: rows open, high, low, close, volume, each contiguous; NaN where the symbol has
        no bar.
    marks : tuple of ndarray of shape (5, n_bars)
        The same of the mark price; the very bars of the symbol where there is no mark series. Row
        VOLUME is not read.
    funding : tuple of FundingSeries
        By symbol.
    """

    symbols: tuple[str, ...]
    open_ms: IntArray
    timeframe_ms: int
    bars: tuple[FloatArray, ...]
    marks: tuple[FloatArray, ...]
    funding: tuple[FundingSeries, ...]
