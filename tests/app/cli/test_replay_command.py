"""`etrms replay` from the command line."""

import json
from pathlib import Path

import pytest

from tests.app.cli.conftest import Etrms

SAMPLE = Path(__file__).parents[3] / "data" / "samples" / "BTCUSDT_1h_sample.csv"


def positions(folder: Path, **changes: object) -> Path:
    row = {"symbol": "BTCUSDT", "quantity": 0.1, "entry_price": 100_000.0, **changes}
    path = folder / "positions.json"
    path.write_text(json.dumps([row]), encoding="utf-8")
    return path


def test_a_replay_leaves_its_files_and_prints_its_metrics(run_etrms: Etrms, tmp_path: Path) -> None:
    answer = run_etrms(
        "replay",
        *("--bars", f"BTCUSDT={SAMPLE}"),
        *("--positions", str(positions(tmp_path))),
        *("--out", str(tmp_path / "out"), "--json"),
    )
    assert answer.code == 0
    stored = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    assert answer.document["metrics"] == stored["metrics"]
    assert answer.document["bars"] == stored["counts"]["bars"]


@pytest.mark.parametrize(
    ("bars", "told"),
    [
        ("BTCUSDT", "SYMBOL=FILE"),
        ("BTCUSDT=missing.csv", "missing.csv"),
        (f"ETHUSDT={SAMPLE}", "BTCUSDT"),
    ],
)
def test_bad_bars_are_named_and_leave_nothing(
    run_etrms: Etrms, tmp_path: Path, bars: str, told: str
) -> None:
    answer = run_etrms(
        "replay",
        *("--bars", bars),
        *("--positions", str(positions(tmp_path))),
        *("--out", str(tmp_path / "out")),
    )
    assert (answer.code, told in answer.err) == (1, True)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"quantity": 0}, "positions.0.quantity"),
        ({"quantity": "much"}, "positions.0.quantity"),
        ({"entry_price": -1}, "positions.0.entry_price"),
        ({"leverage": 0}, "positions.0.leverage"),
        ({"margin_mode": "both"}, "positions.0.margin_mode"),
        ({"colour": "red"}, "positions.0.colour"),
    ],
)
def test_a_bad_position_names_its_field(
    run_etrms: Etrms, tmp_path: Path, change: dict[str, object], field: str
) -> None:
    answer = run_etrms(
        "replay",
        *("--bars", f"BTCUSDT={SAMPLE}"),
        *("--positions", str(positions(tmp_path, **change))),
        *("--out", str(tmp_path / "out")),
    )
    assert (answer.code, field in answer.err) == (1, True)


@pytest.mark.parametrize("option", ["--capital", "--leverage"])
def test_absurd_money_is_refused(run_etrms: Etrms, tmp_path: Path, option: str) -> None:
    for value in ("0", "-5", "nan", "inf"):
        answer = run_etrms(
            "replay",
            *("--bars", f"BTCUSDT={SAMPLE}", "--out", str(tmp_path / "out"), option, value),
        )
        assert (answer.code, option.strip("-") in answer.err) == (1, True)


def test_gaps_and_bars_that_end_early_are_told(run_etrms: Etrms, tmp_path: Path) -> None:
    lines = SAMPLE.read_text(encoding="utf-8").splitlines()
    gap, short = tmp_path / "gap.csv", tmp_path / "short.csv"
    gap.write_text("\n".join([*lines[:50], *lines[60:]]), encoding="utf-8")
    short.write_text("\n".join(lines[:80]), encoding="utf-8")
    answer = run_etrms(
        "replay",
        *("--bars", f"BTCUSDT={gap}", "--bars", f"ETHUSDT={short}"),
        *("--out", str(tmp_path / "out")),
    )
    assert answer.code == 0
    assert "warning: BTCUSDT: 10 missing bars in 1 gap" in answer.err
    assert "warning: ETHUSDT: its bars end at" in answer.err


def test_breakers_may_come_as_json_and_a_bad_file_is_named(
    run_etrms: Etrms, tmp_path: Path
) -> None:
    rules = tmp_path / "rules.json"
    for text, code in ((run_etrms("breakers", "preset", "balanced", "--json").out, 0), ("{", 1)):
        rules.write_text(text, encoding="utf-8")
        answer = run_etrms(
            "replay",
            *("--bars", f"BTCUSDT={SAMPLE}", "--breakers", str(rules)),
            *("--out", str(tmp_path / "out")),
        )
        assert (answer.code, "rules.json" in answer.err) == (code, code == 1)
