"""Several backtests on one chart, each as its return."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import plotly.graph_objects as go

from app.charts.backtest_equity import local_times
from app.charts.chart_text import plain_text
from app.charts.palette import BLUE, GRID, ORANGE, PURPLE

GREEN = "#2f8f6b"
STYLES = ((BLUE, "solid"), (ORANGE, "dash"), (PURPLE, "dot"), (GREEN, "dashdot"))
MOST_RUNS = len(STYLES)


def comparison_figure(
    runs: Sequence[tuple[str, Mapping[str, Sequence[Any]]]], *, zone: ZoneInfo
) -> go.Figure:
    """Draw the return of up to four runs; each has a colour and a dash of its own.

    Parameters
    ----------
    runs : sequence of (name, points)
        Points as in a report: `time` and `equity`.
    """
    figure = go.Figure()
    for (name, points), (colour, dash) in zip(runs, STYLES, strict=False):
        equity = list(points.get("equity", ()))
        start = next((value for value in equity if value), None)
        figure.add_trace(
            go.Scatter(
                x=local_times(points.get("time", ()), zone),
                y=[_change(value, start) for value in equity],
                name=plain_text(name),
                mode="lines",
                line={"color": colour, "width": 1.7, "dash": dash},
                hovertemplate="%{x|%d %b %Y %H:%M}<br>%{fullData.name} %{y:+.2f}%<extra></extra>",
            )
        )
    figure.update_layout(
        title={"text": "Return", "x": 0.0, "font": {"size": 16}},
        height=360,
        margin={"l": 8, "r": 8, "t": 48, "b": 8},
        legend={"orientation": "h", "x": 0.0, "y": -0.22, "yanchor": "top"},
        showlegend=True,
    )
    figure.update_xaxes(title_text=f"Time ({zone.key})", gridcolor=GRID)
    figure.update_yaxes(title_text="Return (%)", gridcolor=GRID)
    return figure


def _change(value: float | None, start: float | None) -> float | None:
    return None if value is None or not start else (value / start - 1.0) * 100.0
