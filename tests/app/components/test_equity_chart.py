"""The equity chart within a page."""

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from app import runtime
from etrms_core.services.desk import Desk
from tests.app.desks import make_desk


def chart() -> None:
    from app.components.equity_chart import equity_chart  # noqa: PLC0415  the script

    equity_chart()


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = make_desk()
    runtime.set_desk(made)
    yield made
    runtime.set_desk(None)


def drawn(shown: AppTest) -> str:
    assert not shown.exception
    return str(shown.get("plotly_chart")[0].proto.spec)


@pytest.mark.usefixtures("desk")
def test_before_the_first_reading_it_says_when_a_chart_comes() -> None:
    shown = AppTest.from_function(chart, default_timeout=30).run()
    assert not shown.exception
    assert "first reading" in shown.info[0].value


def test_the_chart_stands_still_until_it_is_refreshed(desk: Desk) -> None:
    desk.refresh()
    shown = AppTest.from_function(chart, default_timeout=30).run()
    before = drawn(shown)
    assert "Equity and drawdown, last 24 h" in before
    desk._supervisor.guard.monitor._recorder._last_point = None
    desk.refresh()
    assert drawn(shown.run()) == before
    assert drawn(shown.button(key="refresh_equity").click().run()) != before


def test_it_follows_when_that_is_switched_on(desk: Desk) -> None:
    desk.refresh()
    shown = AppTest.from_function(chart, default_timeout=30).run()
    before = drawn(shown)
    desk._supervisor.guard.monitor._recorder._last_point = None
    desk.refresh()
    assert drawn(shown.toggle(key="follow_equity").set_value(True).run()) != before
