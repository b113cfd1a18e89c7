"""Results of hand-written runs: frames, figures, files."""

import json
import time
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from etrms_core.backtest.decision_chain import decision_chain
from etrms_core.backtest.run_files import BREAKER_EVENT_COLUMNS, ORDER_COLUMNS
from etrms_core.backtest.simulation_run import FillReason
from etrms_core.domain.events import BreakerEventKind
from etrms_core.errors import StorageError
from etrms_core.performance.round_trips import TRADE_COLUMNS
from tests.backtest.hand_runs import (
    ADVERSE,
    EQUITY,
    HOUR_MS,
    START_MS,
    event,
    hand_result,
    hand_run,
)
from tests.services.replays import START, files_in

METRICS = set(
    """
    total_return annual_return annual_volatility sharpe sortino calmar omega max_drawdown
    max_drawdown_bars recovery_bars ulcer_index value_at_risk expected_shortfall win_rate
    profit_factor average_win average_loss risk_reward expectancy trades exposure turnover fees
    funding liquidations breaker_triggers final_equity
    """.split()  # noqa: SIM905  as the public interface writes them
)
FILES = [
    "breaker_events.csv",
    "bundle.toml",
    "decisions.csv",
    "equity.csv",
    "orders.csv",
    "result.json",
    "trades.csv",
]


def test_equity_begins_with_the_capital_at_the_first_open() -> None:
    equity = hand_result().equity
    assert equity.tolist() == list(EQUITY)
    assert equity.index.name == "time"
    assert list(equity.index) == list(pd.date_range(START, periods=5, freq="1h"))


def test_trades_are_told_row_by_row() -> None:
    trades = hand_result().trades
    assert tuple(trades.columns) == TRADE_COLUMNS
    stopped, still_open = trades.to_dict("records")
    assert (stopped["side"], stopped["exit_reason"]) == ("long", "stop_loss")
    assert stopped["pnl"] == pytest.approx(-10.0 - 0.156 - 0.5)
    assert stopped["fees"] == pytest.approx(0.156)
    assert stopped["funding"] == -0.5
    # Highest before the bar of the exit, lowest the exit itself: that bar went to 90 afterwards.
    assert stopped["mfe"] == pytest.approx(0.12)
    assert stopped["mae"] == pytest.approx(-0.05)
    assert (still_open["exit_reason"], still_open["pnl"]) == ("open", pytest.approx(-0.0384))
    assert pd.isna(still_open["exit_time"])


def test_the_pnl_of_trades_adds_up_to_what_the_account_earned() -> None:
    result = hand_result()
    earned = result.equity.iloc[-1] - result.equity.iloc[0]
    assert result.trades["pnl"].sum() == pytest.approx(earned)


def test_orders_have_sides_and_unsigned_quantities() -> None:
    orders = hand_result().orders
    assert tuple(orders.columns) == ORDER_COLUMNS
    assert orders["side"].tolist() == ["buy", "sell", "buy"]
    assert orders["quantity"].tolist() == [2.0, 2.0, 1.0]
    assert orders["reason"].tolist() == ["signal", "stop_loss", "signal"]
    assert orders["time"].iloc[0] == START + pd.Timedelta(hours=1)


def test_every_reason_has_its_word() -> None:
    fills = [(1, START_MS + HOUR_MS, 1.0, 100.0, 0.0, 0.0, reason, False) for reason in FillReason]
    assert hand_result(hand_run(fills=fills)).orders["reason"].tolist() == [
        "signal",
        "stop_loss",
        "take_profit",
        "trailing_stop",
        "liquidation",
        "breaker",
    ]


def test_breaker_events_are_a_frame() -> None:
    events = [event(2), event(3, BreakerEventKind.REARMED, value=None)]
    frame = hand_result(hand_run(events=events)).breaker_events
    assert tuple(frame.columns) == BREAKER_EVENT_COLUMNS
    assert frame["kind"].tolist() == ["triggered", "rearmed"]
    assert frame["scope"].tolist() == ["portfolio", "portfolio"]
    assert frame["value"].isna().tolist() == [False, True]
    assert frame["time"].iloc[0] == START + pd.Timedelta(hours=2)


def test_a_run_without_trades_has_empty_frames_with_columns() -> None:
    result = hand_result(hand_run(equity=[1_000.0] * 5, fills=(), payments=()))
    assert tuple(result.orders.columns) == ORDER_COLUMNS
    assert tuple(result.trades.columns) == TRADE_COLUMNS
    assert tuple(result.breaker_events.columns) == BREAKER_EVENT_COLUMNS
    assert (result.breaker_events["kind"] == "triggered").sum() == 0
    assert result.metrics["trades"] == 0.0
    assert result.metrics["turnover"] == 0.0


def test_metrics_have_the_names_of_the_interface() -> None:
    metrics = hand_result(hand_run(events=[event(2), event(3)])).metrics
    assert set(metrics) == METRICS
    assert metrics["breaker_triggers"] == 2.0
    assert metrics["fees"] == pytest.approx(0.08 + 0.076 + 0.0384)
    assert metrics["funding"] == -0.5
    assert metrics["turnover"] == pytest.approx((200.0 + 190.0 + 96.0) / np.mean(EQUITY))
    assert metrics["exposure"] == 0.5
    assert metrics["max_drawdown"] == pytest.approx(1.0 - 989.3056 / 1_019.92)


def test_bounds_tell_both_readings_and_the_drawdown_inside_bars() -> None:
    better = hand_run(equity=(1_000.0, 1_000.0, 1_019.92, 1_000.0, 999.0))
    bounds = hand_result(optimistic=better, bounds="both").bounds
    assert bounds["pessimistic"]["final_equity"] == 989.3056
    assert bounds["optimistic"]["total_return"] == pytest.approx(-0.001)
    assert bounds["adverse_max_drawdown"] == pytest.approx(1.0 - ADVERSE[2] / EQUITY[2])
    single = hand_result(bounds="optimistic").bounds
    assert set(single) == {"optimistic", "adverse_max_drawdown"}


def test_a_run_leaves_a_whole_folder(tmp_path: Path) -> None:
    result = hand_result(hand_run(events=[event(2)]))
    result.write(tmp_path / "run", data={"files": {"A": "/bars/a.csv"}})
    assert list(files_in(tmp_path / "run")) == FILES
    document = json.loads((tmp_path / "run" / "result.json").read_text())
    assert document["counts"] == {
        "bars": 4,
        "symbols": 1,
        "orders": 3,
        "trades": 2,
        "breaker_events": 1,
    }
    assert document["verdict"] is None
    assert document["metrics"]["final_equity"] == 989.3056
    assert document["data_quality"]["A"]["rows"] == 4
    bundle = tomllib.loads((tmp_path / "run" / "bundle.toml").read_text())
    assert bundle["data"] == {"files": {"A": "/bars/a.csv"}}
    assert (bundle["seed"], bundle["strategy"]["name"]) == (7, "buy_and_hold")
    assert set(bundle["data_sha256"]) == {"A"}
    assert {"etrms", "numpy", "numba", "pandas", "python", "TA-Lib"} <= set(bundle["versions"])
    equity = pd.read_csv(tmp_path / "run" / "equity.csv")
    assert equity["equity"].tolist() == list(EQUITY)
    assert equity["drawdown"].iloc[-1] == pytest.approx(1.0 - 989.3056 / 1_019.92)


def test_equal_runs_leave_equal_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        hand_result(hand_run(events=[event(2)])).write(tmp_path / name)
    assert files_in(tmp_path / "one") == files_in(tmp_path / "two")


def test_a_run_that_cannot_be_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def full_disk(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) > 4:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(StorageError, match="No space left on device"):
        hand_result().write(tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_another_run_is_kept(tmp_path: Path) -> None:
    hand_result().write(tmp_path / "run")
    with pytest.raises(StorageError, match="holds a run already"):
        hand_result().write(tmp_path / "run")
    hand_result().write(tmp_path / "run", replace=True)
    assert list(files_in(tmp_path / "run")) == FILES


def test_a_changed_decision_changes_every_hash_after_it() -> None:
    events = [event(hour) for hour in (1, 2, 2, 3)]
    changed = [events[0], replace(events[1], value=0.2), *events[2:]]
    chain, other = list(decision_chain(events)), list(decision_chain(changed))
    assert len(chain) == 3
    assert chain[0] == other[0]
    assert chain[1][1] != other[1][1]
    assert chain[2][1] == other[2][1]
    assert chain[2][2] != other[2][2]


def test_a_long_run_is_measured_quickly() -> None:
    bars, trades = 200_000, 5_000
    rng = np.random.default_rng(1)
    close = 100.0 + rng.standard_normal(bars).cumsum() * 0.01
    rows = np.column_stack([close, close + 1.0, close - 1.0, close])
    at = np.sort(rng.choice(np.arange(1, bars), 2 * trades, replace=False))
    fills = [
        (bar, START_MS + bar * HOUR_MS, 1.0 - 2.0 * (k % 2), close[bar], 0.04, 0.0, 0, False)
        for k, bar in enumerate(at.tolist())
    ]
    equity = 1_000.0 + rng.standard_normal(bars + 1).cumsum() * 0.01
    equity[0] = 1_000.0
    run = hand_run(equity=equity, adverse=equity[1:], fills=fills, payments=())
    result = hand_result(run, rows=rows.tolist())
    started = time.process_time()
    assert len(result.trades) == trades
    built = time.process_time()
    assert result.metrics["trades"] == trades
    assert built - started < 1.0
    assert time.process_time() - built < 0.5
