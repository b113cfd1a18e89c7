"""The files of a replay: they add up, and two runs write the same bytes."""

import csv
import json
from pathlib import Path

import pytest

from etrms_core.backtest.run_files import RunFiles
from etrms_core.services.replay import ReplaySetup, ReplayState
from etrms_core.services.replay_inputs import AlignedBars, GivenPosition
from etrms_core.services.replay_results import DataSource, write_replay
from tests.engine.desk import HALVE, make_rule
from tests.services.replays import FALLING, bars_of, files_in, play, random_case

SOURCE = DataSource(files={"A": "a.csv"}, sha256={"A": "0" * 64}, quality={"A": {"rows": 4}})


def written(
    folder: Path, bars: AlignedBars, setup: ReplaySetup
) -> tuple[ReplayState, dict[str, float]]:
    state = play(bars, setup)
    return state, write_replay(RunFiles(folder), bars, setup, state, source=SOURCE)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("seed", range(5))
def test_trades_add_up_to_the_change_of_equity(seed: int, tmp_path: Path) -> None:
    bars, setup = random_case(seed)
    # Positions that the account was given at the first open owe nothing to the time before.
    state, _ = written(tmp_path, bars, setup)
    earned = sum(float(row["pnl"]) for row in rows_of(tmp_path / "trades.csv"))
    assert earned == pytest.approx(state.equity[-1].equity - setup.capital, abs=0.01)


def test_a_hand_worked_replay_is_told_row_by_row(tmp_path: Path) -> None:
    # 5 sold at 96 for -20 less the fee of 0.192; 5 marked at 90 for -50.
    setup = ReplaySetup(
        positions=(GivenPosition(symbol="A", quantity=10.0, entry_price=100.0, leverage=5.0),),
        rules=(make_rule("drawdown", 0.04, HALVE),),
        capital=1_000.0,
    )
    _, metrics = written(tmp_path, bars_of(A=FALLING), setup)
    assert metrics["final_equity"] == pytest.approx(929.808)
    assert metrics["max_drawdown"] == pytest.approx(0.070192)
    assert metrics["breaker_triggers"] == 1.0
    closed, still_open = rows_of(tmp_path / "trades.csv")
    assert (float(closed["quantity"]), float(closed["exit_price"])) == (5.0, 96.0)
    assert float(closed["pnl"]) == pytest.approx(-20.192)
    assert (still_open["exit_price"], float(still_open["pnl"])) == ("", -50.0)
    equity = [float(row["equity"]) for row in rows_of(tmp_path / "equity.csv")]
    assert equity == pytest.approx([1_000.0, 1_000.0, 950.0, 939.808, 929.808])
    assert len(rows_of(tmp_path / "orders.csv")) == 1


def test_the_result_counts_what_happened(tmp_path: Path) -> None:
    bars, setup = random_case(1)
    state, _ = written(tmp_path, bars, setup)
    result = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    text = json.dumps(result)
    for name, count in (
        ("bars", len(bars.times)),
        ("symbols", 3),
        ("orders", len(state.fills)),
        ("breaker_events", len(state.events)),
    ):
        assert f'"{name}": {count}' in text
    assert len(rows_of(tmp_path / "breaker_events.csv")) == len(state.events)


def test_a_replay_that_never_traded_has_files_too(tmp_path: Path) -> None:
    _, metrics = written(tmp_path, bars_of(A=FALLING), ReplaySetup(capital=500.0))
    assert metrics["final_equity"] == 500.0
    assert rows_of(tmp_path / "trades.csv") == []


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    bars, setup = random_case(2)
    for name in ("one", "two"):
        written(tmp_path / name, bars, setup)
    assert files_in(tmp_path / "one") == files_in(tmp_path / "two")
