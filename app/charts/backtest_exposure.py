"""How much of equity a backtest had at stake over time."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import plotly.graph_objects as go

from app.charts.backtest_equity import local_times
from app.charts.palette import BLUE, GRID

FILL = "rgba(63, 134, 196, 0.25)"


def backtest_exposure_figure(points: Mapping[str, Sequence[Any]], *, zone: ZoneInfo) -> go.Figure:
    """Draw gross notional as a multiple of equity; each point is the highest up to the next."""
    figure = go.Figure(
        go.Scatter(
            x=local_times(points["time"], zone),
            y=list(points["exposure"]),
            name="Exposure",
            mode="lines",
            line={"color": BLUE, "width": 1.2, "shape": "hv"},
            fill="tozeroy",
            fillcolor=FILL,
            hovertemplate="%{x|%d %b %Y %H:%M}<br>%{y:.2f} times equity<extra></extra>",
        )
    )
    figure.update_layout(
        title={"text": "Exposure", "x": 0.0, "font": {"size": 16}},
        height=260,
        margin={"l": 8, "r": 8, "t": 48, "b": 8},
        showlegend=False,
    )
    figure.update_xaxes(title_text=f"Time ({zone.key})", gridcolor=GRID)
    figure.update_yaxes(title_text="Times equity", gridcolor=GRID, rangemode="tozero")
    return figure
