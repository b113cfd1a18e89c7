"""Equity of a backtest with its drawdown, its breakers, and the same run without them."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.charts.chart_text import plain_text
from app.charts.palette import BLUE, GRID, ORANGE, ORANGE_FILL, PURPLE

BLOCKED_FILL = "rgba(154, 107, 176, 0.22)"
MOST_SPANS = 150
MILLISECOND = 1_000.0
Lines = Mapping[str, Sequence[Any]]


def backtest_equity_figure(
    points: Lines,
    *,
    without: Lines | None = None,
    triggers: Sequence[Mapping[str, Any]] = (),
    blocked: Sequence[Mapping[str, Any]] = (),
    zone: ZoneInfo,
    is_log: bool = False,
) -> go.Figure:
    """Draw equity above, drawdown below.

    Parameters
    ----------
    points, without : mapping
        Lists `time` (milliseconds), `equity`, `drawdown` of the run and of the run without
        breakers.
    triggers : sequence of mapping
        `time`, `breaker`, `detail`.
    blocked : sequence of mapping
        `breaker` and `spans`, pairs of milliseconds in which no position could be opened.
    """
    figure = make_subplots(
        rows=2, cols=1, shared_xaxes=True, row_heights=[0.68, 0.32], vertical_spacing=0.06
    )
    name = "Equity" if without is None else "With breakers"
    if without is not None:
        figure.add_trace(_line(without, "Without breakers", ORANGE, zone, dash="dot"), row=1, col=1)
    figure.add_trace(_line(points, name, BLUE, zone), row=1, col=1)
    figure.add_trace(_drawdown(points, zone), row=2, col=1)
    if triggers:
        figure.add_trace(_marks(points, triggers, zone), row=1, col=1)
    _shade(figure, blocked, zone)
    _lay_out(figure, zone, is_log=is_log)
    return figure


def local_times(times: Sequence[float], zone: ZoneInfo) -> list[datetime]:
    """Turn milliseconds since 1970 into clock times of a zone, as plotly draws them."""
    return [
        datetime.fromtimestamp(time / MILLISECOND, UTC).astimezone(zone).replace(tzinfo=None)
        for time in times
    ]


def _line(
    points: Lines, name: str, colour: str, zone: ZoneInfo, *, dash: str = "solid"
) -> go.Scatter:
    return go.Scatter(
        x=local_times(points["time"], zone),
        y=list(points["equity"]),
        name=name,
        mode="lines",
        line={"color": colour, "width": 1.7, "dash": dash},
        hovertemplate="%{x|%d %b %Y %H:%M}<br>%{fullData.name} %{y:,.2f} USD<extra></extra>",
    )


def _drawdown(points: Lines, zone: ZoneInfo) -> go.Scatter:
    return go.Scatter(
        x=local_times(points["time"], zone),
        y=[None if each is None else -100.0 * each for each in points["drawdown"]],
        name="Drawdown",
        mode="lines",
        fill="tozeroy",
        line={"color": ORANGE, "width": 1.2},
        fillcolor=ORANGE_FILL,
        hovertemplate="%{x|%d %b %Y %H:%M}<br>Drawdown %{y:.2f}%<extra></extra>",
    )


def _marks(points: Lines, triggers: Sequence[Mapping[str, Any]], zone: ZoneInfo) -> go.Scatter:
    times = list(points["time"])
    return go.Scatter(
        x=local_times([each["time"] for each in triggers], zone),
        y=[_value_at(times, points["equity"], each["time"]) for each in triggers],
        name="Breaker fired",
        mode="markers",
        marker={
            "symbol": "triangle-down",
            "size": 11,
            "color": PURPLE,
            "line": {"color": "#ffffff", "width": 1},
        },
        text=[plain_text(f"{each['breaker']}: {each['detail']}") for each in triggers],
        hovertemplate="%{x|%d %b %Y %H:%M}<br>%{text}<extra></extra>",
    )


def _value_at(times: Sequence[float], values: Sequence[Any], at: float) -> float | None:
    place = bisect_right(times, at) - 1
    return values[place] if place >= 0 else None


def _shade(figure: go.Figure, blocked: Sequence[Mapping[str, Any]], zone: ZoneInfo) -> None:
    """Shade where no position could be opened; the legend names it once."""
    spans = sorted(tuple(span) for each in blocked for span in each["spans"])[:MOST_SPANS]
    for start, end in spans:
        left, right = local_times([start, end], zone)
        figure.add_vrect(x0=left, x1=right, fillcolor=BLOCKED_FILL, line_width=0, layer="below")
    if spans:
        figure.add_trace(
            go.Scatter(
                x=[None],
                y=[None],
                mode="markers",
                name="No new positions",
                marker={"symbol": "square", "size": 12, "color": BLOCKED_FILL},
            ),
            row=1,
            col=1,
        )


def _lay_out(figure: go.Figure, zone: ZoneInfo, *, is_log: bool) -> None:
    figure.update_layout(
        title={"text": "Equity and drawdown", "x": 0.0, "font": {"size": 16}},
        height=480,
        margin={"l": 8, "r": 8, "t": 48, "b": 8},
        legend={"orientation": "h", "x": 0.0, "y": -0.2, "yanchor": "top"},
        showlegend=True,
    )
    figure.update_xaxes(gridcolor=GRID)
    figure.update_xaxes(title_text=f"Time ({zone.key})", row=2, col=1)
    figure.update_yaxes(
        title_text="Equity (USD)",
        gridcolor=GRID,
        tickformat=",.6~g",
        type="log" if is_log else "linear",
        row=1,
        col=1,
    )
    figure.update_yaxes(title_text="Drawdown (%)", gridcolor=GRID, row=2, col=1)
