"""The backtest tasks in vectorbt, as its documentation would have them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import vectorbt as vbt
from numba import njit
from vectorbt.portfolio import nb
from vectorbt.portfolio.enums import NoOrder

from benchmarks.backtest_market import MinuteBars

CASH, FEE = 100_000.0, 0.0004
NOTIONAL, STOP = 3_500.0, 0.05
DRAWDOWN, PAUSE_BARS = 0.10, 1_440


def prepare(task: str, bars: MinuteBars) -> Callable[[], float]:
    """Return a run of the task that gives the final equity."""
    return {"T1": _one_symbol, "T3": _twenty_with_stops, "T4": _twenty_with_breaker}[task](bars)


def _one_symbol(bars: MinuteBars) -> Callable[[], float]:
    close = pd.Series(bars.close[:, 0], index=pd.to_datetime(bars.time_ns))

    def run() -> float:
        fast, slow = vbt.MA.run(close, 10), vbt.MA.run(close, 50)
        portfolio = vbt.Portfolio.from_signals(
            close,
            fast.ma_crossed_above(slow),
            fast.ma_crossed_below(slow),
            size=1.0,
            init_cash=CASH,
            fees=FEE,
            freq="1min",
        )
        return float(portfolio.final_value())

    return run


def _crosses(close: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    fast, slow = vbt.MA.run(close, 240).ma, vbt.MA.run(close, 960).ma
    fast.columns = slow.columns = close.columns
    return fast.vbt.crossed_above(slow), fast.vbt.crossed_below(slow)


def _twenty_with_stops(bars: MinuteBars) -> Callable[[], float]:
    index = pd.to_datetime(bars.time_ns)
    opened, high, low, close = (
        pd.DataFrame(values, index=index) for values in (bars.open, bars.high, bars.low, bars.close)
    )

    def run() -> float:
        up, down = _crosses(close)
        portfolio = vbt.Portfolio.from_signals(
            close,
            entries=up,
            short_entries=down,
            open=opened,
            high=high,
            low=low,
            size=NOTIONAL,
            size_type="value",
            sl_stop=STOP,
            init_cash=CASH,
            fees=FEE,
            group_by=True,
            cash_sharing=True,
            freq="1min",
        )
        return float(portfolio.final_value())

    return run


@njit
def _start(c: Any, state: Any) -> Any:  # noqa: ANN401  vectorbt's own records
    state[0], state[1], state[2], state[3] = c.init_cash[c.group], 0.0, 0.0, 0.0
    return (state,)


@njit
def _before_bar(c: Any, state: Any, limit: float, pause: int) -> Any:  # noqa: ANN401
    equity = c.last_cash[c.group]
    for column in range(c.from_col, c.to_col):
        equity += c.last_position[column] * c.close[c.i, column]
    state[3] = 0.0
    if state[1] > 0:
        state[1] -= 1
        state[3] = 2.0
        if state[1] == 0:
            state[2] = 1.0
        return (state,)
    if state[2] == 1.0:
        state[0], state[2] = equity, 0.0
    state[0] = max(state[0], equity)
    if equity < state[0] * (1.0 - limit):
        state[3], state[1] = 1.0, pause
    return (state,)


@njit
def _order(c: Any, state: Any, up: Any, down: Any) -> Any:  # noqa: ANN401
    held, price = c.position_now, c.close[c.i, c.col]
    if state[3] == 2.0:
        return NoOrder
    if state[3] == 1.0:
        return nb.order_nb(size=-held, price=price, fees=FEE) if held != 0.0 else NoOrder
    if up[c.i, c.col] and held <= 0.0:
        return nb.order_nb(size=NOTIONAL / price - held, price=price, fees=FEE)
    if down[c.i, c.col] and held >= 0.0:
        return nb.order_nb(size=-NOTIONAL / price - held, price=price, fees=FEE)
    return NoOrder


def _twenty_with_breaker(bars: MinuteBars) -> Callable[[], float]:
    close = pd.DataFrame(bars.close, index=pd.to_datetime(bars.time_ns))
    state = np.zeros(4)

    def run() -> float:
        up, down = _crosses(close)
        portfolio = vbt.Portfolio.from_order_func(
            close,
            _order,
            up.to_numpy(),
            down.to_numpy(),
            pre_group_func_nb=_start,
            pre_group_args=(state,),
            pre_segment_func_nb=_before_bar,
            pre_segment_args=(DRAWDOWN, PAUSE_BARS),
            init_cash=CASH,
            group_by=True,
            cash_sharing=True,
            freq="1min",
            update_value=False,
        )
        return float(portfolio.final_value())

    return run
