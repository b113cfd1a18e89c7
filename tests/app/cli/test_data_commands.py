"""`etrms data`: what is printed, where, and how it ends."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest
from typer.testing import CliRunner

from app.cli.data_commands import data
from etrms_core.errors import EtrmsError
from tests.backtest.bar_frames import sound_bars

SAMPLE = Path(__file__).parents[3] / "data" / "samples" / "BTCUSDT_1h_sample.csv"
SERIES = ("--venue", "sample", "--symbol", "BTCUSDT", "--timeframe", "1h")


class Ended(NamedTuple):
    code: int
    out: str
    error: str


Run = Callable[..., Ended]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ETRMS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def run(home: Path) -> Run:
    def run(*arguments: str | Path) -> Ended:
        result = CliRunner().invoke(data, [str(argument) for argument in arguments])
        if isinstance(result.exception, EtrmsError):
            return Ended(1, result.stdout, f"{result.exception}\n")
        return Ended(result.exit_code, result.stdout, result.stderr)

    return run


def document(ended: Ended) -> Any:  # noqa: ANN401 (JSON)
    assert (ended.code, ended.error) == (0, "")
    return json.loads(ended.out)


def bar_file(folder: Path, bars: pd.DataFrame) -> Path:
    bars.to_csv(folder / "bars.csv")
    return folder / "bars.csv"


def test_bars_are_imported_into_the_home(run: Run, home: Path) -> None:
    imported = document(run("import", SAMPLE, *SERIES, "--json"))
    assert (imported["added"], imported["duplicates"], imported["replaced"]) == (200, 0, 0)
    assert imported["stored"]["rows"] == 200
    assert imported["stored"]["first"] == "2025-01-06T00:00:00+00:00"
    assert len(imported["stored"]["sha256"]) == 64
    assert imported["quality"]["problems"] == []
    assert (home / "bars" / "sample" / "BTCUSDT" / "1h.parquet").is_file()


def test_importing_again_adds_nothing(run: Run) -> None:
    run("import", SAMPLE, *SERIES)
    again = document(run("import", SAMPLE, *SERIES, "--json"))
    assert (again["added"], again["duplicates"]) == (0, 200)


def test_people_read_what_was_done(run: Run, tmp_path: Path) -> None:
    bars = sound_bars().drop(sound_bars().index[[4]])
    ended = run("import", bar_file(tmp_path, bars), *SERIES)
    assert ended.code == 0
    assert "47 bars added, 0 stored before, 0 replaced" in ended.out
    assert "1 missing bar in 1 gap, first at 2024-03-01 04:00:00 UTC" in ended.out


def test_bars_that_differ_are_replaced_only_on_request(run: Run, tmp_path: Path) -> None:
    bars = sound_bars()
    run("import", bar_file(tmp_path, bars), *SERIES)
    bars["volume"] += 1.0
    refused = run("import", bar_file(tmp_path, bars), *SERIES)
    assert (refused.code, refused.out) == (1, "")
    assert "the bar of 2024-03-01 00:00:00+00:00 has volume 11.0, but 10.0" in refused.error
    replaced = document(run("import", bar_file(tmp_path, bars), *SERIES, "--overwrite", "--json"))
    assert replaced["replaced"] == 48


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "", "the file is empty"),
        ("a.csv", "time,open\n2024-01-01,1\n", "there is no column high, low, close, volume"),
        ("a.txt", "x", "bars are read from .parquet and .csv, was .txt"),
        ("a.csv", "ts,open,high,low,close,volume\n2024-01-01,x,1,1,1,1\n", "row 1: 'x'"),
        ("a.csv", "ts,open,high,low,close,volume\n2024-01-01,1,1,2,1,1\n", "low <= open"),
        ("a.csv", "ts,open,high,low,close,volume\n2999-01-01,1,1,1,1,1\n", "in the future"),
    ],
)
def test_a_bad_file_is_one_line_on_standard_error(
    run: Run, home: Path, tmp_path: Path, name: str, content: str, message: str
) -> None:
    (tmp_path / name).write_text(content)
    for options in ((), ("--json",)):
        ended = run("import", tmp_path / name, *SERIES, *options)
        assert (ended.code, ended.out) == (1, "")
        assert ended.error.startswith(f"{tmp_path / name}: ")
        assert message in ended.error
        assert ended.error.count("\n") == 1
    assert not home.exists()


@pytest.mark.parametrize("left_out", [0, 2, 4])
def test_an_import_without_a_name_is_wrong_usage(run: Run, left_out: int) -> None:
    ended = run("import", SAMPLE, *SERIES[:left_out], *SERIES[left_out + 2 :])
    assert (ended.code, ended.out) == (2, "")
    assert SERIES[left_out] in ended.error


def test_a_name_that_leads_elsewhere_is_refused(run: Run, home: Path) -> None:
    ended = run("import", SAMPLE, "--venue", "..", "--symbol", "X", "--timeframe", "1h")
    assert ended.code == 1
    assert "venue is a small letter" in ended.error
    assert not home.exists()


def test_the_list_of_nothing_is_empty(run: Run) -> None:
    assert document(run("list", "--json")) == []
    assert run("list") == Ended(0, "No bars are stored.\n", "")


def test_the_list_shows_what_is_stored(run: Run) -> None:
    stored = document(run("import", SAMPLE, *SERIES, "--json"))["stored"]
    assert document(run("list", "--json")) == [stored]
    shown = run("list").out
    assert all(word in shown for word in ("sample", "BTCUSDT", "1h", "200"))


def test_stored_bars_are_checked_all_or_by_name(run: Run) -> None:
    run("import", SAMPLE, *SERIES)
    run("import", SAMPLE, "--venue", "other", *SERIES[2:])
    both = document(run("check", "--json"))
    assert [(each["venue"], each["symbol"], each["rows"]) for each in both] == [
        ("other", "BTCUSDT", 200),
        ("sample", "BTCUSDT", 200),
    ]
    assert [each["venue"] for each in document(run("check", *SERIES, "--json"))] == ["sample"]
    assert len(document(run("check", "--symbol", "BTCUSDT", "--json"))) == 2
    assert "sample BTCUSDT 1h" in run("check").out


@pytest.mark.parametrize("options", [SERIES, ("--symbol", "ETHUSDT"), ("--timeframe", "1d")])
def test_checking_what_is_not_stored_names_what_is(run: Run, options: tuple[str, ...]) -> None:
    run("import", SAMPLE, "--venue", "other", *SERIES[2:])
    ended = run("check", *options)
    assert (ended.code, ended.out) == (1, "")
    assert "there are: other BTCUSDT 1h" in ended.error


def test_checking_an_empty_store_is_no_error(run: Run) -> None:
    assert document(run("check", "--json")) == []
    assert run("check") == Ended(0, "No bars are stored.\n", "")


def test_a_file_is_checked_without_being_stored(run: Run, home: Path, tmp_path: Path) -> None:
    bars = sound_bars()
    bars.loc[bars.index[7], "volume"] = 0.0
    bars.iloc[20:23, :4] = 100.0
    path = bar_file(tmp_path, bars.drop(bars.index[[30, 31]]))
    found = document(run("check", path, "--json"))
    assert (found["file"], found["timeframe"], found["rows"]) == (str(path), "1h", 46)
    assert found["gaps"] == [
        {
            "start": "2024-03-02T06:00:00+00:00",
            "end": "2024-03-02T07:00:00+00:00",
            "missing": 2,
        }
    ]
    assert (found["missing_bars"], found["zero_volume"], found["is_usable"]) == (2, 1, True)
    assert [run["bars"] for run in found["flat_stretches"]] == [3]
    assert len(found["problems"]) == 3
    shown = run("check", path).out
    assert all(f"{path}: {problem}" in shown for problem in found["problems"])
    assert not home.exists()


@pytest.mark.parametrize(
    ("rows", "flaw", "count"), [([0, 1, 1, 2], "duplicates", 1), ([0, 2, 1], "out_of_order", 1)]
)
def test_unusable_bars_are_reported_and_end_with_one(
    run: Run, tmp_path: Path, rows: list[int], flaw: str, count: int
) -> None:
    path = bar_file(tmp_path, sound_bars().iloc[rows])
    ended = run("check", path, "--json")
    assert ended.code == 1
    assert json.loads(ended.out)[flaw] == count
    assert json.loads(ended.out)["is_usable"] is False
    assert ended.error.startswith(f"1 of 1 not usable; {path}: 1 bar ")
    assert run("check", path).code == 1


def test_the_timeframe_of_a_checked_file_may_be_given(run: Run, tmp_path: Path) -> None:
    path = bar_file(tmp_path, sound_bars(3))
    assert document(run("check", path, "--timeframe", "30m", "--json"))["missing_bars"] == 2


def test_a_checked_file_has_no_venue(run: Run) -> None:
    ended = run("check", SAMPLE, "--venue", "sample")
    assert (ended.code, ended.out) == (2, "")
    assert "--venue" in ended.error


def test_one_symbol_of_a_checked_file_may_be_named(run: Run, tmp_path: Path) -> None:
    bars = sound_bars(4).assign(symbol=["A", "B", "A", "B"])
    path = bar_file(tmp_path, bars)
    assert document(run("check", path, "--symbol", "B", "--json"))["timeframe"] == "2h"
    assert run("check", path).code == 1


def funding_file(folder: Path, rates: list[float]) -> Path:
    index = pd.date_range("2025-01-06", periods=len(rates), freq="8h", tz="UTC", name="ts")
    pd.DataFrame({"funding_rate": rates}, index=index).to_csv(folder / "funding.csv")
    return folder / "funding.csv"


def test_funding_lies_beside_the_bars(run: Run, tmp_path: Path) -> None:
    file = funding_file(tmp_path, [0.0001, 0.0002, -0.0001])
    contract = ("--venue", "sample", "--symbol", "BTCUSDT", "--kind", "funding")
    imported = document(run("import", file, *contract, "--json"))
    assert (imported["added"], imported["stored"]["kind"]) == (3, "funding")
    run("import", SAMPLE, *SERIES)
    run("import", SAMPLE, *SERIES, "--kind", "mark")
    assert [(each["timeframe"], each["kind"]) for each in document(run("list", "--json"))] == [
        ("1h", "mark"),
        ("1h", "trade"),
        (None, "funding"),
    ]
    refused = run("import", funding_file(tmp_path, [0.5]), *contract)
    assert (refused.code, "rates differ" in refused.error) == (1, True)


@pytest.mark.parametrize(
    "options",
    [
        ("--kind", "funding", "--timeframe", "1h"),
        (),
        ("--kind", "volume", "--timeframe", "1h"),
    ],
)
def test_a_timeframe_belongs_to_bars_and_only_to_them(run: Run, options: tuple[str, ...]) -> None:
    ended = run("import", SAMPLE, "--venue", "sample", "--symbol", "BTCUSDT", *options)
    assert (ended.code, ended.out) == (2, "")


def test_longer_bars_are_made_and_stored(run: Run) -> None:
    run("import", SAMPLE, *SERIES)
    made = document(run("resample", *SERIES, "--to", "4h", "--json"))
    assert (made["added"], made["stored"]["timeframe"]) == (50, "4h")
    refused = run("resample", *SERIES, "--to", "90m")
    assert (refused.code, "whole bars" in refused.error) == (1, True)


def test_removed_bars_come_back(run: Run) -> None:
    run("import", SAMPLE, *SERIES)
    assert run("remove", *SERIES).code == 0
    assert document(run("list", "--json")) == []
    assert run("remove", *SERIES, "--undo").out == "sample BTCUSDT 1h is back\n"
    assert [each["rows"] for each in document(run("list", "--json"))] == [200]
