"""Folders of runs made by hand, with the files that a worker leaves."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tomli_w

from etrms_core.backtest.run_report import RunMarket, RunTables
from etrms_core.bootstrap.run_extras import write_extras
from etrms_core.performance.round_trips import TRADE_COLUMNS

START = pd.Timestamp("2025-01-06", tz="UTC")
HOUR = pd.Timedelta(1, "h")
BARS = 400
CAPITAL = 10_000.0
STRATEGY = {"name": "sma_cross", "params": {"fast": 10, "slow": 50}, "direction": "long_only"}
BREAKER = {
    "name": "drawdown 2 %",
    "metric": "drawdown",
    "threshold": 0.02,
    "actions": [{"kind": "close_all"}, {"kind": "pause_trading", "seconds": 86_400}],
}
BUNDLE: dict[str, Any] = {
    "kind": "standard",
    "seed": 7,
    "data": {"venue": "sample", "symbols": ["BTCUSDT"], "timeframe": "1h"},
    "account": {"initial_capital": CAPITAL, "slippage_bps": 2.0, "bounds": "both"},
    "strategy": STRATEGY,
}
ORDER_COLUMNS = ["time", "symbol", "side", "quantity", "price", "fee", "reason"]


def make_bars(count: int = BARS, *, seed: int = 3) -> pd.DataFrame:
    """Draw hourly bars."""
    steps = np.random.default_rng(seed).normal(0.0, 0.006, count)
    close = 100_000.0 * np.exp(np.cumsum(steps))
    opened = np.concatenate(([100_000.0], close[:-1]))
    index = pd.date_range(START, periods=count, freq=HOUR, name="time")
    return pd.DataFrame(
        {
            "open": opened,
            "high": np.maximum(opened, close) * 1.001,
            "low": np.minimum(opened, close) * 0.999,
            "close": close,
            "volume": 1.0,
        },
        index=index,
    )


def make_tables(bars: pd.DataFrame, *, has_events: bool = False) -> RunTables:
    """Hold 0.05 of the contract for every second stretch of 20 bars."""
    close, opened = (bars[name].to_numpy() for name in ("close", "open"))
    times = bars.index.insert(len(bars), bars.index[-1] + HOUR)
    held = (np.arange(len(bars)) // 20 % 2) * 0.05
    gains = held * (close - opened)
    equity = CAPITAL + np.concatenate(([0.0], np.cumsum(gains)))
    nav = equity / CAPITAL
    drawdown = 1.0 - nav / np.maximum.accumulate(nav)
    path = pd.DataFrame({"equity": equity, "nav": nav, "drawdown": drawdown}, index=times)
    trades, orders = [], []
    for number, start in enumerate(range(20, len(bars) - 20, 40)):
        end = start + 20
        entry, final = opened[start], opened[end]
        pnl = 0.05 * (final - entry) - 4.0
        window = bars.iloc[start:end]
        mae, mfe = window["low"].min() / entry - 1.0, window["high"].max() / entry - 1.0
        trades.append(
            [
                *(number + 1, "BTCUSDT", "long", times[start], times[end], 0.05, entry, final),
                *(4.0, 0.0, pnl, pnl / (0.05 * entry), min(mae, 0.0), max(mfe, 0.0), "signal"),
            ]
        )
        orders.append([times[start], "BTCUSDT", "buy", 0.05, entry, 2.0, "signal"])
        orders.append([times[end], "BTCUSDT", "sell", 0.05, final, 2.0, "signal"])
    events = [
        [times[50], "drawdown 2 %", "portfolio", "triggered", 0.021, 0.02, "", "drawdown is 2.1%"],
        [times[50], "drawdown 2 %", "portfolio", "acted", 0.021, 0.02, "close_all", "sold"],
        [times[80], "drawdown 2 %", "portfolio", "waiting_reset", 0.02, 0.02, "", "still down"],
        [times[120], "drawdown 2 %", "portfolio", "rearmed", 0.01, 0.02, "", "armed again"],
    ]
    names = ["time", "breaker", "scope", "kind", "value", "threshold", "action", "detail"]
    return RunTables(
        path.rename_axis("time"),
        pd.DataFrame(trades, columns=list(TRADE_COLUMNS)),
        pd.DataFrame(
            orders, columns=["time", "symbol", "side", "quantity", "price", "fee", "reason"]
        ),
        pd.DataFrame(events if has_events else events[:0], columns=names),
    )


def write_run(
    folder: Path,
    *,
    bars: pd.DataFrame | None = None,
    bundle: dict[str, Any] | None = None,
    with_breakers: bool = False,
    final_equity: float | None = None,
) -> None:
    """Write the folder of a run; with breakers also the one without them."""
    made = make_bars() if bars is None else bars
    written = {**(bundle or BUNDLE), **({"breakers": [BREAKER]} if with_breakers else {})}
    tables = make_tables(made, has_events=with_breakers)
    folder.mkdir(parents=True, exist_ok=True)
    tables.equity.to_csv(folder / "equity.csv", date_format="%Y-%m-%dT%H:%M:%SZ")
    for name, table in (
        ("trades", tables.trades),
        ("orders", tables.orders),
        ("breaker_events", tables.events),
    ):
        table.to_csv(folder / f"{name}.csv", index=False, date_format="%Y-%m-%dT%H:%M:%SZ")
    final = float(tables.equity["equity"].iloc[-1]) if final_equity is None else final_equity
    result = {
        "metrics": metrics(final, tables),
        "bounds": {
            "pessimistic": figures(final),
            "optimistic": figures(final + 50.0),
            "adverse_max_drawdown": 0.07,
        },
        "verdict": None,
        "data_quality": {
            "BTCUSDT": {
                "timeframe": "1h",
                "rows": len(made),
                "first": "2025-01-06T00:00:00Z",
                "last": "2025-01-22T15:00:00Z",
                "missing_bars": 0,
                "gaps": 0,
                "zero_volume": 0,
                "problems": [],
                "notes": ["no mark prices: the bars themselves"],
            }
        },
        "counts": {"bars": len(made), "symbols": 1, "trades": len(tables.trades)},
    }
    (folder / "result.json").write_text(json.dumps(result), encoding="utf-8")
    (folder / "bundle.toml").write_text(tomli_w.dumps(written), encoding="utf-8")
    write_extras(folder, {"BTCUSDT": made})
    if with_breakers:
        write_run(folder / "without_breakers", bars=made, bundle=bundle, final_equity=final - 250.0)


def figures(final: float) -> dict[str, float]:
    """Return the figures of one reading."""
    return {
        "final_equity": final,
        "total_return": final / CAPITAL - 1.0,
        "max_drawdown": 0.05,
    }


def metrics(final: float, tables: RunTables) -> dict[str, float | None]:
    """Return figures by their names."""
    return {
        "final_equity": final,
        "total_return": final / CAPITAL - 1.0,
        "annual_return": 0.4,
        "annual_volatility": 0.5,
        "sharpe": 0.81,
        "sortino": 1.2,
        "calmar": 2.0,
        "omega": 1.1,
        "max_drawdown": float(tables.equity["drawdown"].max()),
        "max_drawdown_bars": 120.0,
        "recovery_bars": None,
        "ulcer_index": 0.02,
        "value_at_risk": 0.01,
        "expected_shortfall": 0.015,
        "win_rate": 0.5,
        "profit_factor": None,
        "average_win": 50.0,
        "average_loss": 40.0,
        "risk_reward": 1.25,
        "expectancy": 5.0,
        "trades": float(len(tables.trades)),
        "exposure": 0.5,
        "turnover": 9.0,
        "fees": 4.0 * len(tables.trades),
        "funding": -3.5,
        "liquidations": 0.0,
        "breaker_triggers": float((tables.events["kind"] == "triggered").sum()),
    }


def make_market(bars: pd.DataFrame) -> RunMarket:
    """Return the closes of bars with labels that alternate."""
    labels = (np.arange(len(bars)) % 5).astype(np.int8)
    return RunMarket({"BTCUSDT": bars["close"].to_numpy()}, labels)
