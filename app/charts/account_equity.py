"""The equity of one account over time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import plotly.graph_objects as go

from app.charts.palette import BLUE, GRID
from app.charts.thinning import thin_series
from etrms_core.engine.storage_ports import EquityPoint

POINTS = 900
# A store returns at least this many readings of a long window; a longer silence is a gap.
FEWEST_STORED = 2_000
SHORTEST_GAP = timedelta(minutes=1)
SHORTEST_SPAN = timedelta(minutes=5)


def account_equity_figure(
    points: Sequence[EquityPoint], *, account: str, zone: ZoneInfo, hours: float, window: str
) -> go.Figure:
    """Draw stored equity, oldest first, in USD; unknown readings and pauses leave a gap.

    Parameters
    ----------
    hours : float
        Length of the window that was asked for.
    window : str
        The same in words, for the title.
    """
    times = [point.observed_at for point in points]
    gap = max(SHORTEST_GAP, 3 * timedelta(hours=hours) / FEWEST_STORED)
    line = thin_series(times, [point.equity for point in points], limit=POINTS, longest_gap=gap)
    known = sum(value is not None for _, value in line)
    figure = go.Figure(
        go.Scatter(
            x=[_local(at, zone) for at, _ in line],
            y=[value for _, value in line],
            name="Equity",
            mode="lines+markers" if known == 1 else "lines",
            line={"color": BLUE, "width": 1.8},
            hovertemplate="%{x|%d %b %H:%M:%S}<br>Equity %{y:,.2f} USD<extra></extra>",
        )
    )
    _lay_out(figure, f"Equity of {_harmless(account)}, last {window}", zone)
    if times and times[-1] - times[0] < SHORTEST_SPAN:
        # A few seconds would be drawn with milliseconds at their axis.
        ends = _local(times[-1], zone)
        figure.update_xaxes(range=[ends - SHORTEST_SPAN, ends])
    return figure


def _lay_out(figure: go.Figure, title: str, zone: ZoneInfo) -> None:
    figure.update_layout(
        title={"text": title, "x": 0.0, "font": {"size": 16}},
        height=300,
        margin={"l": 8, "r": 8, "t": 48, "b": 8},
        hovermode="x",
        showlegend=False,
    )
    figure.update_xaxes(gridcolor=GRID, title_text=f"Time ({zone.key})")
    figure.update_yaxes(
        gridcolor=GRID,
        zeroline=False,
        automargin=True,
        title_text="Equity (USD)",
        tickformat=",.6~r",
    )


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    # Plotly draws clock times as they are written, so they are written in the reader's zone.
    return at.astimezone(zone).replace(tzinfo=None)


def _harmless(text: str) -> str:
    # Plotly takes a few tags in titles.
    return text.replace("&", "&amp;").replace("<", "&lt;")
