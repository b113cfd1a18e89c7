"""A run on one sheet of HTML that needs nothing else, to keep and to print."""

from collections.abc import Mapping, Sequence
from html import escape
from zoneinfo import ZoneInfo

import plotly.graph_objects as go
from plotly.io import to_html

from app.charts.backtest_equity import backtest_equity_figure
from app.charts.backtest_exposure import backtest_exposure_figure
from app.charts.backtest_trades import excursion_figure, profit_figure
from app.presenters.backtest_metrics import metric_rows
from app.presenters.backtest_months import MONTHS, year_rows
from app.presenters.backtest_words import (
    Line,
    bounds_lines,
    cost_lines,
    impact_sentence,
    quality_lines,
    regime_lines,
)
from etrms_core.services.run_results import RunResult

WIDTH = 1_000
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #18222d; background: #fff; margin: 2rem auto;
  max-width: 1040px; padding: 0 1rem; }
table { border-collapse: collapse; margin: 0.5rem 0 1.5rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.2rem 0.8rem 0.2rem 0; text-align: left; border-bottom: 1px solid #cfd7df; }
td + td { text-align: right; } td.words { text-align: left; }
pre { background: #f2f5f8; padding: 1rem; overflow-x: auto; }
@media print { button { display: none; } figure { break-inside: avoid; } }
"""
BOUND_HEADINGS = ("Reading", "Final equity", "Total return", "Deepest drawdown")
REGIME_HEADINGS = ("Market", "Share of bars", "Return", "Trades", "Winning", "Result")
QUALITY_HEADINGS = ("Symbol", "Timeframe", "Bars", "From, to", "What was found")


def tear_sheet(run: RunResult, *, title: str, bundle_text: str, zone: ZoneInfo) -> str:
    """Write the sheet: figures, charts, tables and the bundle; everything in it is escaped."""
    runs = [run.metrics] if run.without is None else [run.metrics, run.without.metrics]
    columns = ["Figure", "With breakers", "Without"] if run.without else ["Figure", "Value"]
    parts = [f"<h1>{escape(title)}</h1>", '<p><button onclick="print()">Print</button></p>']
    if run.without is not None:
        sentence = impact_sentence(run.metrics, run.without.metrics, capital=capital_of(run))
        parts.append(f"<p><strong>{escape(sentence)}</strong></p>")
    parts.append(_charts(run, zone))
    rows = [
        [row.name.text, *(cell.text for cell in row.values), row.meaning.text]
        for row in metric_rows(runs)
    ]
    parts.append(_section("Figures", _table([*columns, "What it is"], rows)))
    parts.append(_section("Returns by month", _months(run)))
    parts.append(_lines("Costs", ("Cost", "Amount"), cost_lines(run.section("costs"))))
    parts.append(_lines("By market", REGIME_HEADINGS, regime_lines(run.rows("regimes"))))
    parts.append(_lines("Bounds", BOUND_HEADINGS, bounds_lines(run.result.get("bounds"))))
    quality = quality_lines(run.result.get("data_quality"))
    parts.append(_lines("Bars", QUALITY_HEADINGS, quality))
    parts.append(_section("Bundle", f"<pre>{escape(bundle_text)}</pre>"))
    head = f"<meta charset='utf-8'><title>{escape(title)}</title><style>{STYLE}</style>"
    return f"<!doctype html><html lang='en'><head>{head}</head><body>{''.join(parts)}</body></html>"


def capital_of(run: RunResult) -> float | None:
    """Return the capital that a run began with."""
    account = run.bundle.get("account")
    value = account.get("initial_capital") if isinstance(account, Mapping) else None
    return float(value) if isinstance(value, int | float) else None


def _charts(run: RunResult, zone: ZoneInfo) -> str:
    points = run.section("points")
    if not points.get("time"):
        return ""
    without = None if run.without is None else run.without.section("points")
    figures = [
        backtest_equity_figure(
            points,
            without=without or None,
            triggers=run.rows("triggers"),
            blocked=run.rows("blocked"),
            zone=zone,
        ),
        profit_figure(run.section("pnl")),
        excursion_figure(run.rows("excursions")),
    ]
    if points.get("exposure"):
        figures.append(backtest_exposure_figure(points, zone=zone))
    # The library goes into the sheet once: it must work without a network.
    return "".join(_chart(figure, is_first=place == 0) for place, figure in enumerate(figures))


def _chart(figure: go.Figure, *, is_first: bool) -> str:
    figure.update_layout(width=WIDTH, template="plotly_white")
    drawn = to_html(
        figure, include_plotlyjs=is_first, full_html=False, config={"displaylogo": False}
    )
    return f"<figure>{drawn}</figure>"


def _months(run: RunResult) -> str:
    rows = [
        [row.year.text, *(cell.text for cell in row.months), row.total.text]
        for row in year_rows(run.rows("months"))
    ]
    return _table(["Year", *MONTHS, "In all"], rows)


def _lines(title: str, headings: Sequence[str], lines: Sequence[Line]) -> str:
    rows = [[line.name.text, *(cell.text for cell in line.values)] for line in lines]
    return _section(title, _table(headings, rows)) if rows else ""


def _section(title: str, content: str) -> str:
    return f"<h2>{escape(title)}</h2>{content}"


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(each)}</th>" for each in headings)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(each)}</td>" for each in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
