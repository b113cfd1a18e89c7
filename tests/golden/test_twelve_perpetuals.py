"""Twelve perpetuals through the crash of October 2025, long and short, balanced preset."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from etrms_core.breakers.presets import preset
from etrms_core.breakers.rule_document import rule_mappings
from tests.golden.replays import files, run, sha256, table
from tests.golden.shared_data import shared_file

COINS = ("BTC", "ETH", "SOL", "BNB", "XRP", "DOGE", "LINK", "ADA", "DOT", "LTC", "BCH", "TRX")
FIRST, LAST = "2025-10-08", "2025-10-13"
CAPITAL, NOTIONAL = 12_000.0, 4_000.0
# The orders of this book: a change here is a change of what the program does.
ORDERS_SHA256 = "44b5ae002fae74bb342aaca1b04d4d84d33815bd75e3c45d23287fae9e4eb2dd"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Path], list[dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("bars")
    bars, positions = {}, []
    for number, coin in enumerate(COINS):
        frame = pd.read_parquet(shared_file(f"ohlcv/binance_usdm_{coin}USDT_1h.parquet"))
        frame = frame[(frame["ts"] >= FIRST) & (frame["ts"] < LAST)]
        frame.to_parquet(folder / f"{coin}.parquet")
        bars[f"{coin}USDT"] = folder / f"{coin}.parquet"
        price = float(frame["open"].iloc[0])
        side = 1.0 if number % 3 else -1.0
        positions.append(
            {
                "symbol": f"{coin}USDT",
                "quantity": side * NOTIONAL / price,
                "entry_price": price,
                "leverage": 5.0,
                "margin_mode": "cross" if number % 4 else "isolated",
            }
        )
    return bars, positions


BALANCED = rule_mappings(preset("balanced"))


def test_the_balanced_preset_saves_money_in_the_crash(
    tmp_path: Path, book: tuple[dict[str, Path], list[dict[str, Any]]]
) -> None:
    guarded = run(tmp_path / "guarded", *book, BALANCED, capital=CAPITAL)
    bare = run(tmp_path / "bare", *book, [], capital=CAPITAL)
    with_breakers, without = table(guarded, "equity.csv"), table(bare, "equity.csv")
    assert with_breakers["equity"].iloc[-1] > without["equity"].iloc[-1]
    assert with_breakers["drawdown"].max() < 0.5 * without["drawdown"].max()


def test_the_trades_add_up_to_the_change_of_equity(
    tmp_path: Path, book: tuple[dict[str, Path], list[dict[str, Any]]]
) -> None:
    for name, rules in (("guarded", BALANCED), ("bare", [])):
        folder = run(tmp_path / name, *book, rules, capital=CAPITAL)
        change = table(folder, "equity.csv")["equity"].iloc[-1] - CAPITAL
        assert table(folder, "trades.csv")["pnl"].sum() == pytest.approx(change, abs=1e-6)


def test_every_position_is_reduced_at_most_as_often_as_breakers_fire(
    tmp_path: Path, book: tuple[dict[str, Path], list[dict[str, Any]]]
) -> None:
    folder = run(tmp_path, *book, BALANCED, capital=CAPITAL)
    events, orders = table(folder, "breaker_events.csv"), table(folder, "orders.csv")
    closing = events[
        (events["kind"] == "triggered") & events["action"].str.contains("close|reduce")
    ]
    assert orders.groupby("symbol").size().max() <= len(closing)
    held = {row["symbol"]: row["quantity"] for row in book[1]}
    for symbol, fills in orders.groupby("symbol"):
        assert (fills["side"] == ("sell" if held[str(symbol)] > 0.0 else "buy")).all()
        assert fills["quantity"].sum() <= abs(held[str(symbol)]) * (1.0 + 1e-12)


def test_replaying_twice_gives_the_same_bytes(
    tmp_path: Path, book: tuple[dict[str, Path], list[dict[str, Any]]]
) -> None:
    first = run(tmp_path / "a", *book, BALANCED, capital=CAPITAL)
    second = run(tmp_path / "b", *book, BALANCED, capital=CAPITAL)
    assert files(first) == files(second)


def test_the_orders_are_the_recorded_ones(
    tmp_path: Path, book: tuple[dict[str, Path], list[dict[str, Any]]]
) -> None:
    folder = run(tmp_path, *book, BALANCED, capital=CAPITAL)
    assert sha256(folder, "orders.csv") == ORDERS_SHA256
