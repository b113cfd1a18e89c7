"""Figures of a table of trades (the columns of trades.csv)."""

import numpy as np
import pandas as pd

from etrms_core.errors import DomainError
from etrms_core.kernels.arrays import BoolArray, FloatArray, IntArray
from etrms_core.performance.return_statistics import ratio

LIQUIDATION = "liquidation"
NEEDED = ("exit_time", "fees", "funding", "pnl", "exit_reason")
HOLDING = ("entry_time", "exit_time", "quantity", "entry_price", "exit_price")


def trade_metrics(trades: pd.DataFrame) -> dict[str, float]:
    """Measure the results of trades.

    Parameters
    ----------
    trades : DataFrame
        Rows of trades.csv, with at least exit_time, fees, funding, pnl (after fees and funding,
        quote currency) and exit_reason. A row without an exit time is open.

    Returns
    -------
    dict
        ``trades`` counts all rows, the open ones too; ``fees`` (paid), ``funding`` (positive when
        received) and ``liquidations`` are of all rows. Over closed rows, in money per trade:
        ``win_rate`` share with pnl > 0, ``profit_factor`` wins over losses, ``average_win``,
        ``average_loss`` (positive), ``risk_reward`` average win over average loss and
        ``expectancy`` mean pnl. Each is NaN where nothing enters its denominator.

    Raises
    ------
    DomainError
        If a column is missing, or money is NaN.
    """
    _require(trades, NEEDED)
    pnl = _money(trades, "pnl")[_is_closed(trades)]
    wins, losses = pnl[pnl > 0.0], -pnl[pnl < 0.0]
    average_win = ratio(float(np.sum(wins)), wins.size)
    average_loss = ratio(float(np.sum(losses)), losses.size)
    return {
        "win_rate": ratio(wins.size, pnl.size),
        "profit_factor": ratio(float(np.sum(wins)), float(np.sum(losses))),
        "average_win": average_win,
        "average_loss": average_loss,
        "risk_reward": ratio(average_win, average_loss),
        "expectancy": ratio(float(np.sum(pnl)), pnl.size),
        "trades": float(len(trades)),
        "fees": float(np.sum(_money(trades, "fees"))),
        "funding": float(np.sum(_money(trades, "funding"))),
        "liquidations": float(np.count_nonzero(trades["exit_reason"] == LIQUIDATION)),
    }


def holding_metrics(
    trades: pd.DataFrame, equity: FloatArray, *, times: pd.DatetimeIndex
) -> dict[str, float]:
    """Measure how long positions were held and how much was traded for it.

    Parameters
    ----------
    trades : DataFrame
        Rows of trades.csv, with at least both times, quantity and both prices.
    equity : ndarray of shape (n_points,)
        Quote currency, oldest first.
    times : DatetimeIndex of length n_points
        Times of `equity`, increasing; naive ones are UTC.

    Returns
    -------
    dict
        ``exposure`` share of bars (from one time to the next) in which some position was open;
        ``turnover`` entry and exit notional over mean equity. Turnover is absent when a trade
        began at or before the first time: that position was given, and what was traded to build
        it is not in its row.

    Raises
    ------
    DomainError
        If a column is missing, or the times do not increase.
    """
    _require(trades, HOLDING)
    moments = _nanoseconds(pd.Series(times))
    if not bool(np.all(np.diff(moments) > 0)):
        raise DomainError("equity times increase from point to point")
    entries = _nanoseconds(trades["entry_time"])
    exits = np.where(_is_closed(trades), _nanoseconds(trades["exit_time"]), moments[-1])
    measured = {"exposure": _exposure(entries, exits, moments)}
    if bool(np.all(entries > moments[0])):
        prices = trades["entry_price"] + trades["exit_price"].where(_is_closed(trades), 0.0)
        notional = float((trades["quantity"] * prices).sum())
        measured["turnover"] = ratio(notional, float(np.mean(equity)))
    return measured


def _exposure(entries: IntArray, exits: IntArray, moments: IntArray) -> float:
    starts, ends = moments[:-1], moments[1:]
    first = np.searchsorted(ends, entries, side="right")
    last = np.maximum(np.searchsorted(starts, exits, side="left"), first)
    change = np.zeros(moments.size, np.int64)
    np.add.at(change, first, 1)
    np.add.at(change, last, -1)
    return float(np.mean(np.cumsum(change)[:-1] > 0))


def _is_closed(trades: pd.DataFrame) -> BoolArray:
    times = trades["exit_time"]
    return np.asarray(times.notna() & (times.astype(str) != ""), np.bool_)


def _nanoseconds(times: "pd.Series[pd.Timestamp]") -> IntArray:
    moments = pd.to_datetime(times, utc=True, format="ISO8601")
    return pd.DatetimeIndex(moments).as_unit("ns").asi8


def _money(trades: pd.DataFrame, column: str) -> FloatArray:
    money = trades[column].to_numpy(np.float64)
    unknown = int(np.count_nonzero(~np.isfinite(money)))
    if unknown:
        raise DomainError(f"trades know their {column}, {unknown} did not")
    return money


def _require(trades: pd.DataFrame, columns: tuple[str, ...]) -> None:
    missing = [name for name in columns if name not in trades]
    if missing:
        raise DomainError(f"trades have the columns of trades.csv, {', '.join(missing)} missing")
