"""Funding lies beside the bars, and a refused import changes nothing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from etrms_core.adapters.market_data.funding_store import ParquetFundingStore
from etrms_core.backtest.ports import ContractName
from etrms_core.errors import DataError, DomainError, StorageError

START = datetime(2024, 3, 1, tzinfo=UTC)
NAME = ContractName("binance_usdm", "BTCUSDT")


def rates(count: int, *, start: datetime = START, first: float = 0.0001) -> pd.DataFrame:
    times = pd.date_range(start, periods=count, freq="8h", name="ts")
    values = [first + 0.00001 * number for number in range(count)]
    return pd.DataFrame({"funding_rate": values}, index=times)


@pytest.fixture
def store(tmp_path: Path) -> ParquetFundingStore:
    return ParquetFundingStore(tmp_path / "bars")


def file_of(frame: pd.DataFrame, tmp_path: Path) -> Path:
    path = tmp_path / "funding.csv"
    frame.to_csv(path)
    return path


def test_what_is_imported_is_loaded_to_the_last_bit(
    store: ParquetFundingStore, tmp_path: Path
) -> None:
    frame = rates(9) / 3.0
    report = store.import_file(file_of(frame, tmp_path), NAME)
    assert (report.added, report.duplicates, report.replaced) == (9, 0, 0)
    loaded = store.load(NAME)
    assert loaded["funding_rate"].to_list() == frame["funding_rate"].to_list()
    assert loaded.index.to_list() == frame.index.to_list()
    assert store.list() == (report.stored,)


def test_overlapping_files_are_merged(store: ParquetFundingStore, tmp_path: Path) -> None:
    frame = rates(9)
    store.import_file(file_of(frame.iloc[3:], tmp_path), NAME)
    report = store.import_file(file_of(frame.iloc[:5], tmp_path), NAME)
    assert (report.added, report.duplicates) == (3, 2)
    assert store.load(NAME).index.to_list() == frame.index.to_list()


def test_a_rate_that_differs_needs_overwrite(store: ParquetFundingStore, tmp_path: Path) -> None:
    store.import_file(file_of(rates(4), tmp_path), NAME)
    before = store.list()
    other = file_of(rates(4, first=0.0002), tmp_path)
    with pytest.raises(DataError, match="4 rates differ"):
        store.import_file(other, NAME)
    assert store.list() == before
    assert store.import_file(other, NAME, overwrite=True).replaced == 4
    assert store.load(NAME)["funding_rate"].iloc[0] == 0.0002


def test_only_the_settlements_asked_for_are_loaded(
    store: ParquetFundingStore, tmp_path: Path
) -> None:
    store.import_file(file_of(rates(6), tmp_path), NAME)
    eight = timedelta(hours=8)
    assert len(store.load(NAME, start=START + eight, end=START + 3 * eight)) == 2
    assert store.load(NAME, start=START + 9 * eight).empty
    with pytest.raises(DomainError, match="aware"):
        store.load(NAME, start=datetime(2024, 3, 1))  # noqa: DTZ001 (naive on purpose)


def test_funding_that_is_not_stored_names_what_is(
    store: ParquetFundingStore, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="there is: none"):
        store.load(NAME)
    store.import_file(file_of(rates(4), tmp_path), NAME)
    with pytest.raises(DataError, match="there is: binance_usdm BTCUSDT"):
        store.load(ContractName("binance_usdm", "ETHUSDT"))


def test_foreign_folders_are_not_ours(store: ParquetFundingStore, tmp_path: Path) -> None:
    report = store.import_file(file_of(rates(4), tmp_path), NAME)
    foreign = tmp_path / "bars" / "No Venue" / "BTCUSDT" / "funding.parquet"
    foreign.parent.mkdir(parents=True)
    foreign.write_bytes(b"")
    assert store.list() == (report.stored,)


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "bars").write_text("a file")
    with pytest.raises(StorageError, match="cannot be written"):
        ParquetFundingStore(tmp_path / "bars").import_file(file_of(rates(4), tmp_path), NAME)
