"""Only sound bars get into the store, and a refused import changes nothing."""

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etrms_core.adapters.market_data.bar_store import ParquetBarStore
from etrms_core.backtest.bar_quality import BAR_COLUMNS
from etrms_core.backtest.data_hash import series_sha256
from etrms_core.backtest.ports import ImportReport, PriceKind, SeriesName
from etrms_core.errors import DataError, DomainError, StorageError
from tests.backtest.bar_frames import sound_bars

START = datetime(2024, 3, 1, tzinfo=UTC)
NOW = datetime(2024, 6, 1, tzinfo=UTC)
SERIES = SeriesName("binance_usdm", "BTCUSDT", "1h")


@pytest.fixture
def store(tmp_path: Path) -> ParquetBarStore:
    return ParquetBarStore(tmp_path / "bars", clock=lambda: NOW)


@pytest.fixture
def import_bars(store: ParquetBarStore, tmp_path: Path) -> Callable[..., ImportReport]:
    def import_bars(
        bars: pd.DataFrame, *, symbol: str = "BTCUSDT", **options: bool
    ) -> ImportReport:
        bars.to_csv(tmp_path / "import.csv")
        return store.import_file(
            tmp_path / "import.csv", SeriesName("binance_usdm", symbol, "1h"), **options
        )

    return import_bars


Import = Callable[..., ImportReport]


def content(folder: Path) -> dict[str, bytes | None]:
    """Everything below a folder: files with their bytes, folders with None."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def changed(bars: pd.DataFrame, row: int, column: str, value: float) -> pd.DataFrame:
    copy = bars.copy()
    copy.iloc[row, copy.columns.get_loc(column)] = value
    return copy


def test_what_is_imported_is_loaded_to_the_last_bit(
    store: ParquetBarStore, import_bars: Import
) -> None:
    bars = sound_bars(48) / 3.0
    report = import_bars(bars)
    assert (report.added, report.duplicates, report.replaced) == (48, 0, 0)
    assert report.quality.rows == 48
    loaded = store.load(SERIES)
    pd.testing.assert_frame_equal(loaded, bars, check_exact=True, check_freq=False)
    assert loaded.index.name == "time"


def test_the_file_lies_where_the_layout_says(import_bars: Import, tmp_path: Path) -> None:
    import_bars(sound_bars())
    files = [name for name, bytes_ in content(tmp_path / "bars").items() if bytes_ is not None]
    assert files == ["binance_usdm/BTCUSDT/1h.parquet"]


def test_importing_twice_changes_nothing(import_bars: Import, tmp_path: Path) -> None:
    first = import_bars(sound_bars(48))
    before = content(tmp_path)
    file = tmp_path / "bars" / "binance_usdm" / "BTCUSDT" / "1h.parquet"
    written_at = file.stat().st_mtime_ns
    second = import_bars(sound_bars(48))
    assert (second.added, second.duplicates, second.replaced) == (0, 48, 0)
    assert second.stored == first.stored
    assert content(tmp_path) == before
    assert file.stat().st_mtime_ns == written_at


def test_later_and_earlier_bars_are_merged_in_order(
    store: ParquetBarStore, import_bars: Import
) -> None:
    whole = sound_bars(48)
    import_bars(whole.iloc[10:30])
    assert import_bars(whole.iloc[20:]).added == 18
    report = import_bars(whole.iloc[:15])
    assert (report.added, report.duplicates) == (10, 5)
    assert (report.stored.rows, report.stored.first) == (48, START)
    loaded = store.load(SERIES)
    pd.testing.assert_frame_equal(loaded, whole, check_exact=True, check_freq=False)


def test_the_hash_is_of_the_bars_and_not_of_the_file_or_its_history(
    store: ParquetBarStore, import_bars: Import
) -> None:
    whole = sound_bars(48)
    import_bars(whole.iloc[20:], symbol="A")
    import_bars(whole.iloc[:25], symbol="A")
    import_bars(whole, symbol="B")
    import_bars(changed(whole, 47, "volume", 7.0), symbol="C")
    hashes = {series.symbol: series.sha256 for series in store.list()}
    assert hashes["A"] == hashes["B"] == series_sha256(whole, BAR_COLUMNS)
    assert hashes["C"] != hashes["B"]
    shifted = whole.set_axis(whole.index + timedelta(hours=1))
    assert series_sha256(shifted, BAR_COLUMNS) != series_sha256(whole, BAR_COLUMNS)


def test_the_hash_is_the_same_on_every_machine() -> None:
    assert series_sha256(sound_bars(3), BAR_COLUMNS) == (
        "653e7f5cbff0fc64501bc504145a78c13b2eb10c6e6f030b451cd1eef62d3778"
    )


@pytest.mark.parametrize("column", ["open", "high", "low", "close", "volume"])
def test_a_stored_bar_that_differs_is_an_error_naming_the_time(
    import_bars: Import, tmp_path: Path, column: str
) -> None:
    bars = sound_bars(48)
    import_bars(bars.iloc[:20])
    before = content(tmp_path / "bars")
    value = float(bars[column].iloc[12]) + 0.125
    with pytest.raises(DataError) as error:
        import_bars(changed(bars, 12, column, value))
    assert "the bar of 2024-03-01 12:00:00+00:00" in str(error.value)
    assert f"has {column} {value}, but {bars[column].iloc[12]} is stored" in str(error.value)
    assert content(tmp_path / "bars") == before


def test_overwriting_replaces_what_differs_and_keeps_the_rest(
    store: ParquetBarStore, import_bars: Import
) -> None:
    bars = sound_bars(48)
    import_bars(bars.iloc[:20])
    newer = changed(bars, 12, "close", float(bars["close"].iloc[12]) + 0.5)
    report = import_bars(newer.iloc[10:30], overwrite=True)
    assert (report.added, report.duplicates, report.replaced) == (10, 9, 1)
    loaded = store.load(SERIES)
    pd.testing.assert_frame_equal(loaded, newer.iloc[:30], check_exact=True, check_freq=False)


SOUND = sound_bars(12)
BAD = {
    "duplicates": (SOUND.iloc[[0, 1, 1, 2]], "open time that occurred before, first at"),
    "order": (SOUND.iloc[[0, 2, 1]], "before the bar of the row above, first at"),
    "high below low": (changed(SOUND, 3, "high", 1.0), "not within low <= open, close <= high"),
    "nan": (changed(SOUND, 3, "close", np.nan), "not a finite number, first at 2024-03-01 03:00"),
    "infinite": (changed(SOUND, 3, "volume", np.inf), "not a finite number"),
    "zero": (changed(SOUND, 3, "low", 0.0), "at or below 0"),
    "future": (sound_bars(12, start="2024-05-31 18:00"), "5 bars in the future, first at"),
    "text": (SOUND.astype(object).replace(10.0, "ten"), "column volume is no number in row 1"),
    "empty": (SOUND.iloc[:0], "there are no rows"),
    "no column": (SOUND.drop(columns="low"), "there is no column low"),
    "minutes": (sound_bars(12, step="1min"), "closest bars are 0:01:00 apart, not 1h"),
    "4 hours": (sound_bars(12, step="4h"), "closest bars are 4:00:00 apart, not 1h"),
    "off grid": (sound_bars(12, start="2024-03-01 00:15"), "00:15:00+00:00 is not on the 1h grid"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_refused_import_leaves_the_store_as_it_was(
    import_bars: Import, tmp_path: Path, case: str
) -> None:
    bars, message = BAD[case]
    with pytest.raises(DataError) as error:
        import_bars(bars, overwrite=True)
    assert not (tmp_path / "bars").exists()
    import_bars(SOUND)
    before = content(tmp_path / "bars")
    with pytest.raises(DataError) as second:
        import_bars(bars, overwrite=True)
    assert message in str(error.value)
    assert str(second.value) == str(error.value)
    assert str(error.value).startswith(f"{tmp_path / 'import.csv'}: ")
    assert content(tmp_path / "bars") == before


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
@given(
    stored=st.sets(st.integers(0, 15), min_size=1),
    picked=st.lists(st.integers(0, 15), min_size=1, max_size=20),
    altered=st.none() | st.integers(0, 15),
)
def test_an_import_is_whole_or_not_at_all(
    tmp_path_factory: pytest.TempPathFactory,
    stored: set[int],
    picked: list[int],
    altered: int | None,
) -> None:
    folder = tmp_path_factory.mktemp("property")
    store, name = ParquetBarStore(folder / "bars"), SeriesName("v", "S", "1h")
    whole = sound_bars(16)
    # Two neighbours, so that the timeframe can be told.
    known = whole.iloc[sorted(stored | {0, 1})]
    known.to_csv(folder / "known.csv")
    store.import_file(folder / "known.csv", name)
    before = content(folder / "bars")
    newer = whole if altered is None else changed(whole, altered, "volume", 0.5)
    newer.iloc[picked].to_csv(folder / "new.csv")
    try:
        report = store.import_file(folder / "new.csv", name)
    except DataError:
        assert content(folder / "bars") == before
    else:
        assert picked == sorted(set(picked))
        assert altered not in picked or altered not in stored | {0, 1}
        assert report.added == len(set(picked) - stored - {0, 1})
        assert report.stored.rows == len(stored | set(picked) | {0, 1})
        merged = store.load(name)
        assert merged.index.is_monotonic_increasing
        assert merged.index.is_unique


def test_gaps_are_stored_and_reported(store: ParquetBarStore, import_bars: Import) -> None:
    report = import_bars(SOUND.drop(SOUND.index[[4, 5]]))
    assert report.quality.missing_bars == 2
    assert store.check(SERIES).missing_bars == 2
    assert import_bars(SOUND.iloc[[4, 5]]).added == 2
    assert store.check(SERIES).problems() == []


def test_two_bars_around_a_gap_are_still_hours(import_bars: Import) -> None:
    assert import_bars(SOUND.iloc[[0, 6]]).quality.missing_bars == 5


def test_weeks_of_another_weekday_do_not_mix(store: ParquetBarStore, tmp_path: Path) -> None:
    name = SeriesName("v", "S", "1w")
    sound_bars(6, step="7D", start="2024-03-04").to_csv(tmp_path / "monday.csv")
    sound_bars(2, step="7D", start="2024-04-16").to_csv(tmp_path / "tuesday.csv")
    store.import_file(tmp_path / "monday.csv", name)
    with pytest.raises(DataError, match="is not on the 1w grid"):
        store.import_file(tmp_path / "tuesday.csv", name)


def test_a_range_begins_with_its_start_and_ends_before_its_end(
    store: ParquetBarStore, import_bars: Import
) -> None:
    import_bars(SOUND)
    series = SERIES
    start, end = START + timedelta(hours=3), START + timedelta(hours=7)
    assert store.load(series, start=start, end=end).index.hour.to_list() == [3, 4, 5, 6]
    assert store.load(series, start=start).index.hour.to_list() == list(range(3, 12))
    assert store.load(series, end=end).index.hour.to_list() == list(range(7))


def test_a_range_without_bars_and_naive_bounds_are_refused(
    store: ParquetBarStore, import_bars: Import
) -> None:
    import_bars(SOUND)
    series = SERIES
    with pytest.raises(DataError, match=r"reach from 2024-03-01 .* to 2024-03-01 11:00"):
        store.load(series, start=NOW)
    with pytest.raises(DomainError, match="aware times"):
        store.load(series, start=datetime(2024, 3, 1))  # noqa: DTZ001 (naive on purpose)


def test_missing_bars_are_an_error_that_names_what_exists(
    store: ParquetBarStore, import_bars: Import
) -> None:
    with pytest.raises(DataError, match="no bars of v S 1h are stored; there are: none"):
        store.load(SeriesName("v", "S", "1h"))
    import_bars(SOUND, symbol="ETHUSDT")
    import_bars(SOUND, symbol="BTCUSDT")
    with pytest.raises(
        DataError, match=r"there are: binance_usdm BTCUSDT 1h, binance_usdm ETHUSDT 1h$"
    ):
        store.load(SeriesName("binance_usdm", "BTCUSDT", "4h"))


def test_the_list_describes_every_series(store: ParquetBarStore, import_bars: Import) -> None:
    assert store.list() == ()
    report = import_bars(SOUND, symbol="ETHUSDT")
    import_bars(SOUND, symbol="1000PEPEUSDT")
    described = store.list()
    assert [series.symbol for series in described] == ["1000PEPEUSDT", "ETHUSDT"]
    assert described[1] == report.stored
    assert (described[1].rows, described[1].first) == (12, START)
    assert described[1].last == START + timedelta(hours=11)


def test_other_files_in_the_folder_are_not_ours(
    store: ParquetBarStore, import_bars: Import, tmp_path: Path
) -> None:
    import_bars(SOUND)
    for name in ("Big/BTC/1h", "v/BTC.X/1h", "v/BTC/1H", "v/BTC/60m", "v/BTC/.1h.parquet.x"):
        file = tmp_path / "bars" / f"{name}.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"something else")
    assert [series.symbol for series in store.list()] == ["BTCUSDT"]


@pytest.mark.parametrize(
    "name",
    ["..", ".", "", "a/b", "/etc", "a\\b", "..\\x", "a\n", "a\0", "a b", "~", "a" * 60, "é", "a.b"],
)
@pytest.mark.parametrize("field", ["venue", "symbol", "timeframe"])
def test_no_name_leads_out_of_the_folder(field: str, name: str) -> None:
    keys = {"venue": "v", "symbol": "S", "timeframe": "1h"} | {field: name}
    with pytest.raises(DomainError, match=f"^(a )?{field} "):
        SeriesName(**keys)


@pytest.mark.parametrize("symbol", ["BTCUSDT", "kPEPE", "BTC-PERP", "BTCUSDT_240628", "1INCHUSDT"])
def test_the_names_of_venues_are_allowed(symbol: str) -> None:
    assert str(SeriesName("binance_usdm", symbol, "15m")) == f"binance_usdm {symbol} 15m"


def test_a_timeframe_has_one_spelling() -> None:
    with pytest.raises(DomainError, match="timeframe 60m is written 1h"):
        SeriesName("v", "S", "60m")


def test_a_store_that_cannot_be_written_says_so(import_bars: Import, tmp_path: Path) -> None:
    (tmp_path / "bars").write_text("a file where the folder should be")
    with pytest.raises(StorageError, match=r"1h\.parquet: cannot be written"):
        import_bars(SOUND)


def test_a_write_that_fails_leaves_no_half_file(
    import_bars: Import, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disk_full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    import_bars(SOUND.iloc[:6])
    before = content(tmp_path / "bars")
    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(StorageError, match="No space left"):
        import_bars(SOUND)
    assert content(tmp_path / "bars") == before


def test_a_stored_file_that_was_damaged_is_named(
    store: ParquetBarStore, import_bars: Import, tmp_path: Path
) -> None:
    import_bars(SOUND)
    file = tmp_path / "bars" / "binance_usdm" / "BTCUSDT" / "1h.parquet"
    SOUND.iloc[[0, 1, 1]].to_parquet(file)
    assert store.check(SERIES).duplicates == 1
    with pytest.raises(DataError, match=r"1h\.parquet: 1 bar with an open time that occurred"):
        import_bars(SOUND)
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(DataError, match=r"1h\.parquet: cannot be read"):
        store.list()


def test_the_rows_of_the_symbol_are_imported_from_a_file_of_many(
    store: ParquetBarStore, import_bars: Import
) -> None:
    many = pd.concat([SOUND.assign(symbol="ETHUSDT"), (SOUND * 2.0).assign(symbol="BTCUSDT")])
    assert import_bars(many).added == 12
    assert store.load(SERIES)["open"].iloc[0] == SOUND["open"].iloc[0] * 2.0


def test_a_file_is_checked_without_being_stored(store: ParquetBarStore, tmp_path: Path) -> None:
    sound_bars(12, start="2024-05-31 18:00").to_csv(tmp_path / "new.csv")
    quality = store.check_file(tmp_path / "new.csv")
    assert (quality.timeframe, quality.future_bars) == ("1h", 5)
    assert store.check_file(tmp_path / "new.csv", timeframe="30m").missing_bars == 11
    assert store.names() == ()


def test_the_default_clock_is_the_machines(tmp_path: Path) -> None:
    store = ParquetBarStore(tmp_path / "bars")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    sound_bars(2, start=f"{tomorrow:%Y-%m-%d}").to_csv(tmp_path / "new.csv")
    assert store.check_file(tmp_path / "new.csv").future_bars > 0


def test_bars_of_the_mark_lie_beside_those_of_trades(
    store: ParquetBarStore, import_bars: Import, tmp_path: Path
) -> None:
    mark = replace(SERIES, kind=PriceKind.MARK)
    import_bars(SOUND)
    (SOUND * 2.0).to_csv(tmp_path / "mark.csv")
    store.import_file(tmp_path / "mark.csv", mark)
    assert store.names() == (mark, SERIES)
    assert [each.kind for each in store.list()] == [PriceKind.MARK, PriceKind.TRADE]
    assert store.load(mark)["open"].iloc[0] == 2.0 * store.load(SERIES)["open"].iloc[0]


def test_removed_bars_come_back_until_others_took_their_place(
    store: ParquetBarStore, import_bars: Import
) -> None:
    import_bars(SOUND)
    before = store.list()
    store.remove(SERIES)
    assert store.names() == ()
    with pytest.raises(DataError, match="there are no bars of binance_usdm BTCUSDT 1h"):
        store.remove(SERIES)
    store.restore(SERIES)
    assert store.list() == before
    store.remove(SERIES)
    import_bars(SOUND)
    with pytest.raises(DataError, match="stored again"):
        store.restore(SERIES)
