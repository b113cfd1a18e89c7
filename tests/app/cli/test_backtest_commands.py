"""`etrms backtest` and `etrms rerun` from the command line."""

import json
from pathlib import Path

import pytest
import tomli_w

from tests.app.cli.conftest import Etrms

SAMPLE = Path(__file__).parents[3] / "data" / "samples" / "BTCUSDT_1h_sample.csv"


def bundle(folder: Path, **changes: object) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "btc.csv").write_bytes(SAMPLE.read_bytes())
    document = {
        "data": {"files": {"BTCUSDT": "btc.csv"}},
        "strategy": {"name": "sma_cross", "params": {"fast": 5, "slow": 20}},
        **changes,
    }
    path = folder / "plan.toml"
    path.write_text(tomli_w.dumps(document), encoding="utf-8")
    return path


def test_a_backtest_leaves_its_folder_and_prints_its_metrics(
    run_etrms: Etrms, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    answer = run_etrms("backtest", str(bundle(tmp_path / "plans")), "--out", str(out), "--json")
    assert answer.code == 0
    stored = json.loads((out / "result.json").read_text(encoding="utf-8"))
    assert answer.document["metrics"] == stored["metrics"]
    assert answer.document["counts"] == stored["counts"]
    assert "0% Reads the bars" in answer.err
    assert "100% Done" in answer.err


def test_a_backtest_says_in_one_line_what_came_out(run_etrms: Etrms, tmp_path: Path) -> None:
    answer = run_etrms("backtest", str(bundle(tmp_path)), "--out", str(tmp_path / "out"))
    assert answer.code == 0
    assert len(answer.out.splitlines()) == 1
    assert "final equity" in answer.out


def test_a_rerun_is_the_same_to_the_byte_or_names_what_is_not(
    run_etrms: Etrms, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run_etrms("backtest", str(bundle(tmp_path)), "--out", str(out))
    same = run_etrms("rerun", str(out), "--json")
    assert (same.code, same.document) == (0, {"equal": True, "differing": []})
    assert "every file" in run_etrms("rerun", str(out)).out
    (out / "orders.csv").write_text("time\n")
    other = run_etrms("rerun", str(out), "--json")
    assert (other.code, other.document["differing"]) == (1, ["orders.csv"])
    assert "etrms: other bytes in orders.csv" in other.err


def test_data_that_changed_is_said(run_etrms: Etrms, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_etrms("backtest", str(bundle(tmp_path)), "--out", str(out))
    lines = (tmp_path / "btc.csv").read_text().splitlines()
    (tmp_path / "btc.csv").write_text("\n".join(lines[:-1]) + "\n")
    answer = run_etrms("rerun", str(out))
    assert answer.code == 1
    assert "the data changed since the bundle was written: BTCUSDT" in answer.err


def test_another_run_is_replaced_by_force_only(run_etrms: Etrms, tmp_path: Path) -> None:
    path, out = str(bundle(tmp_path)), str(tmp_path / "out")
    assert run_etrms("backtest", path, "--out", out).code == 0
    again = run_etrms("backtest", path, "--out", out)
    assert (again.code, "--force replaces it" in again.err) == (1, True)
    assert run_etrms("backtest", path, "--out", out, "--force").code == 0


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"acount": {}}, "acount: unknown key, did you mean account?"),
        ({"strategy": {"name": "magic"}}, "strategy.name"),
        ({"data": {"files": {"BTCUSDT": "missing.csv"}}}, "missing.csv: cannot be read"),
        ({"kind": "monte_carlo"}, "kind: monte_carlo runs do not exist yet"),
    ],
)
def test_what_is_wrong_is_one_line_and_leaves_nothing(
    run_etrms: Etrms, tmp_path: Path, changes: dict[str, object], told: str
) -> None:
    out = tmp_path / "out"
    answer = run_etrms("backtest", str(bundle(tmp_path, **changes)), "--out", str(out))
    last = answer.err.splitlines()[-1]
    assert (answer.code, answer.out) == (1, "")
    assert last.startswith("etrms: ")
    assert told in last
    assert not out.exists()


def own_strategy(home: Path, shift: int) -> None:
    source = f"""
import pandas as pd

def signals(bars):
    rises = (bars["close"].shift({shift}) > bars["close"]).fillna(False)
    return pd.DataFrame({{"enter_long": rises, "exit_long": ~rises}}, index=bars.index)
"""
    (home / "strategies").mkdir(parents=True, exist_ok=True)
    (home / "strategies" / "mine.py").write_text(source, encoding="utf-8")


def test_a_strategy_that_looks_ahead_is_refused(
    run_etrms: Etrms, home: Path, tmp_path: Path
) -> None:
    own_strategy(home, -1)
    out = tmp_path / "out"
    plan = bundle(tmp_path, strategy={"name": "mine"})
    answer = run_etrms("backtest", str(plan), "--out", str(out))
    last = answer.err.splitlines()[-1]
    assert answer.code == 1
    assert last.startswith("etrms: strategy.name: mine on BTCUSDT: the signal of 2025-01-")
    assert "changes when later bars are cut off: the strategy looks ahead" in last
    assert not out.exists()


def test_a_strategy_that_changed_since_is_said(
    run_etrms: Etrms, home: Path, tmp_path: Path
) -> None:
    own_strategy(home, 1)
    out = tmp_path / "out"
    plan = bundle(tmp_path, strategy={"name": "mine"})
    assert run_etrms("backtest", str(plan), "--out", str(out)).code == 0
    assert run_etrms("rerun", str(out)).code == 0
    own_strategy(home, 2)
    answer = run_etrms("rerun", str(out))
    assert answer.code == 1
    assert "the strategy changed since the bundle was written: strategies/mine.py" in answer.err


def test_wrong_usage_is_told_apart(run_etrms: Etrms, tmp_path: Path) -> None:
    assert run_etrms("backtest", str(bundle(tmp_path))).code == 2
    assert run_etrms("rerun").code == 2
    assert run_etrms("rerun", str(tmp_path / "nowhere")).code == 1
