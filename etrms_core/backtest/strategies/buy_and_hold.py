"""What every strategy has to beat."""

import numpy as np

from etrms_core.backtest.signals import ENTER_LONG, Signals
from etrms_core.backtest.strategies.history import History
from etrms_core.backtest.strategies.strategy import Params, Strategy


def _compute(history: History, _: Params) -> Signals:
    codes = np.zeros(len(history.bars), np.int8)
    codes[0] = ENTER_LONG
    return Signals(codes=codes)


BUY_AND_HOLD = Strategy(
    name="buy_and_hold",
    title="Buy and hold",
    description="Long from the first bar on. What stops, breakers or a liquidation close stays"
    " closed.",
    parameters={},
    compute=_compute,
)
