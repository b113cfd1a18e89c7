"""The exposure chart within a page."""

from datetime import UTC, datetime

from streamlit.testing.v1 import AppTest

from tests.app.desks import empty_account
from tests.app.trading_desks import trading_desk


def page() -> None:
    from app.components.exposure_chart import exposure_chart  # noqa: PLC0415  the script

    exposure_chart()


def test_it_says_of_when_it_is_and_can_be_drawn_again() -> None:
    with trading_desk():
        shown = AppTest.from_function(page, default_timeout=60).run()
        assert len(shown.get("plotly_chart")) == 1
        assert shown.markdown[0].value.startswith("Chart as of ")
        shown.button(key="refresh_exposure").click().run()
        assert not shown.exception


def test_without_positions_there_is_no_chart() -> None:
    with trading_desk(empty_account(datetime.now(UTC))):
        shown = AppTest.from_function(page, default_timeout=60).run()
    assert not shown.get("plotly_chart")
