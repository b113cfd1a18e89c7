"""Files are read as they are, or refused with file, column and row."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etrms_core.adapters.market_data.bar_files import read_bars, read_funding
from etrms_core.backtest.bar_quality import BAR_COLUMNS, check_bars
from etrms_core.errors import DataError
from tests.backtest.bar_frames import sound_bars

HEADER = "time,open,high,low,close,volume\n"
FIRST = "2024-03-01T00:00Z,100,101,99,100.5,10\n"
SECOND = "2024-03-01T01:00Z,100.5,102,100,101,11\n"


def csv_file(folder: Path, text: str | bytes, name: str = "bars.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def parquet_file(folder: Path, **columns: object) -> Path:
    path = folder / "bars.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def columns_of(bars: pd.DataFrame) -> dict[str, object]:
    times = pa.array(bars.index.to_numpy("datetime64[us]"), pa.timestamp("us", tz="UTC"))
    return {"ts": times} | {name: bars[name].to_numpy() for name in bars.columns}


def refusal(path: Path, read: Callable[[Path], pd.DataFrame] = read_bars) -> str:
    with pytest.raises(DataError) as error:
        read(path)
    message = str(error.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message.removeprefix(f"{path}: ")


def assert_read_or_refused(path: Path) -> None:
    try:
        bars = read_bars(path)
    except DataError:
        assert refusal(path)
    else:
        assert check_bars(bars).rows == len(bars)


def test_csv_and_parquet_give_the_same_frame_to_the_last_bit(tmp_path: Path) -> None:
    bars = sound_bars() / 3.0
    from_parquet = read_bars(parquet_file(tmp_path, **columns_of(bars)))
    bars.to_csv(tmp_path / "bars.csv")
    from_csv = read_bars(tmp_path / "bars.csv")
    pd.testing.assert_frame_equal(from_parquet, bars, check_exact=True, check_freq=False)
    pd.testing.assert_frame_equal(from_csv, bars, check_exact=True, check_freq=False)


def test_the_frame_is_the_one_of_the_public_interface(tmp_path: Path) -> None:
    bars = read_bars(csv_file(tmp_path, HEADER + FIRST + SECOND))
    assert list(bars.columns) == list(BAR_COLUMNS)
    assert set(bars.dtypes) == {np.dtype("float64")}
    assert bars.index.name == "time"
    assert str(bars.index.dtype) == "datetime64[us, UTC]"
    bars.loc[bars.index[0], "open"] = 1.0  # A frame may be changed by its owner.


@pytest.mark.parametrize(
    "name",
    ["ts", "time", "timestamp", "date", "datetime", "open_time", "TIME", "Open_Time", " Date "],
)
def test_the_time_column_has_several_names(tmp_path: Path, name: str) -> None:
    text = HEADER.replace("time", name, 1) + FIRST
    assert len(read_bars(csv_file(tmp_path, text))) == 1
    columns = {
        name if key == "ts" else key: value for key, value in columns_of(sound_bars()).items()
    }
    assert len(read_bars(parquet_file(tmp_path, **columns))) == 48


def test_a_frame_written_by_pandas_is_read(tmp_path: Path) -> None:
    bars = sound_bars()
    bars.to_parquet(tmp_path / "pandas.parquet")
    pd.testing.assert_frame_equal(
        read_bars(tmp_path / "pandas.parquet"), bars, check_freq=False, check_exact=True
    )


def test_rows_keep_their_order_and_their_duplicates(tmp_path: Path) -> None:
    bars = read_bars(csv_file(tmp_path, HEADER + SECOND + FIRST + FIRST))
    assert bars["close"].to_list() == [101.0, 100.5, 100.5]
    quality = check_bars(bars)
    assert (quality.out_of_order, quality.duplicates) == (1, 1)


def test_other_columns_and_cases_of_names_do_not_matter(tmp_path: Path) -> None:
    text = "Trades, Open ,HIGH,low,Close,Volume,Timestamp\nmany, 1,3,1,2,5,1709251200\n"
    assert read_bars(csv_file(tmp_path, text)).iloc[0].to_list() == [1.0, 3.0, 1.0, 2.0, 5.0]


def test_windows_line_ends_quotes_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    text = '"time",open,high,low,close,volume\n"2024-03-01",1,1,1,"1.5",1\n'
    bars = read_bars(csv_file(tmp_path, b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()))
    assert bars["close"].to_list() == [1.5]


def test_the_ending_may_be_written_in_capitals(tmp_path: Path) -> None:
    assert len(read_bars(csv_file(tmp_path, HEADER + FIRST, "BARS.CSV"))) == 1


def test_a_missing_number_becomes_nan_for_the_check_to_report(tmp_path: Path) -> None:
    text = HEADER + FIRST + SECOND.replace("101", "").replace("11", "nan")
    quality = check_bars(read_bars(csv_file(tmp_path, text)))
    assert (quality.non_finite, quality.is_usable) == (1, False)
    columns = columns_of(sound_bars(3)) | {"low": pa.array([1.0, None, 1.0])}
    assert read_bars(parquet_file(tmp_path, **columns))["low"].isna().to_list() == [
        False,
        True,
        False,
    ]


@pytest.mark.parametrize("kind", [pa.float32(), pa.int64(), pa.uint16(), pa.decimal128(38, 8)])
def test_any_kind_of_number_becomes_a_float(tmp_path: Path, kind: pa.DataType) -> None:
    columns = columns_of(sound_bars(2)) | {"volume": pa.array([5, 6]).cast(kind)}
    assert read_bars(parquet_file(tmp_path, **columns))["volume"].to_list() == [5.0, 6.0]


def test_a_whole_number_beyond_the_precision_of_a_float_is_rounded(tmp_path: Path) -> None:
    columns = columns_of(sound_bars(1)) | {"volume": pa.array([2**53 + 1])}
    assert read_bars(parquet_file(tmp_path, **columns))["volume"].to_list() == [2.0**53]


@pytest.mark.parametrize("values", [[True, False], [[1.0], [2.0]], [b"1", b"2"]])
def test_other_values_are_no_numbers(tmp_path: Path, values: list[object]) -> None:
    columns = columns_of(sound_bars(2)) | {"volume": pa.array(values)}
    message = refusal(parquet_file(tmp_path, **columns))
    assert message.startswith("column volume holds ")
    assert message.endswith(" values in row 1, which are no numbers")


def test_times_may_be_a_dictionary_of_text(tmp_path: Path) -> None:
    texts = pa.array(["2024-03-01", "2024-03-02"]).dictionary_encode()
    columns = columns_of(sound_bars(2)) | {"ts": texts}
    assert check_bars(read_bars(parquet_file(tmp_path, **columns))).timeframe == "1d"


@pytest.mark.parametrize("column", BAR_COLUMNS)
def test_a_missing_column_is_named(tmp_path: Path, column: str) -> None:
    message = refusal(csv_file(tmp_path, (HEADER + FIRST).replace(column, "other")))
    assert message.startswith(f"there is no column {column}, only time, ")
    columns = columns_of(sound_bars(2))
    del columns[column]
    assert refusal(parquet_file(tmp_path, **columns)).startswith(f"there is no column {column}, ")


def test_a_file_without_a_time_column_is_refused(tmp_path: Path) -> None:
    message = refusal(csv_file(tmp_path, (HEADER + FIRST).replace("time", "when")))
    assert message.startswith("there is no column for the time (ts, time,")
    assert message.endswith("only when, open, high, low, close, volume")
    # An archive without a header: its first row is taken for one, and refused.
    assert refusal(csv_file(tmp_path, FIRST + SECOND)).startswith("there is no column for the time")


def test_several_columns_that_may_be_the_time_are_refused(tmp_path: Path) -> None:
    text = "date," + HEADER + "2024-03-01," + FIRST
    assert refusal(csv_file(tmp_path, text)) == "several columns may be the time: date, time"


@pytest.mark.parametrize("name", ["Close", "time"])
def test_a_column_that_occurs_twice_is_refused(tmp_path: Path, name: str) -> None:
    text = HEADER.replace("\n", f",{name}\n") + FIRST.replace("\n", ",5\n")
    assert refusal(csv_file(tmp_path, text)) in (
        "column close occurs more than once",
        "several columns may be the time: time, time",
    )


@pytest.mark.parametrize(
    "text", ["abc", "1_000", "0x10", "12,5", "1.2.3", "N/A", "null", "True", "-"]
)
@pytest.mark.parametrize("column", BAR_COLUMNS)
def test_text_in_a_number_column_is_refused_with_its_row(
    tmp_path: Path, column: str, text: str
) -> None:
    bars = sound_bars(5).astype(object)
    bars.loc[bars.index[3], column] = text
    bars.to_csv(tmp_path / "bars.csv")
    message = refusal(tmp_path / "bars.csv")
    assert message == f"column {column} is no number in row 4: {text!r}"


def test_text_is_no_number_in_parquet_even_when_it_looks_like_one(tmp_path: Path) -> None:
    columns = columns_of(sound_bars(2)) | {"close": ["1.5", "2.5"]}
    assert refusal(parquet_file(tmp_path, **columns)) == (
        "column close holds string values in row 1, which are no numbers"
    )


def test_a_bad_time_is_refused_with_column_and_row(tmp_path: Path) -> None:
    text = HEADER + FIRST + SECOND.replace("2024-03-01T01:00Z", "1 March")
    assert refusal(csv_file(tmp_path, text)) == (
        "column time is neither an ISO 8601 time nor an epoch time in row 2"
    )


@pytest.mark.parametrize("name", ["bars.csv", "bars.parquet"])
@pytest.mark.parametrize("content", [b"", b"\n", b"  \n \n"])
def test_an_empty_file_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    assert refusal(csv_file(tmp_path, content, name)) == "the file is empty"


def test_a_file_without_rows_is_refused(tmp_path: Path) -> None:
    assert refusal(csv_file(tmp_path, HEADER)) == "there are no rows"
    assert refusal(parquet_file(tmp_path, **columns_of(sound_bars(0)))) == "there are no rows"


@pytest.mark.parametrize("name", ["bars.xlsx", "bars.json", "bars.csv.gz", "bars", "bars."])
def test_another_ending_is_refused(tmp_path: Path, name: str) -> None:
    message = refusal(csv_file(tmp_path, HEADER + FIRST, name))
    assert message.startswith("bars are read from .parquet and .csv, was ")


def test_what_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "absent.csv") == "cannot be read: No such file or directory"
    (tmp_path / "folder.parquet").mkdir()
    assert refusal(tmp_path / "folder.parquet") == "cannot be read: Is a directory"


@pytest.mark.parametrize(
    "content",
    [
        b"PAR1",
        b"no parquet at all",
        HEADER.encode() + FIRST.encode(),
        b"PAR1" + b"\0" * 50 + b"PAR1",
    ],
)
def test_what_is_no_parquet_is_refused(tmp_path: Path, content: bytes) -> None:
    assert refusal(csv_file(tmp_path, content, "bars.parquet")).startswith("cannot be read: ")


@pytest.mark.parametrize(
    "content",
    [
        HEADER.encode() + b"2024-03-01,1,1\n",
        HEADER.encode() + FIRST.encode().replace(b"\n", b",7,8\n"),
        HEADER.encode() + b"2024-03-01,1,1,1,1,\xff\n",
        b"\xff\xfe" + HEADER.encode("utf-16-le"),
        (HEADER + FIRST).replace("\n", "\r").encode(),
    ],
)
def test_a_malformed_csv_is_refused(tmp_path: Path, content: bytes) -> None:
    assert refusal(csv_file(tmp_path, content)).startswith("cannot be read: ")


def test_a_row_that_is_too_short_is_numbered(tmp_path: Path) -> None:
    message = refusal(csv_file(tmp_path, HEADER + FIRST + "2024-03-01,1\n"))
    assert "Row #3: Expected 6 columns, got 2" in message


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_a_damaged_file_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    bars = sound_bars(5)
    if data.draw(st.booleans(), label="parquet"):
        path = parquet_file(tmp_path, **columns_of(bars))
    else:
        path = tmp_path / "bars.csv"
        bars.to_csv(path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4), label="changes")):
        place = data.draw(st.integers(0, len(content) - 1), label="place")
        content[place] = data.draw(st.integers(0, 255), label="byte")
    path.write_bytes(content[: data.draw(st.integers(0, len(content)), label="length")])
    assert_read_or_refused(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.text(max_size=12), min_size=6, max_size=6))
def test_a_row_of_any_text_is_read_or_refused(tmp_path: Path, cells: list[str]) -> None:
    line = ",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in cells)
    path = tmp_path / "bars.csv"
    path.write_text(
        HEADER + FIRST + line + "\n", encoding="utf-8", errors="surrogatepass", newline=""
    )
    assert_read_or_refused(path)


def test_rows_of_the_wanted_symbol_are_taken(tmp_path: Path) -> None:
    columns = columns_of(sound_bars(4)) | {
        "symbol": ["BTC/USDT", "ETH/USDT", "BTC/USDT", "ETH/USDT"]
    }
    path = parquet_file(tmp_path, **columns)
    assert read_bars(path, symbol="ETHUSDT").index.hour.to_list() == [1, 3]
    assert refusal(path) == ("column symbol holds BTC/USDT, ETH/USDT; one of them is to be named")
    message = refusal(path, lambda each: read_bars(each, symbol="SOLUSDT"))
    assert message == "column symbol holds BTC/USDT, ETH/USDT, of which not one is SOLUSDT"


def test_a_file_of_another_symbol_is_refused(tmp_path: Path) -> None:
    path = parquet_file(tmp_path, **columns_of(sound_bars(2)), symbol=["ETHUSDT"] * 2)
    assert len(read_bars(path)) == len(read_bars(path, symbol="ETHUSDT")) == 2
    with pytest.raises(DataError, match="of which not one is BTCUSDT"):
        read_bars(path, symbol="BTCUSDT")


FUNDING = "ts,funding_rate\n2024-03-01T00:00Z,0.0001\n2024-03-01T08:00Z,-0.0002\n"


def test_funding_is_a_rate_by_settlement_time(tmp_path: Path) -> None:
    funding = read_funding(csv_file(tmp_path, FUNDING))
    assert list(funding.columns) == ["funding_rate"]
    assert funding["funding_rate"].to_list() == [0.0001, -0.0002]
    assert funding.index.name == "time"
    assert funding.index.hour.to_list() == [0, 8]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (FUNDING.replace("funding_rate", "rate"), "there is no column funding_rate, only ts, rate"),
        (
            FUNDING.replace("-0.0002", "-0.02%"),
            "column funding_rate is no number in row 2: '-0.02%'",
        ),
        (FUNDING.replace("-0.0002", ""), "column funding_rate has no finite number in row 2"),
        (FUNDING.replace("-0.0002", "inf"), "column funding_rate has no finite number in row 2"),
        (
            FUNDING.replace("08:00", "00:00"),
            "the settlement in row 2 is not later than the one above",
        ),
        (FUNDING.replace("01T08", "00T08"), "column ts is no time of the calendar in row 2"),
        ("ts,funding_rate\n", "there are no rows"),
    ],
)
def test_bad_funding_is_refused(tmp_path: Path, text: str, message: str) -> None:
    assert refusal(csv_file(tmp_path, text), read_funding) == message
