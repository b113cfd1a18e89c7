"""Every bar of a market passes through the window, whatever its length."""

import numpy as np
import pytest

from etrms_core.backtest.signals import ENTER_LONG, Signals
from etrms_core.backtest.simulation_arrays import opening_book
from etrms_core.backtest.simulation_window import CELLS, MarketWindow, read_only
from etrms_core.domain.instrument import Instrument
from etrms_core.kernels.simulated_book import CLOSE
from tests.backtest.simulated_markets import market_of


def test_the_stretches_hold_every_bar_once() -> None:
    bars = 2 * CELLS + 7
    close = 100.0 + np.arange(bars) / bars
    codes = np.zeros(bars, np.int8)
    codes[-1] = ENTER_LONG
    table = np.ascontiguousarray(np.tile(close, (5, 1)))
    window = MarketWindow(market_of(table), [Signals(codes=codes)], has_volume=False)
    book = opening_book([Instrument("S0")], 1.0)
    seen, coded = [], []
    for start, stop in window.stretches():
        window.load(start, stop, book)
        seen.append(window.bars[0, CLOSE, : stop - start].copy())
        coded.append(window.codes[0, : stop - start].copy())
    assert len(seen) == 3
    assert np.concatenate(seen).tolist() == close.tolist()
    assert np.concatenate(coded).tolist() == codes.tolist()


def test_a_view_that_is_only_read_cannot_be_written() -> None:
    values = np.arange(6.0).reshape(2, 3).T
    view = read_only(values)
    assert view.flags.c_contiguous
    with pytest.raises(ValueError, match="read-only"):
        view[0, 0] = 1.0
    assert values[0, 0] == 0.0
