"""The real bars of the shared data set: all are read, and their known flaws come out."""

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from etrms_core.adapters.market_data.bar_files import read_bars, read_funding
from etrms_core.backtest.bar_quality import check_bars, require_usable
from etrms_core.errors import DataError

SHARED = Path(__file__).parents[4] / "shared" / "data"
OHLCV = SHARED / "ohlcv"
FUNDING = SHARED / "funding"
MANY_COINS = "binance_spot_12coins_1d.parquet"

pytestmark = pytest.mark.skipif(
    not OHLCV.is_dir(), reason=f"the shared data set is not at {SHARED}; it is no part of ETRMS"
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.parquet"))


def timeframe_in(name: str) -> str:
    parts = name.removesuffix(".parquet").split("_")
    return next(part for part in parts if part in {"1m", "15m", "30m", "1h"})


@pytest.mark.parametrize("name", [each for each in names(OHLCV) if each != MANY_COINS])
def test_every_file_is_read_and_usable(name: str) -> None:
    bars = read_bars(OHLCV / name)
    quality = check_bars(bars, now=datetime(2026, 11, 22, tzinfo=UTC))
    require_usable(bars, quality, name=name)
    assert quality.timeframe == timeframe_in(name)
    assert quality.rows == len(pd.read_parquet(OHLCV / name, columns=["ts"]))
    assert (quality.off_grid, quality.flat_stretches) == (0, ())


@pytest.mark.parametrize(
    ("name", "rows", "gaps", "missing", "zero_volume", "longest"),
    [
        ("binance_spot_BTCUSDT_1h", 71_028, 28, 128, 4, 33),
        ("binance_spot_ETHUSDT_1h", 71_857, 28, 128, 6, 33),
        ("binance_spot_FTTUSDT_1h_calm", 10_962, 2, 6, 0, 4),
        ("binance_spot_SOLUSDT_15m_20210519", 5_828, 2, 28, 0, 18),
        ("binance_spot_LUNAUSDT_1h_collapse", 1_753, 0, 0, 0, 0),
        ("binance_usdm_BTCUSDT_1h", 55_488, 0, 0, 1, 0),
        ("binance_usdm_DOGEUSDT_1h", 49_959, 0, 0, 0, 0),
        ("binance_usdm_BTCUSDT_1m_20251010", 90, 0, 0, 0, 0),
        ("ftx_BTC-PERP_1m_202201", 45_031, 0, 0, 0, 0),
    ],
)
def test_the_quality_is_the_one_that_the_data_set_states(
    name: str, rows: int, gaps: int, missing: int, zero_volume: int, longest: int
) -> None:
    quality = check_bars(read_bars(OHLCV / f"{name}.parquet"))
    assert quality.rows == rows
    assert len(quality.gaps) == gaps
    assert quality.missing_bars == missing
    assert quality.zero_volume == zero_volume
    assert max((gap.missing for gap in quality.gaps), default=0) == longest
    assert (quality.duplicates, quality.out_of_order, quality.high_below_low) == (0, 0, 0)


def test_the_known_hole_of_the_feed_is_placed() -> None:
    quality = check_bars(read_bars(OHLCV / "binance_usdm_BTCUSDT_1h.parquet"))
    assert quality.first_at["zero_volume"] == datetime(2024, 10, 28, 20, tzinfo=UTC)


@pytest.mark.parametrize("now_day", [1, 30])
def test_bars_after_a_day_in_the_past_are_in_its_future(now_day: int) -> None:
    bars = read_bars(OHLCV / "binance_usdm_BTCUSDT_30m_20240805.parquet")
    now = datetime(2024, 8, now_day, tzinfo=UTC)
    assert check_bars(bars, now=now).future_bars == int((bars.index > now).sum())


def test_a_file_of_many_coins_is_read_one_by_one() -> None:
    coins = sorted(pd.read_parquet(OHLCV / MANY_COINS, columns=["symbol"])["symbol"].unique())
    assert len(coins) == 12
    with pytest.raises(DataError, match="one of them is to be named"):
        read_bars(OHLCV / MANY_COINS)
    total = 0
    for coin in coins:
        quality = check_bars(read_bars(OHLCV / MANY_COINS, symbol=coin))
        assert (quality.timeframe, quality.is_usable) == ("1d", True)
        total += quality.rows
    assert total == 24_139


@pytest.mark.parametrize(
    ("name", "symbol", "rows"),
    [
        ("binance_usdm_BTCUSDT_funding_8h", None, 6_936),
        ("binance_usdm_ETHUSDT_funding_8h", "ETHUSDT", 4_383),
        ("bybit_linear_BTC_ETH_funding_8h", "BTCUSDT", 3_285),
        ("dydx_BTC_ETH_funding_1h", "ETHUSDT", 17_520),
    ],
)
def test_funding_files_are_read(name: str, symbol: str | None, rows: int) -> None:
    funding = read_funding(FUNDING / f"{name}.parquet", symbol=symbol)
    assert len(funding) == rows
    assert funding["funding_rate"].abs().max() < 0.1
