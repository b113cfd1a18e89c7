"""What a run comes to, in numbers and sentences."""

import io
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.presenters.backtest_files import all_tables, safe_table
from app.presenters.backtest_jobs import progress_words, run_label, run_rows, state_cell
from app.presenters.backtest_metrics import FIGURES, headline, metric_rows
from app.presenters.backtest_months import year_rows
from app.presenters.backtest_tear_sheet import tear_sheet
from app.presenters.backtest_trade_rows import trade_table
from app.presenters.backtest_words import (
    adverse_sentence,
    bounds_lines,
    check_sentence,
    cost_lines,
    impact_sentence,
    quality_lines,
    regime_lines,
)
from app.presenters.cells import DASH, Tone
from etrms_core.engine.job_ports import Job, JobKind, JobProgress, JobState
from etrms_core.services.backtest_jobs import JobView
from etrms_core.services.run_results import read_run, run_folder
from tests.builders import NOW
from tests.run_folders import make_bars, make_tables, metrics, write_run

UTC = ZoneInfo("UTC")
HOSTILE = "<script>alert(1)</script>"
ALL = {name: value for name, value in metrics(9_000.0, make_tables(make_bars())).items() if value}


def test_every_figure_has_a_unit_a_sign_where_it_matters_and_a_meaning() -> None:
    rows = {row.name.text: row for row in metric_rows([ALL])}
    assert len(rows) == len(FIGURES)
    assert rows["Total return"].values[0].text == "\N{MINUS SIGN}10.00%"
    assert rows["Total return"].values[0].tone is Tone.BAD
    assert rows["Final equity"].values[0].text == "9,000.00 USD"
    assert rows["Sharpe ratio"].values[0].text == "+0.81"
    assert rows["Funding"].values[0].text == "\N{MINUS SIGN}3.50 USD"
    assert rows["Longest time under water"].values[0].text == "120 bars"
    assert all(row.meaning.text.endswith(".") for row in rows.values())


def test_what_is_not_known_is_a_dash_with_its_reason() -> None:
    rows = {row.name.text: row for row in metric_rows([ALL])}
    assert rows["Profit factor"].values[0].text == DASH
    assert rows["Profit factor"].values[0].help == "there is no losing trade"
    assert all(fact.cell.help for fact in headline({}))


@pytest.mark.parametrize(
    ("ours", "theirs", "start"),
    [
        (10_500.0, 10_250.0, "The breakers saved 250.00 USD (2.50% of the capital)"),
        (10_000.0, 10_250.0, "The breakers cost 250.00 USD (2.50% of the capital)"),
        (10_000.0, 10_000.001, "The breakers made no difference"),
    ],
)
def test_the_worth_of_breakers_is_told_in_money(ours: float, theirs: float, start: str) -> None:
    told = impact_sentence(
        {"final_equity": ours, "max_drawdown": 0.1},
        {"final_equity": theirs, "max_drawdown": 0.2},
        capital=10_000.0,
    )
    assert told.startswith(start)
    assert told.endswith("Deepest drawdown 10.00% with them, 20.00% without.")


def test_an_unknown_final_equity_is_no_difference_of_zero() -> None:
    assert "not known" in impact_sentence({}, {"final_equity": 1.0}, capital=None)


def test_months_stand_in_their_years_with_the_strength_of_their_colour() -> None:
    rows = year_rows(
        [
            {"year": 2024, "month": 12, "return": 0.001},
            {"year": 2025, "month": 1, "return": 0.5},
            {"year": 2025, "month": 3, "return": -0.03},
            {"year": 2025, "month": 4, "return": None},
            {"year": 2025, "month": 5, "return": 0.0},
        ]
    )
    assert [row.year.text for row in rows] == ["2024", "2025"]
    assert rows[0].months[11].text == "+0.1%"
    assert [cell.level for cell in rows[1].months[:5]] == [4, 0, -2, 0, 0]
    assert rows[1].total.text == "+45.5%"
    assert year_rows([]) == ()


def test_bounds_costs_regimes_and_quality_are_lines_of_a_table() -> None:
    bounds = {
        "pessimistic": {"final_equity": 1.0, "total_return": -0.1, "max_drawdown": None},
        "adverse_max_drawdown": 0.07,
    }
    (line,) = bounds_lines(bounds)
    assert [cell.text for cell in line.values] == ["1.00 USD", "\N{MINUS SIGN}10.00%", DASH]
    assert "7.00%" in adverse_sentence(bounds)
    assert bounds_lines(None) == ()
    assert adverse_sentence(None) == ""
    fees = cost_lines({"fees": 3.0})[0]
    assert fees.values[0].text == "\N{MINUS SIGN}3.00 USD"
    (regime,) = regime_lines(({"regime": HOSTILE, "share": 0.5, "trades": True},))
    assert regime.values[0].text == "50.0%"
    assert regime.values[2].text == DASH
    quality = {"BTCUSDT": {"rows": 5, "problems": ["1 missing bar"], "notes": ["no funding"]}}
    assert quality_lines(quality)[0].values[3].text == "1 missing bar. no funding"
    assert quality_lines([]) == ()


@pytest.mark.parametrize(
    ("theirs", "verdict"), [(10_000.0, "They agree"), (10_001.0, "They differ")]
)
def test_a_check_says_whether_both_engines_agree(theirs: float, verdict: str) -> None:
    told = check_sentence({"applies": True, "ours": 10_000.0, "theirs": theirs})
    assert told.startswith(verdict)
    assert check_sentence({"applies": False, "reason": "x"}) == "The check does not apply: x."


def job(state: JobState, **changes: Any) -> Job:  # noqa: ANN401  any field
    fields: dict[str, Any] = {"started_at": None, "finished_at": None, "reason": ""} | changes
    return Job("abc-123", JobKind.BACKTEST, HOSTILE, "{}", state, NOW, **fields)


def test_every_state_of_a_job_has_a_word() -> None:
    assert len({state_cell(job(state)).text for state in JobState}) == len(JobState)


def test_progress_is_told_in_words() -> None:
    queued, running = job(JobState.QUEUED), job(JobState.RUNNING, started_at=NOW)
    assert progress_words(JobView(queued)).endswith("it is next")
    assert progress_words(JobView(queued, ahead=1)).endswith("1 job before it")
    assert progress_words(JobView(queued, ahead=3)).endswith("3 jobs before it")
    assert progress_words(JobView(running)) == "Starts"
    half = JobProgress(0.5, "Simulates")
    assert progress_words(JobView(running, half)) == "Simulates, 50%"
    assert progress_words(JobView(running, half, 75.0)).endswith("about 1 min 15 s left")


def test_runs_are_rows_with_how_long_they_took() -> None:
    done = job(JobState.DONE, started_at=NOW, finished_at=NOW + timedelta(seconds=61))
    failed = job(JobState.FAILED, reason="the disk is full")
    rows = run_rows([JobView(done), JobView(failed)], zone=UTC, now=NOW + timedelta(days=2))
    assert rows[0].took.text == "1 min 1 s"
    assert rows[1].took.text == DASH
    assert rows[1].state.note == "the disk is full"
    assert run_label(done, zone=UTC, now=NOW).startswith(HOSTILE)


def test_trades_keep_their_numbers_and_lack_what_is_unknown() -> None:
    (row,) = trade_table(
        [
            {
                "id": "1",
                "symbol": "BTCUSDT",
                "side": "long",
                "entry_time": "2025-01-06T00:00:00Z",
                "exit_time": "",
                "pnl": "-3.5",
                "return": "0.05",
                "exit_price": "nan",
                "exit_reason": "open",
            }
        ],
        zone=ZoneInfo("Asia/Tokyo"),
    )
    assert row["Result (USD)"] == -3.5
    assert row["Return (%)"] == 5.0
    assert row["Exit"] is None
    assert row["Exit price"] is None
    assert str(row["Entry"]) == "2025-01-06 09:00:00"
    assert row["Why"] == "Still open"
    assert trade_table([{}], zone=UTC)[0]["Symbol"] == ""


def test_a_file_that_is_harmless_leaves_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "trades.csv"
    path.write_bytes(b"id,pnl\n1,-3.5\n2,-.5\n3,1e-7\n")
    assert safe_table(path) == path.read_bytes()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", " =", '"='])
def test_a_cell_that_a_spreadsheet_would_run_is_marked(tmp_path: Path, start: str) -> None:
    path = tmp_path / "events.csv"
    cell = f'{start}cmd"' if start.startswith('"') else f"{start}cmd"
    path.write_text(f"breaker,value\n{cell},-1.5\n", encoding="utf-8")
    rows = safe_table(path).decode().splitlines()
    assert rows[1].lstrip('"').startswith("'")
    assert rows[1].endswith(",-1.5")


@given(st.text(max_size=20))
def test_no_text_survives_as_a_formula(text: str) -> None:
    import csv  # noqa: PLC0415
    from tempfile import TemporaryDirectory  # noqa: PLC0415

    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerow([text.replace("\0", ""), "-1.5"])
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_text(written.getvalue(), encoding="utf-8", errors="replace")
        out = safe_table(path).decode("utf-8", errors="replace")
    for row in csv.reader(io.StringIO(out, newline="")):
        for cell in row:
            if not cell.replace("-", "").replace("+", "").replace(".", "").isdigit():
                assert not cell.startswith(("=", "+", "-", "@"))


def test_everything_is_one_archive(tmp_path: Path) -> None:
    write_run(tmp_path)
    archive = zipfile.ZipFile(io.BytesIO(all_tables([("a/trades.csv", tmp_path / "trades.csv")])))
    assert archive.namelist() == ["a/trades.csv"]
    assert archive.read("a/trades.csv") == (tmp_path / "trades.csv").read_bytes()


def test_the_tear_sheet_needs_nothing_else_and_escapes_everything(tmp_path: Path) -> None:
    write_run(run_folder(tmp_path, "abc-123"), with_breakers=True)
    run = read_run(tmp_path, "abc-123")
    sheet = tear_sheet(run, title=HOSTILE, bundle_text=HOSTILE, zone=UTC)
    assert HOSTILE not in sheet
    assert "The breakers saved" in sheet
    assert "<script src=" not in sheet
    assert sheet.count("<figure>") == 4
    assert "Plotly.newPlot" in sheet
