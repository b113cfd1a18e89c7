"""`[data]`: files or stored series, one of the two, and times that everybody reads alike."""

import tomllib
from datetime import UTC, datetime
from typing import Any

import pytest
import tomli_w

from etrms_core.backtest.data_section import DataSection
from etrms_core.backtest.ports import SeriesName
from etrms_core.errors import ConfigurationError

FILES = {"files": {"BTCUSDT": "btc.parquet", "ETHUSDT": "eth.csv"}}
STORED = {"venue": "binance_usdm", "symbols": ["BTCUSDT"], "timeframe": "1h"}

read = DataSection.from_mapping


def test_files_are_named_by_symbol_in_their_order() -> None:
    section = read({**FILES, "mark": {"BTCUSDT": "m.csv"}, "funding": {"ETHUSDT": "f.csv"}})
    assert list(section.files) == ["BTCUSDT", "ETHUSDT"]
    assert section.mark == {"BTCUSDT": "m.csv"}
    assert section.funding == {"ETHUSDT": "f.csv"}
    assert section.series == {}


def test_stored_series_are_named_by_venue_and_timeframe() -> None:
    section = read({**STORED, "start": "2021-01-01", "end": "2022-01-01T12:30:00+01:00"})
    assert section.series == {"BTCUSDT": SeriesName("binance_usdm", "BTCUSDT", "1h")}
    assert section.start == datetime(2021, 1, 1, tzinfo=UTC)
    assert section.end == datetime(2022, 1, 1, 11, 30, tzinfo=UTC)


def test_dates_that_toml_knows_are_times_too() -> None:
    section = read({**STORED, **tomllib.loads("start = 2021-01-01\nend = 2021-02-01T00:00:00Z")})
    assert section.start == datetime(2021, 1, 1, tzinfo=UTC)
    assert section.end == datetime(2021, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "given",
    [
        FILES,
        {**FILES, "mark": {"BTCUSDT": "m.csv"}, "start": "2021-01-01"},
        STORED,
        {**STORED, "mark": False, "funding": True, "end": "2021-01-01T00:00:00.500Z"},
    ],
)
def test_what_is_written_reads_back_as_the_same(given: dict[str, Any]) -> None:
    section = read(given)
    assert read(tomllib.loads(tomli_w.dumps(section.document()))) == section


def test_what_json_leaves_empty_is_as_if_it_were_not_there() -> None:
    assert read({**STORED, "start": None, "end": None}) == read(STORED)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({**STORED, "mark": 5}, "data.mark: must be true or false"),
        (None, "data: is missing: files ="),
        ({}, "data.files: names no bars"),
        ({"files": {}}, "data.files: names no bars"),
        ({"file": {}}, "data.file: unknown key, did you mean files?"),
        ({**FILES, **STORED}, "data.files: are given and a venue of stored bars too"),
        ({"files": "btc.csv"}, "data.files: must be a table"),
        ({"files": {"BTC": 3}}, "data.files.BTC: must be text in quotes"),
        ({"venue": "binance_usdm", "symbols": ["B"]}, "data.timeframe: must be given"),
        ({"symbols": ["B"], "timeframe": "1h"}, "data.venue: must be given"),
        ({**STORED, "symbols": []}, "data.symbols: names no symbol"),
        ({**STORED, "symbols": ["B", "B"]}, "data.symbols: B stands twice"),
        ({**STORED, "symbols": ["../x"]}, "data: symbol is a letter or digit"),
        ({**STORED, "timeframe": "60m"}, "data: timeframe 60m is written 1h"),
        ({**STORED, "start": "yesterday"}, "data.start: must be a time such as 2021-01-31T12:00"),
        ({**STORED, "start": 5}, "data.start: must be a time"),
        ({**STORED, "start": "2021-01-02", "end": "2021-01-02"}, "data.end: lies after start"),
    ],
)
def test_what_is_wrong_is_named_with_its_field(given: object, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(given)
    assert told in str(caught.value)
