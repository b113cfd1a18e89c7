"""The summary of a run: small, and true to its tables."""

import json
from math import nan

import numpy as np
import pandas as pd
import pytest

from etrms_core.backtest.run_report import (
    CHART_POINTS,
    RunTables,
    build_report,
    exposure_path,
    monthly_returns,
    profit_histogram,
    regime_rows,
)
from tests.run_folders import BREAKER, BUNDLE, CAPITAL, make_bars, make_market, make_tables


def nav(values: list[float], start: str, freq: str) -> "pd.Series[float]":
    index = pd.date_range(start, periods=len(values), freq=freq, tz="UTC")
    return pd.Series(values, index=index)


def test_a_close_at_midnight_belongs_to_the_month_that_ends() -> None:
    path = nav([1.0, 1.1, 1.21, 1.089], "2025-01-30", "D")
    assert monthly_returns(path) == [
        {"year": 2025, "month": 1, "return": pytest.approx(0.21)},
        {"year": 2025, "month": 2, "return": pytest.approx(-0.1)},
    ]


def test_a_month_after_ruin_has_no_return() -> None:
    found = monthly_returns(nav([1.0, 0.0, 0.0], "2025-01-31", "D"))
    assert found[0]["return"] == pytest.approx(-1.0)
    assert np.isnan(found[1]["return"])
    assert monthly_returns(pd.Series(dtype=float)) == []


def test_every_trade_is_counted_once_and_zero_is_an_edge() -> None:
    found = profit_histogram(np.array([-10.0, -0.5, 0.5, 30.0, nan]))
    assert sum(found["counts"]) == 4.0
    assert min(abs(edge) for edge in found["edges"]) == 0.0
    losses = [
        count for edge, count in zip(found["edges"], found["counts"], strict=False) if edge < 0.0
    ]
    assert sum(losses) == 2.0
    assert profit_histogram(np.zeros(0)) == {"edges": [], "counts": []}
    assert sum(profit_histogram(np.zeros(3))["counts"]) == 3.0


def test_exposure_is_what_is_held_at_each_close_over_equity() -> None:
    bars = make_bars(200)
    tables = make_tables(bars)
    found = exposure_path(tables.orders, {"BTCUSDT": bars["close"].to_numpy()}, tables.equity)
    assert found[:20].max() == 0.0
    held = 0.05 * bars["close"].iloc[30] / tables.equity["equity"].iloc[31]
    assert found[31] == pytest.approx(held)


def test_costs_follow_from_the_orders() -> None:
    tables = make_tables(make_bars(200))
    costs = build_report(tables, None, BUNDLE)["costs"]
    assert costs["fees"] == pytest.approx(2.0 * len(tables.orders))
    raw = (tables.orders["quantity"] * tables.orders["price"]).sum()
    assert costs["traded"] == pytest.approx(raw)
    assert costs["slippage"] == pytest.approx(raw * 2e-4, rel=1e-3)


def test_regimes_split_bars_trades_and_money_without_rest() -> None:
    bars = make_bars()
    tables = make_tables(bars)
    rows = build_report(tables, make_market(bars), BUNDLE)["regimes"]
    assert sum(row["bars"] for row in rows) == len(bars)
    assert sum(row["share"] for row in rows) == pytest.approx(1.0)
    assert sum(row["trades"] for row in rows) == len(tables.trades)
    assert sum(row["pnl"] for row in rows) == pytest.approx(tables.trades["pnl"].sum())
    total = np.prod([1.0 + row["return"] for row in rows])
    assert total == pytest.approx(tables.equity["equity"].iloc[-1] / CAPITAL)


def test_a_return_counts_for_the_label_that_was_known_before_its_bar() -> None:
    bars = make_bars(200)
    tables, market = make_tables(bars), make_market(bars)
    market.labels[:] = 1
    market.labels[40] = 4
    rows = {row["regime"]: row for row in regime_rows(tables, market.labels)}
    worth = tables.equity["nav"].to_numpy()
    assert rows["trend, volatile"]["bars"] == 1
    assert rows["trend, volatile"]["return"] == pytest.approx(worth[42] / worth[41] - 1.0)
    assert rows["unknown"]["bars"] == 1


def test_triggers_and_blocked_stretches_are_told() -> None:
    bars = make_bars()
    report = build_report(
        make_tables(bars, has_events=True), None, {**BUNDLE, "breakers": [BREAKER]}
    )
    assert [each["breaker"] for each in report["triggers"]] == ["drawdown 2 %"]
    assert [len(each["spans"]) for each in report["blocked"]] == [2]
    assert report["regimes"] == []


def test_a_million_bars_stay_small_and_keep_their_extremes() -> None:
    count = 1_000_000
    rng = np.random.default_rng(5)
    worth = CAPITAL * np.exp(np.cumsum(rng.normal(0.0, 1e-4, count)))
    index = pd.date_range("2020-01-01", periods=count, freq="min", tz="UTC")
    drawdown = 1.0 - worth / np.maximum.accumulate(worth)
    equity = pd.DataFrame(
        {"equity": worth, "nav": worth / CAPITAL, "drawdown": drawdown}, index=index
    )
    small = make_tables(make_bars(200))
    tables = RunTables(equity, small.trades, small.orders, small.events)
    points = build_report(tables, None, BUNDLE)["points"]
    assert len(points["time"]) <= CHART_POINTS + 2
    assert max(points["equity"]) == pytest.approx(worth.max(), rel=1e-7)
    assert min(points["equity"]) == pytest.approx(worth.min(), rel=1e-7)
    assert max(points["drawdown"]) == pytest.approx(drawdown.max(), rel=1e-7)
    assert len(json.dumps(points)) < 100_000
