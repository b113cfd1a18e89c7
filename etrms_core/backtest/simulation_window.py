"""The market in stretches that fit the processor's cache, laid side by side for the kernels."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etrms_core.backtest.market import Market
from etrms_core.backtest.signals import Signals
from etrms_core.kernels.arrays import Records
from etrms_core.kernels.simulated_book import CLOSE, ROWS, VOLUME
from etrms_core.kernels.simulated_window import (
    fill_gaps,
    lay_bars,
    lay_prices,
    lay_targets,
    lay_volatility,
)

CELLS = 20_480


class MarketWindow:
    """One stretch of bars of every symbol; `load` moves it on.

    Attributes
    ----------
    bars, marks : ndarray of shape (n_symbols, ROWS, n_bars)
        The same array where no symbol has mark prices of its own.
    codes : ndarray of int8 of shape (n_symbols, n_bars)
    """

    def __init__(self, market: Market, signals: Sequence[Signals], *, has_volume: bool) -> None:
        symbols = len(market.symbols)
        self._size = int(market.open_ms.size)
        self._length = max(1, min(self._size, CELLS // symbols))
        self._rows = VOLUME + 1 if has_volume else CLOSE + 1
        self._bars = [read_only(each) for each in market.bars]
        self._marks = [read_only(each) for each in market.marks]
        no_codes = np.zeros(self._size, np.int8)
        self._codes = [
            read_only(no_codes if each.codes is None else each.codes) for each in signals
        ]
        self._targets = [
            (row, read_only(each.target))
            for row, each in enumerate(signals)
            if each.target is not None
        ]
        self._volatility = [
            (row, read_only(each.volatility))
            for row, each in enumerate(signals)
            if each.volatility is not None
        ]
        self.bars = np.zeros((symbols, ROWS, self._length))
        has_marks = any(a is not b for a, b in zip(market.bars, market.marks, strict=True))
        self.marks = np.zeros_like(self.bars) if has_marks else self.bars
        self.codes = np.zeros((symbols, self._length), np.int8)

    def stretches(self) -> Iterator[tuple[int, int]]:
        """Yield start and end of every stretch."""
        for start in range(0, self._size, self._length):
            yield start, min(self._size, start + self._length)

    def load(self, start: int, stop: int, book: Records) -> None:
        """Lay the bars `start` to `stop` out; missing ones get the last mark in the book."""
        for row, (bars, codes) in enumerate(zip(self._bars, self._codes, strict=True)):
            missing = lay_bars(self.bars, self.codes, row, bars, codes, start, stop, self._rows)
            if missing:
                last = float(book[row].mark_price)
                fill_gaps(self.bars, row, self.codes, last, stop - start, False)
        for row, targets in self._targets:
            lay_targets(self.bars, self.codes, row, targets, start, stop)
        for row, volatility in self._volatility:
            lay_volatility(self.bars, row, volatility, start, stop)
        if self.marks is not self.bars:
            self._load_marks(start, stop, book)

    def _load_marks(self, start: int, stop: int, book: Records) -> None:
        for row, marks in enumerate(self._marks):
            if lay_prices(self.marks, row, marks, start, stop, CLOSE + 1):
                last = float(book[row].mark_price)
                fill_gaps(self.marks, row, self.codes, last, stop - start, True)


def read_only(values: NDArray[Any]) -> NDArray[Any]:
    """Return a contiguous view that cannot be written: one variant of the kernels fits all."""
    view = np.ascontiguousarray(values).view()
    view.flags.writeable = False
    return view
