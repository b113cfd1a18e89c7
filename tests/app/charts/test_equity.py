"""The equity figure, without a browser."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import plotly.graph_objects as go

from app.charts.equity import equity_figure
from etrms_core.domain.events import BreakerEvent, BreakerEventKind
from etrms_core.domain.identifiers import PORTFOLIO
from etrms_core.engine.storage_ports import HistoryPoint
from tests.builders import NOW

BERLIN = ZoneInfo("Europe/Berlin")
STEP = timedelta(seconds=10)


def points(count: int) -> list[HistoryPoint]:
    return [
        HistoryPoint(NOW + STEP * place, 10_000.0 + place, 1.0, 0.02, 5_000.0)
        for place in range(count)
    ]


def fired(minutes: float) -> BreakerEvent:
    return BreakerEvent(
        NOW + timedelta(minutes=minutes),
        BreakerEventKind.TRIGGERED,
        "dd",
        "Drawdown 10 %",
        PORTFOLIO,
        0.11,
        0.1,
        "notify",
        "drawdown of portfolio is 11%",
    )


def draw(count: int, *events: BreakerEvent) -> go.Figure:
    return equity_figure(points(count), events, zone=BERLIN, hours=24.0)


def test_it_has_title_units_and_the_readers_zone() -> None:
    layout = draw(10).layout
    assert layout.title.text == "Equity and drawdown, last 24 h"
    assert layout.yaxis.title.text == "Equity (USD)"
    assert layout.yaxis2.title.text == "Drawdown (%)"
    assert layout.xaxis2.title.text == "Time (Europe/Berlin)"


def test_drawdown_is_a_percentage_that_grows_downwards() -> None:
    figure = draw(10)
    equity, drawdown = figure.data
    assert (equity.name, drawdown.name) == ("Equity", "Drawdown")
    assert set(drawdown.y) == {2.0}
    assert figure.layout.yaxis2.autorange == "reversed"


def test_times_are_clock_times_of_the_zone() -> None:
    assert draw(3).data[0].x[0].hour == 14
    assert draw(3).data[0].x[0].tzinfo is None


def test_a_day_of_readings_stays_within_two_thousand_points() -> None:
    figure = draw(8_640)
    assert sum(len(trace.x) for trace in figure.data) <= 2_000


def test_a_breaker_is_marked_on_the_line_with_its_sentence() -> None:
    marks = draw(100, fired(minutes=5.0)).data[2]
    assert marks.name == "Breaker fired"
    assert marks.y == (10_030.0,)
    assert "drawdown of portfolio is 11%" in marks.text[0]


def test_a_breaker_before_the_first_reading_is_not_marked() -> None:
    assert len(draw(10, fired(minutes=-1.0)).data) == 2


def test_unknown_equity_leaves_a_gap() -> None:
    readings = points(3)
    readings[1] = HistoryPoint(NOW + STEP, None, None, None, None)
    figure = equity_figure(readings, [], zone=BERLIN, hours=1.0)
    assert list(figure.data[0].y) == [10_000.0, None, 10_002.0]


def test_the_area_of_drawdown_does_not_bridge_a_pause() -> None:
    later = [HistoryPoint(NOW + timedelta(hours=1), 9_000.0, 0.9, 0.1, 0.0)]
    figure = equity_figure([*points(3), *later], [], zone=BERLIN, hours=24.0)
    areas = [trace for trace in figure.data if trace.name == "Drawdown"]
    assert [list(area.y) for area in areas] == [[2.0, 2.0, 2.0], [10.0]]
    assert [area.showlegend for area in areas] == [True, False]


def test_a_single_reading_is_seen() -> None:
    assert [trace.mode for trace in draw(1).data] == ["lines+markers"] * 2
    assert [trace.mode for trace in draw(2).data] == ["lines"] * 2
