"""Orders of every strategy on real bars: a change of one of them is seen, and then meant."""

import hashlib
import json
from pathlib import Path

import pandas as pd
import pytest

from etrms_core.adapters.market_data.bar_files import read_bars, read_funding
from etrms_core.backtest.configuration import BacktestConfiguration
from etrms_core.backtest.runner import run_backtest
from etrms_core.backtest.strategies import BUILT_IN
from tests.golden.shared_data import shared_file

EXPECTED: dict[str, dict[str, object]] = json.loads(
    Path(__file__).with_name("strategy_orders.json").read_text(encoding="utf-8")
)
START, END = "2021-01-01", "2021-07-01"


@pytest.fixture(scope="module")
def bars() -> pd.DataFrame:
    frame = read_bars(shared_file("ohlcv/binance_usdm_BTCUSDT_1h.parquet"))
    return frame.loc[START:END]


@pytest.fixture(scope="module")
def funding() -> pd.DataFrame:
    frame = read_funding(
        shared_file("funding/binance_usdm_BTCUSDT_funding_8h.parquet"), symbol="BTCUSDT"
    )
    return frame.loc[START:END]


def found(strategy: str, bars: pd.DataFrame, funding: pd.DataFrame) -> dict[str, object]:
    """Run a strategy with its defaults, long and short, and fingerprint its orders."""
    configuration = BacktestConfiguration.from_mapping(
        {"strategy": {"name": strategy, "direction": "long_short"}}
    )
    orders = run_backtest({"BTCUSDT": bars}, configuration, funding={"BTCUSDT": funding}).orders
    rows = zip(
        orders["time"],
        orders["side"],
        orders["quantity"],
        orders["price"],
        orders["reason"],
        strict=True,
    )
    # Ten digits: machines may differ in the last bits of an average.
    text = "\n".join(
        f"{time.isoformat()},{side},{quantity:.10g},{price:.10g},{reason}"
        for time, side, quantity, price, reason in rows
    )
    return {"orders": len(orders), "sha256": hashlib.sha256(text.encode()).hexdigest()}


def test_every_strategy_has_orders_that_were_checked() -> None:
    assert set(EXPECTED) == set(BUILT_IN)
    assert all(each["orders"] for each in EXPECTED.values())


@pytest.mark.parametrize("strategy", sorted(EXPECTED))
def test_the_orders_are_those_that_were_checked(
    strategy: str, bars: pd.DataFrame, funding: pd.DataFrame
) -> None:
    assert found(strategy, bars, funding) == EXPECTED[strategy]
