"""Positions files and aligned bars: what is wrong is named with its row and field."""

import json
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from etrms_core.domain.account import MarginMode
from etrms_core.errors import ConfigurationError, DataError
from etrms_core.services.replay_inputs import GivenPosition, align_bars, read_positions
from tests.services.replays import FALLING, HOUR, START, frame_of

GOOD = {"symbol": "A", "quantity": -1.5, "entry_price": 100.0}


def write(folder: Path, content: object) -> Path:
    path = folder / "positions.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_positions_are_read_in_order_with_their_defaults(tmp_path: Path) -> None:
    isolated = {**GOOD, "symbol": "B", "leverage": 3, "margin_mode": "isolated"}
    assert read_positions(write(tmp_path, [GOOD, isolated])) == (
        GivenPosition(symbol="A", quantity=-1.5, entry_price=100.0),
        GivenPosition(
            symbol="B",
            quantity=-1.5,
            entry_price=100.0,
            leverage=3.0,
            margin_mode=MarginMode.ISOLATED,
        ),
    )
    assert read_positions(write(tmp_path, [])) == ()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"symbol": None}, "symbol"),
        ({"symbol": 5}, "symbol"),
        ({"symbol": ""}, "symbol"),
        ({"quantity": None}, "quantity"),
        ({"quantity": "many"}, "quantity"),
        ({"quantity": "1.5"}, "quantity"),
        ({"quantity": True}, "quantity"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": float("nan")}, "quantity"),
        ({"quantity": float("inf")}, "quantity"),
        ({"quantity": []}, "quantity"),
        ({"entry_price": 0}, "entry_price"),
        ({"entry_price": -1.0}, "entry_price"),
        ({"entry_price": float("nan")}, "entry_price"),
        ({"entry_price": float("inf")}, "entry_price"),
        ({"leverage": 0}, "leverage"),
        ({"leverage": 0.5}, "leverage"),
        ({"leverage": 1_001}, "leverage"),
        ({"margin_mode": "both"}, "margin_mode"),
        ({"margin_mode": None}, "margin_mode"),
        ({"side": "long"}, "side"),
    ],
)
def test_a_bad_value_names_row_field_and_file(
    change: dict[str, object], field: str, tmp_path: Path
) -> None:
    path = write(tmp_path, [GOOD, {**GOOD, "symbol": "B", **change}])
    with pytest.raises(ConfigurationError) as caught:
        read_positions(path)
    assert caught.value.field == f"positions.1.{field}"
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("name", ["symbol", "quantity", "entry_price"])
def test_a_missing_field_is_named(name: str, tmp_path: Path) -> None:
    row = {key: value for key, value in GOOD.items() if key != name}
    with pytest.raises(ConfigurationError) as caught:
        read_positions(write(tmp_path, [row]))
    assert caught.value.field == f"positions.0.{name}"


def test_a_symbol_that_stands_twice_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="A stands twice") as caught:
        read_positions(write(tmp_path, [GOOD, GOOD]))
    assert caught.value.field == "positions.0.symbol"


@pytest.mark.parametrize("document", [{}, {"positions": [GOOD]}, 5, None, "A", [5], [None], [[]]])
def test_what_is_no_list_of_positions_is_refused(document: object, tmp_path: Path) -> None:
    path = write(tmp_path, json.dumps(document))
    with pytest.raises(ConfigurationError, match="positions"):
        read_positions(path)


@pytest.mark.parametrize("content", [b"", b"[", b"symbol,quantity", b"\xff\xfe"])
def test_what_is_no_json_names_the_file(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "positions.json"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"positions\.json cannot be read"):
        read_positions(path)
    with pytest.raises(DataError, match=r"none\.json cannot be read"):
        read_positions(tmp_path / "none.json")


def test_bars_stand_on_the_union_of_their_times_and_nothing_is_filled() -> None:
    whole = frame_of(FALLING)
    bars = align_bars({"A": whole.iloc[[0, 2]], "B": whole.iloc[[1, 2, 3]]}, timeframe=HOUR)
    assert bars.times == tuple(START + n * HOUR for n in range(4))
    assert np.isnan(bars.tables["A"][[1, 3]]).all()
    assert bars.tables["B"][1].tolist() == [100.0, 100.0, 94.0, 95.0, 1.0]
    steps = list(bars.steps())
    assert [sorted(step.bars) for step in steps] == [["A"], ["B"], ["A", "B"], ["B"]]
    assert steps[1].closes_at - steps[1].opens_at == timedelta(hours=1)
    assert steps[2].bars["A"].low == 90.0


def test_steps_go_on_from_any_bar() -> None:
    bars = align_bars({"A": frame_of(FALLING)}, timeframe=HOUR)
    assert list(bars.steps(2)) == list(bars.steps())[2:]
    assert list(bars.steps(4)) == []


def test_the_first_open_is_that_of_a_symbols_first_bar() -> None:
    whole = frame_of(FALLING)
    bars = align_bars({"A": whole, "B": whole.iloc[2:]}, timeframe=HOUR)
    assert bars.first_opens() == {"A": 100.0, "B": 96.0}
