"""What a page draws of a run, small whatever the number of bars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from etrms_core.backtest.blocked_stretches import blocked_stretches
from etrms_core.backtest.regime_label import REGIME_NAMES, UNKNOWN, LabelArray
from etrms_core.kernels.arrays import FloatArray, IntArray

CHART_POINTS = 1_000
MOST_EXCURSIONS = 800
MOST_EVENTS = 300
HISTOGRAM_BINS = 40
BASIS_POINT = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class RunTables:
    """The tables of a run's folder.

    Attributes
    ----------
    equity : DataFrame
        Columns equity, nav, drawdown; index of aware times: the first open, then each close.
    """

    equity: pd.DataFrame
    trades: pd.DataFrame
    orders: pd.DataFrame
    events: pd.DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class RunMarket:
    """Prices beside a run: closes of each symbol, one per row of equity after the first."""

    closes: Mapping[str, FloatArray]
    labels: LabelArray


def build_report(
    tables: RunTables, market: RunMarket | None, bundle: Mapping[str, Any]
) -> dict[str, Any]:
    """Summarise a run as a document for JSON.

    Parameters
    ----------
    market : RunMarket or None
        None leaves exposure and regimes out.
    bundle : mapping
        The configuration of the run.

    Returns
    -------
    dict
        `points` (thinned lines by time), `months`, `pnl`, `excursions`, `costs`, `regimes`,
        `blocked`, `triggers`.
    """
    equity = tables.equity
    times = _milliseconds(equity.index)
    exposure = None if market is None else exposure_path(tables.orders, market.closes, equity)
    return {
        "points": _points(times, equity, exposure),
        "months": monthly_returns(equity["nav"]),
        "pnl": profit_histogram(_numbers(tables.trades, "pnl")),
        "excursions": _excursions(tables.trades),
        "costs": _costs(tables, bundle),
        "regimes": [] if market is None else regime_rows(tables, market.labels),
        "blocked": blocked_stretches(tables.events, bundle, times[-1] if times.size else 0),
        "triggers": _triggers(tables.events),
    }


def monthly_returns(nav: "pd.Series[float]") -> list[dict[str, float | int]]:
    """Return the return of each calendar month (UTC), the first from the first point on."""
    if nav.empty:
        return []
    stamps = pd.DatetimeIndex(nav.index)
    # A bar that closes at midnight belongs to the month that ends.
    month = np.asarray((stamps - pd.Timedelta(1, "ms")).strftime("%Y%m").astype(int))
    month[0] = int(stamps[0].strftime("%Y%m"))
    values = nav.to_numpy(np.float64)
    ends = np.flatnonzero(np.append(month[1:] != month[:-1], True))
    starts = np.concatenate(([values[0]], values[ends[:-1]]))
    return [
        {
            "year": int(month[end] // 100),
            "month": int(month[end] % 100),
            "return": float(values[end] / start - 1.0) if start > 0.0 else float("nan"),
        }
        for start, end in zip(starts, ends, strict=True)
    ]


def profit_histogram(profits: FloatArray) -> dict[str, list[float]]:
    """Count the results of trades in bins of equal width; 0 is the edge of a bin."""
    known = profits[np.isfinite(profits)]
    if not known.size:
        return {"edges": [], "counts": []}
    low, high = min(float(known.min()), 0.0), max(float(known.max()), 0.0)
    width = (high - low) / min(HISTOGRAM_BINS, max(4, known.size)) or 1.0
    below, above = int(np.ceil(-low / width)), int(np.ceil(high / width)) or 1
    edges = np.arange(-below, above + 1) * width
    counts, _ = np.histogram(np.clip(known, edges[0], edges[-1]), bins=edges)
    return {"edges": edges.tolist(), "counts": counts.astype(float).tolist()}


def exposure_path(
    orders: pd.DataFrame, closes: Mapping[str, FloatArray], equity: pd.DataFrame
) -> FloatArray:
    """Return gross exposure over equity at each close; 0 where equity is not above 0."""
    times = _milliseconds(equity.index)
    gross = np.zeros(times.size)
    for symbol, close in closes.items():
        mine = orders[orders["symbol"] == symbol]
        signed = mine["quantity"].to_numpy(np.float64) * np.where(mine["side"] == "buy", 1.0, -1.0)
        held = np.concatenate(([0.0], np.cumsum(signed)))
        moments = _milliseconds(pd.DatetimeIndex(mine["time"]))
        position = held[np.searchsorted(moments, times, side="right")]
        gross[1:] += np.abs(position[1:]) * np.nan_to_num(close)
    worth = equity["equity"].to_numpy(np.float64)
    share: FloatArray = np.divide(gross, worth, out=np.zeros_like(gross), where=worth > 0.0)
    return share


def regime_rows(tables: RunTables, labels: LabelArray) -> list[dict[str, Any]]:
    """Tell how the run did in each regime: a return counts for the label before its bar."""
    nav = tables.equity["nav"].to_numpy(np.float64)
    returns = np.divide(np.diff(nav), nav[:-1], out=np.zeros(nav.size - 1), where=nav[:-1] > 0.0)
    before = np.concatenate(([np.int8(UNKNOWN)], labels[:-1]))
    entered = _labels_at(tables, labels)
    profits = _numbers(tables.trades, "pnl")
    rows = []
    for label, name in REGIME_NAMES.items():
        mine = before == label
        if mine.any():
            won = profits[entered == label]
            rows.append(
                {
                    "regime": name,
                    "bars": int(mine.sum()),
                    "share": float(mine.mean()),
                    "return": float(np.prod(1.0 + returns[mine]) - 1.0),
                    "trades": int(won.size),
                    "pnl": float(np.nansum(won)),
                    "win_rate": float((won > 0.0).mean()) if won.size else float("nan"),
                }
            )
    return rows


def _labels_at(tables: RunTables, labels: LabelArray) -> LabelArray:
    """Return the label that was known when each trade was entered."""
    closes = _milliseconds(tables.equity.index)[1:]
    entries = _milliseconds(pd.DatetimeIndex(tables.trades["entry_time"]))
    place = np.searchsorted(closes, entries, side="right") - 1
    return np.where(place >= 0, labels[np.maximum(place, 0)], np.int8(UNKNOWN))


def _points(
    times: IntArray, equity: pd.DataFrame, exposure: FloatArray | None
) -> dict[str, list[Any]]:
    rows = _picked(times, equity)
    lines: dict[str, list[Any]] = {"time": times[rows].tolist()}
    for name in ("equity", "drawdown"):
        lines[name] = _rounded(equity[name].to_numpy(np.float64)[rows])
    lines["exposure"] = [] if exposure is None else _rounded(_highest(exposure, rows))
    return lines


def _picked(times: IntArray, equity: pd.DataFrame) -> IntArray:
    """Pick rows that keep the shape of equity and the depth of drawdowns."""
    if times.size <= CHART_POINTS:
        return np.arange(times.size)
    blocks = np.array_split(np.arange(times.size), CHART_POINTS // 4)
    worth, loss = (equity[name].to_numpy(np.float64) for name in ("equity", "drawdown"))
    kept = {0, times.size - 1}
    for block in blocks:
        kept.update((int(block[0]), int(block[worth[block].argmin()])))
        kept.update((int(block[worth[block].argmax()]), int(block[loss[block].argmax()])))
    return np.array(sorted(kept))


def _highest(values: FloatArray, rows: IntArray) -> FloatArray:
    """Return the highest value from each picked row to the next."""
    return np.maximum.reduceat(values, rows) if values.size else values


def _excursions(trades: pd.DataFrame) -> list[dict[str, float]]:
    columns = ["mae", "mfe", "return", "pnl"]
    known = trades[trades["exit_reason"] != "open"][columns].dropna()
    if len(known) > MOST_EXCURSIONS:
        # Evenly in time: the extremes stand in the metrics.
        known = known.iloc[np.linspace(0, len(known) - 1, MOST_EXCURSIONS).astype(int)]
    return [dict(zip(columns, _rounded(row), strict=True)) for row in known.to_numpy(np.float64)]


def _costs(tables: RunTables, bundle: Mapping[str, Any]) -> dict[str, float]:
    account = bundle.get("account") or {}
    share = float(account.get("slippage_bps", 0.0)) * BASIS_POINT
    orders = tables.orders
    notional = orders["quantity"].to_numpy(np.float64) * orders["price"].to_numpy(np.float64)
    sides = np.where(orders["side"] == "buy", 1.0, -1.0)
    return {
        "fees": float(orders["fee"].sum()),
        "funding": float(tables.trades["funding"].sum()),
        "slippage": float((notional * share / (1.0 + sides * share)).sum()),
        "traded": float(notional.sum()),
    }


def _triggers(events: pd.DataFrame) -> list[dict[str, Any]]:
    fired = events[events["kind"] == "triggered"].iloc[:MOST_EVENTS]
    times = _milliseconds(pd.DatetimeIndex(fired["time"]))
    return [
        {"time": int(at), "breaker": str(name), "detail": str(detail)}
        for at, name, detail in zip(times, fired["breaker"], fired["detail"], strict=True)
    ]


def _numbers(table: pd.DataFrame, column: str) -> FloatArray:
    return table[column].to_numpy(np.float64)


def _rounded(values: FloatArray | Sequence[float]) -> list[float]:
    return [float(f"{value:.8g}") for value in np.asarray(values, np.float64)]


def _milliseconds(index: pd.Index) -> IntArray:
    return pd.DatetimeIndex(index).as_unit("ms").asi8
