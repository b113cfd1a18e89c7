"""The files of a run: columns, exactness, equal bytes, no formulas."""

import csv
import hashlib
import json
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from math import inf, nan
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etrms_core.backtest.run_files import RunFiles, file_sha256
from etrms_core.backtest.run_tables import time_text
from etrms_core.domain.events import BreakerEvent, BreakerEventKind
from etrms_core.domain.identifiers import PORTFOLIO, PositionSide, Scope, ScopeKind
from etrms_core.errors import DataError, DomainError, StorageError
from etrms_core.performance.round_trips import TradeRow
from tests.performance.fills import NOW, make_fill

TRADE = TradeRow(
    id=1,
    symbol="BTCUSDT",
    side="short",
    entry_time=NOW,
    exit_time=None,
    quantity=0.1,
    entry_price=100.0,
    exit_price=None,
    fees=0.004,
    funding=-0.25,
    pnl=-0.1 - 0.2,
    return_=-0.03,
    mae=nan,
    mfe=0.0,
    exit_reason="open",
)


def event(
    *, breaker: str = "drawdown 10 %", detail: str = "", value: float | None = 0.1
) -> BreakerEvent:
    return BreakerEvent(
        NOW,
        BreakerEventKind.TRIGGERED,
        "rule",
        breaker,
        PORTFOLIO,
        value,
        0.1,
        "close_all",
        detail,
    )


def read_rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file, strict=True))


def write_all(directory: Path) -> RunFiles:
    files = RunFiles(directory)
    files.write_equity([(NOW, 1000.0, 1.0, 0.0), (NOW + timedelta(hours=1), 900.5, 0.9005, 0.0995)])
    files.write_trades([TRADE])
    files.write_orders([make_fill("1", -0.1, fee=0.004)])
    files.write_breaker_events([event(detail="drawdown is 10 %, limit 10 %")])
    files.write_result(metrics={"sharpe": 1.5, "calmar": nan}, counts={"bars": 1})
    files.write_bundle(
        {"kind": "standard", "account": {"leverage": 2.0}},
        data_sha256={"b": "2", "a": "1"},
        versions={"etrms": "0.1.0"},
        seed=7,
    )
    return files


def test_equity_file(tmp_path: Path) -> None:
    write_all(tmp_path)
    assert (tmp_path / "equity.csv").read_bytes() == (
        b"time,equity,nav,drawdown\n"
        b"2025-10-10T12:00:00Z,1000.0,1.0,0.0\n"
        b"2025-10-10T13:00:00Z,900.5,0.9005,0.0995\n"
    )


def test_trades_file(tmp_path: Path) -> None:
    write_all(tmp_path)
    assert (tmp_path / "trades.csv").read_bytes() == (
        b"id,symbol,side,entry_time,exit_time,quantity,entry_price,exit_price,fees,funding,pnl,"
        b"return,mae,mfe,exit_reason\n"
        b"1,BTCUSDT,short,2025-10-10T12:00:00Z,,0.1,100.0,,0.004,-0.25,-0.30000000000000004,"
        b"-0.03,,0.0,open\n"
    )


def test_orders_file_has_sides_and_unsigned_quantities(tmp_path: Path) -> None:
    RunFiles(tmp_path).write_orders([make_fill("1", -0.1, fee=0.004), make_fill("2", 2.0)])
    assert (tmp_path / "orders.csv").read_bytes() == (
        b"time,symbol,side,quantity,price,fee,reason\n"
        b"2025-10-10T12:00:00Z,BTCUSDT,sell,0.1,100.0,0.004,order\n"
        b"2025-10-10T12:00:00Z,BTCUSDT,buy,2.0,100.0,0.0,order\n"
    )


def test_breaker_events_file(tmp_path: Path) -> None:
    files = RunFiles(tmp_path)
    named = BreakerEvent(
        NOW,
        BreakerEventKind.WAITING_RESET,
        "r",
        "funding",
        Scope(ScopeKind.SYMBOL, "BTCUSDT"),
        None,
        -0.001,
        "notify",
        "waits",
    )
    files.write_breaker_events([event(detail="is 10 %, limit 10 %"), named])
    assert (tmp_path / "breaker_events.csv").read_bytes() == (
        b"time,breaker,scope,kind,value,threshold,action,detail\n"
        b'2025-10-10T12:00:00Z,drawdown 10 %,portfolio,triggered,0.1,0.1,close_all,"is 10 %, limit '
        b'10 %"\n'
        b"2025-10-10T12:00:00Z,funding,symbol:BTCUSDT,waiting_reset,,-0.001,notify,waits\n"
    )


def test_a_run_without_rows_has_files_with_headers(tmp_path: Path) -> None:
    files = RunFiles(tmp_path)
    files.write_trades([])
    files.write_orders([])
    assert len((tmp_path / "trades.csv").read_text().splitlines()) == 1
    assert (tmp_path / "orders.csv").read_text().endswith("reason\n")


def test_equal_runs_leave_equal_bytes(tmp_path: Path) -> None:
    write_all(tmp_path / "first")
    write_all(tmp_path / "second")
    names = sorted(path.name for path in (tmp_path / "first").iterdir())
    assert names == [
        "breaker_events.csv",
        "bundle.toml",
        "equity.csv",
        "orders.csv",
        "result.json",
        "trades.csv",
    ]
    for name in names:
        first, second = (tmp_path / run / name for run in ("first", "second"))
        assert first.read_bytes() == second.read_bytes()
        assert b"\r" not in first.read_bytes()


def test_pandas_reads_the_files_back(tmp_path: Path) -> None:
    write_all(tmp_path)
    frame = pd.read_csv(tmp_path / "trades.csv", parse_dates=["entry_time"])
    assert frame["entry_time"].tolist() == [pd.Timestamp(NOW)]
    assert frame["pnl"].tolist() == [TRADE.pnl]
    assert frame["exit_time"].isna().all()


@given(st.lists(st.tuples(*[st.floats(allow_nan=False)] * 3)))
def test_numbers_read_back_exactly(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[float, float, float]]
) -> None:
    directory = tmp_path_factory.mktemp("numbers")
    RunFiles(directory).write_equity((NOW, *row) for row in rows)
    read = [tuple(map(float, row[1:])) for row in read_rows(directory / "equity.csv")[1:]]
    assert read == rows


def test_numpy_numbers_are_written_as_numbers(tmp_path: Path) -> None:
    RunFiles(tmp_path).write_equity([(NOW, np.float64(0.1), np.float64(-1.5), np.float64(nan))])
    assert read_rows(tmp_path / "equity.csv")[1] == ["2025-10-10T12:00:00Z", "0.1", "-1.5", ""]


@given(
    st.text() | st.builds(str.__add__, st.sampled_from("=+-@\t\r\n"), st.text()),
    st.floats(allow_nan=False, max_value=-1e-9),
)
def test_no_text_is_a_formula_and_every_number_stays_one(
    tmp_path_factory: pytest.TempPathFactory, text: str, number: float
) -> None:
    directory = tmp_path_factory.mktemp("formulas")
    written = event(breaker=text, detail=text, value=number)
    RunFiles(directory).write_breaker_events([written])
    _, row = read_rows(directory / "breaker_events.csv")
    for cell in (row[1], row[7]):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
        assert cell.removeprefix("'") == text.removeprefix("'")
    assert float(row[4]) == number


def test_a_formula_in_a_symbol_is_neutralised(tmp_path: Path) -> None:
    formula = '=HYPERLINK("http://x","y")'
    RunFiles(tmp_path).write_orders([make_fill("1", 1.0, leg=(formula, PositionSide.NET))])
    assert read_rows(tmp_path / "orders.csv")[1][1] == "'" + formula


def test_a_text_that_no_encoding_knows_is_written_all_the_same(tmp_path: Path) -> None:
    RunFiles(tmp_path).write_breaker_events([event(breaker="lone \ud800")])
    assert read_rows(tmp_path / "breaker_events.csv")[1][1] == "lone \\ud800"


def test_what_json_does_not_know_becomes_null(tmp_path: Path) -> None:
    RunFiles(tmp_path).write_result(
        metrics={"sharpe": nan, "omega": inf, "calmar": -inf, "sortino": np.float64(nan)},
        bounds={"pessimistic": {"total_return": np.float64(0.1)}, "optimistic": None},
        verdict={"colour": "amber", "reasons": ("few trades",), "trials": np.int64(3)},
        data_quality=[{"symbol": "BTCUSDT", "gap_at": NOW, "share": nan, "ok": np.bool_(True)}],
        counts={"bars": 10},
    )
    text = (tmp_path / "result.json").read_text()
    assert json.loads(text, parse_constant=pytest.fail) == {
        "metrics": {"sharpe": None, "omega": None, "calmar": None, "sortino": None},
        "bounds": {"pessimistic": {"total_return": 0.1}, "optimistic": None},
        "verdict": {"colour": "amber", "reasons": ["few trades"], "trials": 3},
        "data_quality": [
            {"symbol": "BTCUSDT", "gap_at": "2025-10-10T12:00:00Z", "share": None, "ok": True}
        ],
        "counts": {"bars": 10},
    }


def test_the_keys_of_a_result_are_sorted(tmp_path: Path) -> None:
    files = RunFiles(tmp_path)
    files.write_result(metrics={"sharpe": 1.0, "calmar": 2.0})
    first = (tmp_path / "result.json").read_bytes()
    files.write_result(metrics={"calmar": 2.0, "sharpe": 1.0})
    assert (tmp_path / "result.json").read_bytes() == first
    assert first.index(b"calmar") < first.index(b"sharpe")


def test_a_bundle_holds_the_configuration_and_what_a_rerun_needs(tmp_path: Path) -> None:
    configuration = {
        "kind": "standard",
        "seed": 1,
        "account": {"leverage": np.int64(2), "time_zone": None},
        "breakers": [{"threshold": 0.1, "reset_threshold": None}],
    }
    RunFiles(tmp_path).write_bundle(
        configuration,
        data_sha256={"b": "2", "a": "1"},
        versions={"numpy": "2.4", "etrms": "0.1.0"},
        seed=7,
    )
    text = (tmp_path / "bundle.toml").read_text()
    assert tomllib.loads(text) == {
        "kind": "standard",
        "seed": 7,
        "account": {"leverage": 2},
        "breakers": [{"threshold": 0.1}],
        "data_sha256": {"a": "1", "b": "2"},
        "versions": {"etrms": "0.1.0", "numpy": "2.4"},
    }
    assert text.index('a = "1"') < text.index('b = "2"')
    assert text.index('etrms = "') < text.index('numpy = "')


def test_times_have_one_form() -> None:
    assert time_text(NOW) == "2025-10-10T12:00:00Z"
    assert time_text(NOW + timedelta(milliseconds=250)) == "2025-10-10T12:00:00.250Z"
    assert time_text(NOW + timedelta(microseconds=999)) == "2025-10-10T12:00:00Z"
    eastern = datetime(2025, 10, 10, 8, 0, tzinfo=timezone(timedelta(hours=-4)))
    assert time_text(eastern) == "2025-10-10T12:00:00Z"
    assert time_text(pd.Timestamp("2025-10-10", tz="UTC")) == "2025-10-10T00:00:00Z"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(DomainError, match="time zone"):
        time_text(datetime(2025, 10, 10, tzinfo=UTC).replace(tzinfo=None))


def test_a_write_that_breaks_off_leaves_the_old_file(tmp_path: Path) -> None:
    files = write_all(tmp_path)
    before = (tmp_path / "equity.csv").read_bytes()

    def broken() -> Iterator[tuple[datetime, float, float, float]]:
        yield (NOW, 1.0, 1.0, 0.0)
        raise RuntimeError("out of bars")

    with pytest.raises(RuntimeError):
        files.write_equity(broken())
    assert (tmp_path / "equity.csv").read_bytes() == before


def test_a_file_that_cannot_be_replaced_leaves_no_temporary_one(tmp_path: Path) -> None:
    (tmp_path / "result.json").mkdir()
    with pytest.raises(StorageError, match=r"result\.json cannot be written"):
        RunFiles(tmp_path).write_result(metrics={})
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]


def test_a_folder_that_is_a_file_is_an_error_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("")
    with pytest.raises(StorageError, match="run"):
        RunFiles(tmp_path / "run").write_result(metrics={})


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    RunFiles(tmp_path / "a" / "b").write_trades([])
    assert (tmp_path / "a" / "b" / "trades.csv").exists()


def test_files_are_known_by_their_bytes(tmp_path: Path) -> None:
    path = tmp_path / "bars.parquet"
    path.write_bytes(b"bars")
    assert file_sha256(path) == hashlib.sha256(b"bars").hexdigest()
    with pytest.raises(DataError, match=r"missing\.csv cannot be read"):
        file_sha256(tmp_path / "missing.csv")
