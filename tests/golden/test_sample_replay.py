"""The committed sample: a replay whose orders are recorded, on any machine."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.golden.replays import run, sha256, table

SAMPLE = Path(__file__).parents[2] / "data" / "samples" / "BTCUSDT_1h_sample.csv"
POSITION = {"symbol": "BTCUSDT", "quantity": 0.4, "entry_price": 100_000.0, "leverage": 10}
BREAKERS: list[dict[str, Any]] = [
    {
        "name": "halve",
        "metric": "drawdown",
        "threshold": 0.10,
        "drawdown_peak": "since_rearm",
        "cooldown_seconds": 6 * 3600,
        "actions": [{"kind": "reduce_position", "fraction": 0.5}],
    },
    {
        "name": "guard",
        "metric": "unguarded_notional",
        "threshold": 1.0,
        "cooldown_seconds": 3600,
        "actions": [{"kind": "place_guard_stop", "distance": 0.05}],
    },
]
# A change here is a change of what the program does.
ORDERS_SHA256 = "99b9836d5dcc5daadcc36ebf097a9eb95af7c8f167f9230c1eac918d3a001af1"


def test_the_orders_of_the_sample_are_the_recorded_ones(tmp_path: Path) -> None:
    folder = run(tmp_path, {"BTCUSDT": SAMPLE}, [POSITION], BREAKERS, capital=10_000.0)
    assert len(table(folder, "orders.csv")) >= 2
    assert sha256(folder, "orders.csv") == ORDERS_SHA256


def test_equity_is_wallet_plus_unrealised_at_every_bar(tmp_path: Path) -> None:
    folder = run(tmp_path, {"BTCUSDT": SAMPLE}, [POSITION], BREAKERS, capital=10_000.0)
    bars, orders = pd.read_csv(SAMPLE), table(folder, "orders.csv")
    equity = table(folder, "equity.csv")
    times = pd.to_datetime(equity["time"])
    filled = pd.to_datetime(orders["time"])
    signed = orders["quantity"].where(orders["side"] == "buy", -orders["quantity"])
    for bar in range(len(bars)):
        done = filled <= times.iloc[bar + 1]
        held = POSITION["quantity"] + signed[done].sum()
        cash = 10_000.0 - (signed * orders["price"] + orders["fee"])[done].sum()
        by_hand = cash - POSITION["quantity"] * 100_000.0 + held * bars["close"].iloc[bar]
        at_open = filled == times.iloc[bar + 1]
        if not at_open.any():
            assert equity["equity"].iloc[bar + 1] == pytest.approx(by_hand, abs=1e-6)
