"""Reading what a bundle names: files beside it, or stored series of a home folder."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from etrms_core.backtest.data_section import DataSection
from etrms_core.backtest.ports import ContractName, PriceKind, SeriesName
from etrms_core.bootstrap.bars import open_bar_store, open_funding_store
from etrms_core.bootstrap.bundle_data import BundleData, read_bundle_data
from etrms_core.errors import ConfigurationError, DataError
from tests.backtest.bar_frames import sound_bars

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NAME = SeriesName("binance_usdm", "BTCUSDT", "1h")
STORED = {"venue": "binance_usdm", "symbols": ["BTCUSDT"], "timeframe": "1h"}


def read(given: Mapping[str, Any], folder: Path, *, now: datetime = NOW) -> BundleData:
    section = DataSection.from_mapping(given)
    return read_bundle_data(section, home=folder, base=folder, now=now)


def funding_frame() -> pd.DataFrame:
    index = pd.date_range("2024-03-01", periods=6, freq="8h", tz="UTC", name="time")
    return pd.DataFrame({"funding_rate": 0.0001}, index=index)


def fill_store(home: Path) -> None:
    store = open_bar_store(home)
    store.put(sound_bars(), NAME)
    mark = SeriesName("binance_usdm", "BTCUSDT", "1h", PriceKind.MARK)
    store.put(sound_bars(24) * 1.01, mark)
    file = home / "funding.csv"
    funding_frame().to_csv(file)
    open_funding_store(home).import_file(file, ContractName("binance_usdm", "BTCUSDT"))


def write_files(folder: Path) -> dict[str, Any]:
    sound_bars().to_csv(folder / "btc.csv")
    sound_bars().drop(columns="volume").to_parquet(folder / "mark.parquet")
    funding_frame().to_csv(folder / "funding.csv")
    return {
        "files": {"BTC": "btc.csv"},
        "mark": {"BTC": "mark.parquet"},
        "funding": {"BTC": str(folder / "funding.csv")},
    }


def test_files_lie_beside_the_bundle_and_are_found_again_from_everywhere(tmp_path: Path) -> None:
    data = read(write_files(tmp_path), tmp_path)
    pd.testing.assert_frame_equal(data.bars["BTC"], sound_bars(), check_freq=False)
    assert list(data.mark["BTC"].columns) == ["open", "high", "low", "close"]
    assert len(data.funding["BTC"]) == 6
    again = read(data.section.document(), tmp_path / "elsewhere")
    pd.testing.assert_frame_equal(again.bars["BTC"], data.bars["BTC"])
    assert again.section == data.section


def test_files_are_cut_to_the_time_that_is_asked_for(tmp_path: Path) -> None:
    given = {
        **write_files(tmp_path),
        "start": "2024-03-01T08:00:00Z",
        "end": "2024-03-01T20:00:00Z",
    }
    data = read(given, tmp_path)
    assert (len(data.bars["BTC"]), len(data.mark["BTC"]), len(data.funding["BTC"])) == (12, 12, 2)
    assert data.bars["BTC"].index[0] == pd.Timestamp("2024-03-01T08:00:00Z")


def test_stored_series_come_with_their_mark_prices_and_funding(tmp_path: Path) -> None:
    fill_store(tmp_path)
    data = read(STORED, tmp_path)
    assert (len(data.bars["BTCUSDT"]), len(data.mark["BTCUSDT"])) == (48, 24)
    assert len(data.funding["BTCUSDT"]) == 6
    assert data.section.document()["mark"] is True


def test_mark_prices_and_funding_can_be_left_out(tmp_path: Path) -> None:
    fill_store(tmp_path)
    data = read({**STORED, "mark": False, "funding": False}, tmp_path)
    assert (data.mark, data.funding) == ({}, {})


def test_a_run_without_mark_prices_stays_one_when_some_are_stored_later(tmp_path: Path) -> None:
    open_bar_store(tmp_path).put(sound_bars(), NAME)
    before = read(STORED, tmp_path)
    assert before.section.document()["mark"] is False
    fill_store(tmp_path)
    assert read(before.section.document(), tmp_path).mark == {}


def test_mark_prices_of_another_time_are_refused_with_the_way_out(tmp_path: Path) -> None:
    fill_store(tmp_path)
    with pytest.raises(DataError, match=r"1h mark .* mark = false in \[data\] does without"):
        read({**STORED, "start": "2024-03-02T00:00:00Z"}, tmp_path)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"files": {"BTC": "missing.csv"}}, "missing.csv: cannot be read: No such file"),
        ({"files": {"BTC": "btc.csv"}, "start": "2025-01-01"}, "btc.csv: nothing lies from 2025"),
        ({**STORED, "symbols": ["ETHUSDT"]}, "no bars of binance_usdm ETHUSDT 1h are stored"),
    ],
)
def test_what_is_not_there_is_named(given: dict[str, Any], told: str, tmp_path: Path) -> None:
    write_files(tmp_path)
    with pytest.raises(DataError) as caught:
        read(given, tmp_path)
    assert told in str(caught.value)


def test_files_of_mark_prices_are_no_part_of_stored_series(tmp_path: Path) -> None:
    fill_store(tmp_path)
    with pytest.raises(ConfigurationError, match=r"data\.mark: is true or false"):
        read({**STORED, "mark": {"BTCUSDT": "m.csv"}}, tmp_path)


def test_bars_of_the_future_are_refused(tmp_path: Path) -> None:
    write_files(tmp_path)
    with pytest.raises(DataError, match=r"BTC: a bar of 2024-03-02 23:00:00.* in the future"):
        read({"files": {"BTC": "btc.csv"}}, tmp_path, now=datetime(2024, 3, 1, tzinfo=UTC))
