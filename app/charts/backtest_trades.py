"""What trades earned, and how far each went for and against before its end."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from app.charts.palette import BLUE, GRID, ORANGE

PERCENT = 100.0


def profit_figure(histogram: Mapping[str, Sequence[float]]) -> go.Figure:
    """Draw how many trades earned how much; losses and gains differ in colour and pattern."""
    edges, counts = list(histogram.get("edges", ())), list(histogram.get("counts", ()))
    figure = go.Figure()
    for is_gain, name, colour, pattern in (
        (False, "Losing trades", ORANGE, "/"),
        (True, "Winning trades", BLUE, ""),
    ):
        bins = [
            (low, high, count)
            for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
            if (low >= 0.0) is is_gain
        ]
        figure.add_trace(
            go.Bar(
                x=[(low + high) / 2.0 for low, high, _ in bins],
                y=[count for _, _, count in bins],
                width=[high - low for low, high, _ in bins],
                name=name,
                customdata=[[low, high] for low, high, _ in bins],
                marker={
                    "color": colour,
                    "pattern": {"shape": pattern, "fillmode": "overlay", "fgcolor": "#ffffff"},
                },
                hovertemplate="%{customdata[0]:,.2f} USD to %{customdata[1]:,.2f} USD"
                "<br>%{y:.0f} trades<extra></extra>",
            )
        )
    _lay_out(figure, "Result of trades", height=320)
    figure.update_xaxes(title_text="Result after costs (USD)", gridcolor=GRID, tickformat=",.4~g")
    figure.update_yaxes(title_text="Trades", gridcolor=GRID, rangemode="tozero", tickformat="d")
    return figure


def excursion_figure(trades: Sequence[Mapping[str, Any]]) -> go.Figure:
    """Draw the worst point of each closed trade against its best."""
    figure = go.Figure()
    for is_gain, name, colour, symbol in (
        (False, "Losing trades", ORANGE, "x"),
        (True, "Winning trades", BLUE, "circle"),
    ):
        mine = [each for each in trades if (each["pnl"] > 0.0) is is_gain]
        figure.add_trace(
            go.Scatter(
                x=[each["mae"] * PERCENT for each in mine],
                y=[each["mfe"] * PERCENT for each in mine],
                name=name,
                mode="markers",
                marker={"color": colour, "symbol": symbol, "size": 8, "opacity": 0.75},
                customdata=[[each["pnl"], each["return"] * PERCENT] for each in mine],
                hovertemplate="Worst %{x:.2f}%, best %{y:.2f}%"
                "<br>Result %{customdata[0]:,.2f} USD (%{customdata[1]:.2f}%)<extra></extra>",
            )
        )
    _lay_out(figure, "Worst and best point of trades", height=320)
    figure.update_xaxes(
        title_text="Worst point, of entry (%)", gridcolor=GRID, zeroline=True, zerolinecolor=GRID
    )
    figure.update_yaxes(
        title_text="Best point, of entry (%)", gridcolor=GRID, zeroline=True, zerolinecolor=GRID
    )
    return figure


def _lay_out(figure: go.Figure, title: str, *, height: int) -> None:
    figure.update_layout(
        title={"text": title, "x": 0.0, "font": {"size": 16}},
        height=height,
        margin={"l": 8, "r": 8, "t": 48, "b": 8},
        legend={"orientation": "h", "x": 0.0, "y": -0.3, "yanchor": "top"},
        showlegend=True,
    )
