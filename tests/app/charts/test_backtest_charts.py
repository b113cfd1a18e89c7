"""Figures of a backtest: what they draw, in which units."""

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.charts.backtest_comparison import MOST_RUNS, comparison_figure
from app.charts.backtest_equity import backtest_equity_figure
from app.charts.backtest_exposure import backtest_exposure_figure
from app.charts.backtest_trades import excursion_figure, profit_figure
from app.charts.chart_text import plain_text
from etrms_core.services.run_results import RunResult, read_run, run_folder
from tests.run_folders import write_run

UTC, TOKYO = ZoneInfo("UTC"), ZoneInfo("Asia/Tokyo")


@pytest.fixture
def run(tmp_path: Path) -> RunResult:
    write_run(run_folder(tmp_path, "abc-123"), with_breakers=True)
    return read_run(tmp_path, "abc-123")


def test_equity_is_drawn_with_and_without_breakers_above_its_drawdown(run: RunResult) -> None:
    assert run.without is not None
    figure = backtest_equity_figure(
        run.section("points"),
        without=run.without.section("points"),
        triggers=run.rows("triggers"),
        blocked=run.rows("blocked"),
        zone=TOKYO,
    )
    names = [trace.name for trace in figure.data]
    assert names == [
        "Without breakers",
        "With breakers",
        "Drawdown",
        "Breaker fired",
        "No new positions",
    ]
    assert figure.layout.yaxis.title.text == "Equity (USD)"
    assert figure.layout.yaxis2.title.text == "Drawdown (%)"
    assert figure.layout.xaxis2.title.text == "Time (Asia/Tokyo)"
    assert f"{figure.data[1].x[0]:%H:%M}" == "09:00"
    assert max(figure.data[2].y) == 0.0
    assert min(figure.data[2].y) < -1.0
    assert len(figure.layout.shapes) == 4


def test_equity_alone_is_called_equity_and_can_be_logarithmic(run: RunResult) -> None:
    figure = backtest_equity_figure(run.section("points"), zone=UTC, is_log=True)
    assert [trace.name for trace in figure.data] == ["Equity", "Drawdown"]
    assert figure.layout.yaxis.type == "log"
    assert figure.layout.yaxis2.type is None


def test_a_trigger_stands_on_the_line_and_its_text_is_no_markup(run: RunResult) -> None:
    points = {"time": [0, 1_000], "equity": [10.0, 20.0], "drawdown": [0.0, None]}
    triggers = [
        {"time": 500, "breaker": "<b>x</b>", "detail": "y"},
        {"time": -5, "breaker": "early", "detail": ""},
    ]
    figure = backtest_equity_figure(points, triggers=triggers, zone=UTC)
    marks = figure.data[-1]
    assert list(marks.y) == [10.0, None]
    assert marks.text[0] == "&lt;b&gt;x&lt;/b&gt;: y"


def test_losses_and_gains_differ_in_colour_and_pattern(run: RunResult) -> None:
    figure = profit_figure(run.section("pnl"))
    losing, winning = figure.data
    assert all(center < 0.0 for center in losing.x)
    assert all(center > 0.0 for center in winning.x)
    assert losing.marker.color != winning.marker.color
    assert losing.marker.pattern.shape == "/"
    assert sum(losing.y) + sum(winning.y) == 9.0
    assert figure.layout.xaxis.title.text == "Result after costs (USD)"


def test_excursions_are_percentages_of_the_entry(run: RunResult) -> None:
    rows = run.rows("excursions")
    figure = excursion_figure(rows)
    assert sum(len(trace.x) for trace in figure.data) == len(rows)
    assert all(value <= 0.0 for trace in figure.data for value in trace.x)
    assert figure.data[0].marker.symbol != figure.data[1].marker.symbol


def test_exposure_is_in_times_of_equity(run: RunResult) -> None:
    figure = backtest_exposure_figure(run.section("points"), zone=UTC)
    assert max(figure.data[0].y) == pytest.approx(0.5, abs=0.1)
    assert figure.layout.yaxis.title.text == "Times equity"


def test_at_most_four_runs_are_compared_by_their_return() -> None:
    points = {"time": [0, 1_000], "equity": [100.0, 110.0]}
    figure = comparison_figure([(f"<b>{n}", points) for n in range(6)], zone=UTC)
    assert len(figure.data) == MOST_RUNS
    assert figure.data[0].y[1] == pytest.approx(10.0)
    assert figure.data[0].name == "&lt;b&gt;0"
    assert len({(trace.line.color, trace.line.dash) for trace in figure.data}) == MOST_RUNS


def test_a_run_without_points_compares_as_nothing() -> None:
    figure = comparison_figure([("a", {}), ("b", {"time": [0], "equity": [None]})], zone=UTC)
    assert [len(trace.x) for trace in figure.data] == [0, 1]
    assert list(figure.data[1].y) == [None]


def test_all_charts_of_a_run_weigh_little(run: RunResult) -> None:
    points = {
        "time": list(range(0, 1_002_000, 1_000)),
        "equity": [12_345.678] * 1_002,
        "drawdown": [0.012_345_67] * 1_002,
        "exposure": [0.5] * 1_002,
    }
    figures = [
        backtest_equity_figure(points, without=points, blocked=run.rows("blocked"), zone=UTC),
        backtest_exposure_figure(points, zone=UTC),
    ]
    assert sum(len(json.dumps(json.loads(each.to_json()))) for each in figures) <= 300_000


def test_markup_in_text_is_only_text() -> None:
    assert plain_text("<b>&") == "&lt;b&gt;&amp;"
