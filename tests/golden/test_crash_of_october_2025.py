"""Bitcoin on 10 October 2025, minute by minute: what breakers save, by hand-computed equity."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.golden.replays import files, run, table
from tests.golden.shared_data import shared_file

BARS = "ohlcv/binance_usdm_BTCUSDT_1m_20251010.parquet"
CAPITAL, QUANTITY, LEVERAGE, FEE = 12_000.0, 1.0, 10.0, 0.0004
REDUCE_AT, CLOSE_AT = 0.02, 0.30
LOSS: dict[str, Any] = {
    "name": "position loss 2 %",
    "scope": {"kind": "symbol"},
    "metric": "position_loss",
    "threshold": REDUCE_AT,
    "cooldown_seconds": 86_400,
    "actions": [{"kind": "reduce_position", "fraction": 0.5}],
}
DRAWDOWN: dict[str, Any] = {
    "name": "drawdown 30 %",
    "metric": "drawdown",
    "threshold": CLOSE_AT,
    "cooldown_seconds": 86_400,
    "drawdown_peak": "since_rearm",
    "actions": [{"kind": "close_all"}, {"kind": "pause_trading", "seconds": 86_400}],
}


@pytest.fixture(scope="module")
def bars() -> pd.DataFrame:
    return pd.read_parquet(shared_file(BARS))


def replay(out: Path, bars: pd.DataFrame, breakers: list[dict[str, Any]]) -> Path:
    position = {
        "symbol": "BTCUSDT",
        "quantity": QUANTITY,
        "entry_price": float(bars["open"].iloc[0]),
        "leverage": LEVERAGE,
    }
    return run(out, {"BTCUSDT": shared_file(BARS)}, [position], breakers, capital=CAPITAL)


def equity_by_hand(bars: pd.DataFrame) -> tuple[list[float], list[str]]:
    """Walk the bars with plain arithmetic: orders of a close fill at the next open."""
    entry, held, cash, peak = float(bars["open"].iloc[0]), QUANTITY, CAPITAL, CAPITAL
    equity, fired, to_sell = [CAPITAL], [], 0.0
    for _, bar in bars.iterrows():
        if to_sell:
            cash += to_sell * (bar["open"] - entry) - to_sell * bar["open"] * FEE
            held, to_sell = held - to_sell, 0.0
        now = cash + held * (bar["close"] - entry)
        peak = max(peak, now)
        if "loss" not in fired and held and 1.0 - bar["close"] / entry >= REDUCE_AT:
            fired.append("loss")
            to_sell = held / 2.0
        if "drawdown" not in fired and 1.0 - now / peak >= CLOSE_AT:
            fired.append("drawdown")
            to_sell = held
        equity.append(now)
    return equity, fired


def test_equity_with_breakers_is_the_hand_computed_one_to_the_cent(
    tmp_path: Path, bars: pd.DataFrame
) -> None:
    found = table(replay(tmp_path, bars, [LOSS, DRAWDOWN]), "equity.csv")
    expected, fired = equity_by_hand(bars)
    assert fired == ["loss", "drawdown"]
    assert found["equity"].tolist() == pytest.approx(expected, abs=0.005)


def test_each_breaker_fires_once_and_the_position_shrinks_once_by_its_fraction(
    tmp_path: Path, bars: pd.DataFrame
) -> None:
    folder = replay(tmp_path, bars, [LOSS, DRAWDOWN])
    events, orders = table(folder, "breaker_events.csv"), table(folder, "orders.csv")
    triggered = events[events["kind"] == "triggered"]
    assert triggered["breaker"].tolist() == ["position loss 2 %", "drawdown 30 %"]
    assert orders["quantity"].tolist() == [0.5, 0.5]
    assert orders["side"].tolist() == ["sell", "sell"]
    assert orders["reason"].tolist() == ["breaker", "breaker"]
    paused = events[events["action"] == "pause_trading(seconds=86400)"]
    assert paused["kind"].tolist() == ["acted"]


def test_a_trigger_says_why_with_its_numbers(tmp_path: Path, bars: pd.DataFrame) -> None:
    events = table(replay(tmp_path, bars, [LOSS, DRAWDOWN]), "breaker_events.csv")
    first = events[events["kind"] == "triggered"].iloc[0]
    entry = bars["open"].iloc[0]
    close = bars["close"][1.0 - bars["close"] / entry >= REDUCE_AT].iloc[0]
    assert first["value"] == pytest.approx(1.0 - close / entry, abs=1e-12)
    assert f"{first['value']:.4%}" in first["detail"]
    assert "2.0000%" in first["detail"]


def test_without_breakers_the_long_is_liquidated_at_its_price_and_loses_all(
    tmp_path: Path, bars: pd.DataFrame
) -> None:
    folder = replay(tmp_path, bars, [])
    trades, equity = table(folder, "trades.csv"), table(folder, "equity.csv")
    entry = bars["open"].iloc[0]
    # wallet + q (p - entry) = q p m, with q = 1 and m = 0.5 %
    price = (CAPITAL - QUANTITY * entry) / (QUANTITY * 0.005 - QUANTITY)
    assert trades["exit_reason"].tolist() == ["liquidation"]
    assert trades["exit_price"].iloc[0] == pytest.approx(price, rel=1e-12)
    assert equity["equity"].iloc[-1] == pytest.approx(0.0, abs=0.005)
    assert trades["mae"].iloc[0] == pytest.approx(price / entry - 1.0, rel=1e-9)
    before = int((bars["low"] > price).cummin().sum())
    by_hand = CAPITAL + QUANTITY * (bars["close"].iloc[:before] - entry)
    assert equity["equity"].iloc[1 : before + 1].tolist() == pytest.approx(by_hand.tolist())


def test_two_replays_leave_the_same_bytes(tmp_path: Path, bars: pd.DataFrame) -> None:
    first = files(replay(tmp_path / "a", bars, [LOSS, DRAWDOWN]))
    assert files(replay(tmp_path / "b", bars, [LOSS, DRAWDOWN])) == first
    assert sorted(first) == [
        "breaker_events.csv",
        "bundle.toml",
        "equity.csv",
        "orders.csv",
        "result.json",
        "trades.csv",
    ]


def test_a_position_that_is_bankrupt_at_the_first_open_knows_no_price_beyond_its_exit(
    tmp_path: Path, bars: pd.DataFrame
) -> None:
    entry = 130_000.0
    position = {"symbol": "BTCUSDT", "quantity": 1.0, "entry_price": entry, "leverage": 10.0}
    folder = run(tmp_path, {"BTCUSDT": shared_file(BARS)}, [position], [], capital=CAPITAL)
    (trade,) = table(folder, "trades.csv").to_dict("records")
    assert trade["exit_price"] == pytest.approx(entry - CAPITAL)
    assert (trade["mae"], trade["mfe"]) == (pytest.approx(-CAPITAL / entry), 0.0)
