"""What a simulation leaves behind: arrays, from which frames are made when asked for."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from etrms_core.domain.events import BreakerEvent
from etrms_core.kernels.arrays import FloatArray, Records


class FillReason(IntEnum):
    """Why an order filled; its name in small letters is the word in orders.csv."""

    SIGNAL = 0
    STOP_LOSS = 1
    TAKE_PROFIT = 2
    TRAILING_STOP = 3
    LIQUIDATION = 4
    BREAKER = 5


# One filled order: `quantity` signed base units, `price` with slippage, `fee` at least 0 in quote
# currency, `bar` the row of the bar in which it filled, `inside` whether that was after its open
# and before its close.
FILL = np.dtype(
    [
        ("bar", np.int64),
        ("time_ms", np.int64),
        ("symbol", np.int64),
        ("quantity", np.float64),
        ("price", np.float64),
        ("fee", np.float64),
        ("realized_pnl", np.float64),
        ("reason", np.int64),
        ("inside", np.bool_),
    ],
    align=True,
)
# One funding settlement of a held position: `amount` is positive when received.
PAYMENT = np.dtype(
    [("time_ms", np.int64), ("symbol", np.int64), ("amount", np.float64)],
    align=True,
)


@dataclass(frozen=True, slots=True, eq=False)
class SimulationRun:
    """One run over a market.

    Attributes
    ----------
    equity : ndarray of shape (n_bars + 1,)
        The capital at the first open, then wallet plus unrealised result at each close, after the
        fills of that close; quote currency.
    adverse_equity : ndarray of shape (n_bars,)
        Equity with every position held through the bar marked at the bar's adverse extreme.
    fills, payments : recarray of FILL and PAYMENT
        Oldest first.
    events : tuple of BreakerEvent
        Oldest first.
    """

    equity: FloatArray
    adverse_equity: FloatArray
    fills: Records
    payments: Records
    events: tuple[BreakerEvent, ...]
