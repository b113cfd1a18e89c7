"""The figure of one account's equity, without a browser."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import plotly.graph_objects as go

from app.charts.account_equity import POINTS, account_equity_figure
from etrms_core.engine.storage_ports import EquityPoint
from tests.builders import NOW

BERLIN = ZoneInfo("Europe/Berlin")


def draw(*points: EquityPoint, account: str = "main", hours: float = 24.0) -> go.Figure:
    return account_equity_figure(points, account=account, zone=BERLIN, hours=hours, window="24 h")


def point(seconds: float, equity: float | None = 1_000.0) -> EquityPoint:
    return EquityPoint(NOW + timedelta(seconds=seconds), equity)


def test_it_names_account_window_unit_and_zone() -> None:
    figure = draw(point(0.0), point(10.0))
    assert figure.layout.title.text == "Equity of main, last 24 h"
    assert figure.layout.xaxis.title.text == "Time (Europe/Berlin)"
    assert figure.layout.yaxis.title.text == "Equity (USD)"
    assert "USD" in figure.data[0].hovertemplate
    assert figure.data[0].x[0].hour == NOW.astimezone(BERLIN).hour


def test_unknown_readings_and_pauses_leave_a_gap() -> None:
    figure = draw(point(0.0), point(10.0, None), point(20.0), point(90_000.0))
    assert list(figure.data[0].y) == [1_000.0, None, 1_000.0, None, 1_000.0]


def test_many_readings_keep_their_extremes() -> None:
    points = [point(10.0 * n, 1.0 + (n == 777)) for n in range(5_000)]
    figure = draw(*points)
    assert len(figure.data[0].y) <= POINTS
    assert max(figure.data[0].y) == 2.0


def test_one_reading_is_a_dot_on_a_readable_axis() -> None:
    figure = draw(point(0.0))
    assert figure.data[0].mode == "lines+markers"
    assert figure.layout.xaxis.range[1] - figure.layout.xaxis.range[0] == timedelta(minutes=5)


def test_a_name_is_no_markup() -> None:
    assert draw(point(0.0), account="<b>x").layout.title.text.startswith("Equity of &lt;b>x")
