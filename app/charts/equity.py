"""Equity over time with the drawdown below it and the moments at which breakers fired."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.charts.palette import BLUE, GRID, ORANGE, ORANGE_FILL, PURPLE
from app.charts.thinning import Point, thin_series
from etrms_core.domain.events import BreakerEvent
from etrms_core.engine.storage_ports import HistoryPoint

POINTS_PER_LINE = 900
MOST_MARKS = 100
HEIGHT = 420
# The chart's tools lie above it; on a narrow screen they are as wide as the chart.
TITLE_BELOW_TOOLS = 32
# Readings are stored every ten seconds while the monitor runs; a store may return fewer of a long
# window, down to this many. A longer silence than these explain is a gap.
FEWEST_STORED = 2_000
SHORTEST_SPAN = timedelta(minutes=5)
SHORTEST_GAP = timedelta(minutes=1)


def equity_figure(
    points: Sequence[HistoryPoint], fired: Sequence[BreakerEvent], *, zone: ZoneInfo, hours: float
) -> go.Figure:
    """Draw stored readings; unknown ones and pauses leave a gap.

    Parameters
    ----------
    points : sequence of HistoryPoint
        Oldest first.
    fired : sequence of BreakerEvent
        Triggers to mark, in any order.
    """
    figure = make_subplots(
        rows=2, cols=1, shared_xaxes=True, row_heights=[0.68, 0.32], vertical_spacing=0.06
    )
    times = [point.observed_at for point in points]
    gap = max(SHORTEST_GAP, 3 * timedelta(hours=hours) / FEWEST_STORED)
    equity = _line(times, [point.equity for point in points], gap)
    losses = [None if point.drawdown is None else point.drawdown * 100.0 for point in points]
    figure.add_trace(_equity_trace(equity, zone), row=1, col=1)
    for number, stretch in enumerate(_stretches(_line(times, losses, gap))):
        figure.add_trace(_drawdown_trace(stretch, zone, is_first=number == 0), row=2, col=1)
    marks = _mark_trace(equity, fired, zone)
    if marks is not None:
        figure.add_trace(marks, row=1, col=1)
    _lay_out(figure, zone, hours)
    if times and times[-1] - times[0] < SHORTEST_SPAN:
        # A few seconds would be drawn with milliseconds at their axis.
        figure.update_xaxes(
            range=[_local(times[-1] - SHORTEST_SPAN, zone), _local(times[-1], zone)]
        )
    return figure


def _line(times: Sequence[datetime], values: Sequence[float | None], gap: timedelta) -> list[Point]:
    return thin_series(times, values, limit=POINTS_PER_LINE, longest_gap=gap)


def _stretches(line: Sequence[Point]) -> list[list[Point]]:
    """Cut a line at its gaps: an area that is filled as one would bridge them."""
    stretches: list[list[Point]] = [[]]
    for point in line:
        if point[1] is None:
            stretches.append([])
        else:
            stretches[-1].append(point)
    return [stretch for stretch in stretches if stretch] or [[]]


def _mode(line: Sequence[Point]) -> str:
    known = sum(value is not None for _, value in line)
    return "lines+markers" if known == 1 else "lines"  # one reading alone draws no line


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    # Plotly draws clock times as they are written, so they are written in the reader's zone.
    return at.astimezone(zone).replace(tzinfo=None)


def _equity_trace(line: Sequence[Point], zone: ZoneInfo) -> go.Scatter:
    return go.Scatter(
        x=[_local(at, zone) for at, _ in line],
        y=[value for _, value in line],
        name="Equity",
        mode=_mode(line),
        line={"color": BLUE, "width": 1.8},
        hovertemplate="%{x|%H:%M:%S}<br>Equity %{y:,.2f} USD<extra></extra>",
    )


def _drawdown_trace(line: Sequence[Point], zone: ZoneInfo, *, is_first: bool) -> go.Scatter:
    return go.Scatter(
        x=[_local(at, zone) for at, _ in line],
        y=[value for _, value in line],
        name="Drawdown",
        legendgroup="drawdown",
        showlegend=is_first,
        mode=_mode(line),
        fill="tozeroy",
        line={"color": ORANGE, "width": 1.4},
        fillcolor=ORANGE_FILL,
        hovertemplate="%{x|%H:%M:%S}<br>Drawdown %{y:.2f}%<extra></extra>",
    )


def _mark_trace(
    line: Sequence[Point], fired: Sequence[BreakerEvent], zone: ZoneInfo
) -> go.Scatter | None:
    known = [(at, value) for at, value in line if value is not None]
    shown = [event for event in fired if known and event.occurred_at >= known[0][0]][:MOST_MARKS]
    if not shown:
        return None
    times = [at for at, _ in known]
    return go.Scatter(
        x=[_local(event.occurred_at, zone) for event in shown],
        y=[known[bisect_right(times, event.occurred_at) - 1][1] for event in shown],
        name="Breaker fired",
        mode="markers",
        marker={
            "symbol": "triangle-down",
            "size": 12,
            "color": PURPLE,
            "line": {"color": "#ffffff", "width": 1},
        },
        text=[f"{event.breaker}<br>{event.detail}" for event in shown],
        hovertemplate="%{x|%H:%M:%S}<br>%{text}<extra></extra>",
    )


def _lay_out(figure: go.Figure, zone: ZoneInfo, hours: float) -> None:
    figure.update_layout(
        title={
            "text": f"Equity and drawdown, last {hours:g} h",
            "x": 0.0,
            "y": 1.0 - TITLE_BELOW_TOOLS / HEIGHT,
            "yanchor": "top",
            "font": {"size": 16},
        },
        height=HEIGHT,
        margin={"l": 8, "r": 8, "t": TITLE_BELOW_TOOLS + 32, "b": 8},
        hovermode="x",
        legend={"orientation": "h", "x": 0.0, "y": -0.24, "yanchor": "top"},
    )
    figure.update_xaxes(gridcolor=GRID)
    figure.update_xaxes(title_text=f"Time ({zone.key})", row=2, col=1)
    figure.update_yaxes(gridcolor=GRID, zeroline=False, automargin=True)
    figure.update_yaxes(title_text="Equity (USD)", tickformat=",.6~r", row=1, col=1)
    figure.update_yaxes(
        title_text="Drawdown (%)",
        autorange="reversed",
        rangemode="tozero",
        ticksuffix="%",
        row=2,
        col=1,
    )
