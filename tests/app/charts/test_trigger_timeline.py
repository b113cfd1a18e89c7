"""The figure of triggers over time, without a browser."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import plotly.graph_objects as go

from app.charts.trigger_timeline import MOST_SERIES, OTHERS, trigger_figure
from etrms_core.domain.events import BreakerEvent, BreakerEventKind
from etrms_core.domain.identifiers import PORTFOLIO
from tests.builders import NOW

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = timedelta(days=7)


def fired(name: str = "rule", *, days_ago: float = 0.0) -> BreakerEvent:
    at = NOW - timedelta(days=days_ago)
    return BreakerEvent(
        at, BreakerEventKind.TRIGGERED, name, name, PORTFOLIO, 0.2, 0.1, "notify", "why"
    )


def draw(*events: BreakerEvent, length: timedelta = WEEK) -> go.Figure:
    return trigger_figure(events, zone=BERLIN, since=NOW - length, until=NOW)


def test_triggers_are_counted_by_day_and_breaker() -> None:
    figure = draw(fired(), fired(), fired(days_ago=2), fired("other"))
    counts = {bars.name: list(bars.y) for bars in figure.data}
    assert counts == {"rule": [1, 2], "other": [1]}
    assert figure.layout.title.text == "Triggers per day"
    assert figure.layout.xaxis.title.text == "Time (Europe/Berlin)"
    assert figure.layout.yaxis.title.text == "Triggers"


def test_a_short_time_is_counted_by_hour() -> None:
    figure = draw(fired(), fired(days_ago=0.2), length=timedelta(days=1))
    assert figure.layout.title.text == "Triggers per hour"
    assert list(figure.data[0].y) == [1, 1]


def test_breakers_differ_by_pattern_where_colours_come_again() -> None:
    figure = draw(*(fired(f"rule {number}") for number in range(5)))
    looks = {(bars.marker.color, bars.marker.pattern.shape) for bars in figure.data}
    assert len(looks) == 5


def test_the_quiet_ones_share_a_bar() -> None:
    events = [fired(f"rule {number}") for number in range(MOST_SERIES + 4)]
    figure = draw(*events)
    assert len(figure.data) == MOST_SERIES + 1
    assert figure.data[-1].name == OTHERS
    assert sum(sum(bars.y) for bars in figure.data) == len(events)


def test_a_hostile_name_is_text_and_is_cut() -> None:
    (bars,) = draw(fired("<b>x</b>" + "y" * 100)).data
    assert bars.name.startswith("&lt;b&gt;x&lt;/b&gt;")
    assert len(bars.name) < 50


def test_no_trigger_draws_empty_axes() -> None:
    assert draw().data == ()
