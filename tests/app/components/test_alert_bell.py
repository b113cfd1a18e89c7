"""Alerts inside the app."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from streamlit.testing.v1 import AppTest

from app import runtime
from app.components.alert_bell import alert_table
from app.presenters.alert_rows import AlertRow
from app.presenters.cells import Cell
from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.services.desk import Desk
from tests.app.desks import make_desk

HOSTILE = "<script>alert(1)</script> **x**"


def bell() -> None:
    from app.components.alert_bell import alert_bell  # noqa: PLC0415  the script

    alert_bell()


def listed() -> None:
    from app.components.alert_bell import alert_list  # noqa: PLC0415  the script

    alert_list()


@pytest.fixture
def desk() -> Iterator[Desk]:
    running = make_desk()
    runtime.set_desk(running)
    yield running
    runtime.set_desk(None)


def happen(desk: Desk, *kinds: DeskEventKind, detail: str = "it happened") -> None:
    events = [DeskEvent(datetime.now(UTC), kind, HOSTILE, detail) for kind in kinds]
    desk._store.append_events(events)


def show(script: Callable[[], None]) -> AppTest:
    shown = AppTest.from_function(script, default_timeout=30).run()
    assert not shown.exception
    return shown


def label(script: Callable[[], None] = bell) -> str:
    return str(show(script).button(key="alert_bell").label)


def test_it_counts_what_nobody_has_read_by_severity(desk: Desk) -> None:
    assert label() == "No new alerts"
    happen(desk, DeskEventKind.POSITION_OPENED)
    assert label() == "No new alerts"
    happen(desk, DeskEventKind.ALARM_RAISED, DeskEventKind.SOURCE_STALE, DeskEventKind.LEASE_LOST)
    assert label() == "Alerts: 1 critical, 2 warnings"


def test_what_happens_while_the_list_is_open_stays_unread(desk: Desk) -> None:
    happen(desk, DeskEventKind.ALARM_RAISED)
    shown = show(listed)
    shown.session_state["alerts_shown_up_to"] = desk.notifications.alerts.unread().newest_sequence
    shown.run()
    happen(desk, DeskEventKind.SOURCE_STALE)
    shown.button(key="mark_alerts_read").click().run()
    (left,) = desk.notifications.alerts.unread().alerts
    assert left.stored.event.kind is DeskEventKind.SOURCE_STALE
    assert label() == "Alerts: 1 warning"


def test_alerts_that_were_read_are_still_listed(desk: Desk) -> None:
    happen(desk, DeskEventKind.ALARM_RAISED)
    desk.notifications.alerts.mark_read(1)
    shown = show(listed)
    drawn = shown.markdown[0].value
    assert "Alarm raised" in drawn
    assert "new" not in drawn.split("Newest alerts")[1]
    assert not shown.button


def test_no_more_than_fifty_are_listed_and_what_they_say_is_text(desk: Desk) -> None:
    happen(desk, *[DeskEventKind.ALARM_RAISED] * 120, detail=HOSTILE)
    assert label() == "Alerts: 100 critical and more"
    drawn = show(listed).markdown[0].value
    assert drawn.count('role="rowheader"') == 50
    assert "<script>" not in drawn


def test_severity_is_said_by_sign_and_word() -> None:
    row = AlertRow(Cell("x Critical"), Cell("12:00:00"), Cell("a"), Cell("b"), Cell("c"))
    drawn = alert_table((row,), zone=ZoneInfo("Asia/Tokyo"))
    assert "Time (Asia/Tokyo)" in drawn
    assert "x Critical" in drawn
    assert "Nothing has happened" in alert_table((), zone=ZoneInfo("UTC"))
