"""How often breakers fired: one bar for each day, or hour, and breaker."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import cycle, islice, product
from zoneinfo import ZoneInfo

import plotly.graph_objects as go

from app.charts.palette import BLUE, GRID, ORANGE, PURPLE
from etrms_core.domain.events import BreakerEvent

# The busiest breakers have a bar of their own; the others share one.
MOST_SERIES = 8
OTHERS = "all others"
PATTERNS = ("", "/", "x")
HOURLY_UP_TO = timedelta(days=2)
LONGEST_NAME = 30


def trigger_figure(
    fired: Sequence[BreakerEvent], *, zone: ZoneInfo, since: datetime, until: datetime
) -> go.Figure:
    """Draw triggers; `since` and `until` bound the axis of time."""
    hourly = until - since <= HOURLY_UP_TO
    counts = Counter((_name(event), _start(event.occurred_at, zone, hourly)) for event in fired)
    totals = Counter(name for name, _ in counts.elements())
    leading = [name for name, _ in totals.most_common(MOST_SERIES)]
    figure = go.Figure()
    looks = islice(cycle(product(PATTERNS, (BLUE, ORANGE, PURPLE))), MOST_SERIES + 1)
    for name, (pattern, colour) in zip([*leading, OTHERS], looks, strict=False):
        shown = _series(counts, name, leading)
        if shown:
            figure.add_trace(_bars(name, shown, pattern, colour, hourly=hourly))
    _lay_out(figure, zone, since, until, hourly=hourly)
    return figure


def _name(event: BreakerEvent) -> str:
    name = event.breaker
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 3]}..."


def _start(at: datetime, zone: ZoneInfo, hourly: bool) -> datetime:
    # Plotly draws clock times as they are written, so they are written in the reader's zone.
    local = at.astimezone(zone).replace(tzinfo=None, minute=0, second=0, microsecond=0)
    return local if hourly else local.replace(hour=0)


def _length(hourly: bool) -> timedelta:
    return timedelta(hours=1) if hourly else timedelta(days=1)


def _series(
    counts: Counter[tuple[str, datetime]], name: str, leading: Sequence[str]
) -> list[tuple[datetime, int]]:
    found: Counter[datetime] = Counter()
    for (owner, at), count in counts.items():
        if owner == name or (name == OTHERS and owner not in leading):
            found[at] += count
    return sorted(found.items())


def _bars(
    name: str, shown: Sequence[tuple[datetime, int]], pattern: str, colour: str, *, hourly: bool
) -> go.Bar:
    length = _length(hourly)
    when = "%b %d %H:%M" if hourly else "%b %d"
    return go.Bar(
        x=[at + length / 2 for at, _ in shown],
        y=[count for _, count in shown],
        width=length / timedelta(milliseconds=1) * 0.8,
        name=_plain(name),
        marker={"color": colour, "pattern": {"shape": pattern, "fgcolor": "#ffffff"}},
        customdata=[f"{at:{when}}" for at, _ in shown],
        hovertemplate="%{customdata}<br>%{y} times<extra>%{fullData.name}</extra>",
    )


def _plain(text: str) -> str:
    """Write a name so that Plotly takes no markup in it for its own."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _lay_out(
    figure: go.Figure, zone: ZoneInfo, since: datetime, until: datetime, *, hourly: bool
) -> None:
    figure.update_layout(
        title={
            "text": f"Triggers per {'hour' if hourly else 'day'}",
            "x": 0.0,
            "font": {"size": 16},
        },
        barmode="stack",
        height=320,
        margin={"l": 8, "r": 8, "t": 48, "b": 8},
        legend={"orientation": "h", "x": 0.0, "y": -0.4, "yanchor": "top"},
        showlegend=True,
    )
    figure.update_xaxes(
        title_text=f"Time ({zone.key})",
        gridcolor=GRID,
        range=[
            since.astimezone(zone).replace(tzinfo=None),
            _start(until, zone, hourly) + _length(hourly),
        ],
    )
    figure.update_yaxes(
        title_text="Triggers",
        gridcolor=GRID,
        rangemode="tozero",
        dtick=_step(figure),
        tickformat="d",
    )


def _step(figure: go.Figure) -> int | None:
    """Whole numbers only while there are few."""
    highest = max((max(trace.y, default=0) for trace in figure.data), default=0)
    return 1 if highest <= 5 else None
