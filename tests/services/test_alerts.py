"""The app shows what happened since the trader last looked."""

import pytest

from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.domain.notifications import Severity
from etrms_core.services.alerts import Alerts
from tests.builders import NOW
from tests.fakes import in_memory_stores

KINDS = (
    DeskEventKind.ORDER_SENT,
    DeskEventKind.SOURCE_STALE,
    DeskEventKind.ALARM_RAISED,
    DeskEventKind.POSITION_OPENED,
)


@pytest.fixture
def alerts() -> Alerts:
    stores = in_memory_stores()
    stores.desk.append_events([DeskEvent(NOW, kind, "main", "x") for kind in KINDS])
    return Alerts(stores.desk, stores.outbox)


def test_unread_is_what_matters_enough_newest_first(alerts: Alerts) -> None:
    reading = alerts.unread()
    assert [each.severity for each in reading.alerts] == [Severity.CRITICAL, Severity.WARNING]
    assert [each.stored.event.kind for each in reading.alerts] == [KINDS[2], KINDS[1]]
    assert (reading.worst, reading.newest_sequence, reading.has_more) == (
        Severity.CRITICAL,
        3,
        False,
    )
    assert len(alerts.unread(minimum=Severity.INFO).alerts) == 4
    assert len(alerts.unread(minimum=Severity.CRITICAL).alerts) == 1


def test_what_was_read_is_not_shown_again(alerts: Alerts) -> None:
    alerts.mark_read(2)
    assert [each.stored.sequence for each in alerts.unread().alerts] == [3]
    alerts.mark_read(3)
    alerts.mark_read(1)
    reading = alerts.unread()
    assert reading.alerts == ()
    assert (reading.worst, reading.newest_sequence) == (None, 0)


def test_more_than_fits_is_said(alerts: Alerts) -> None:
    reading = alerts.unread(limit=1)
    assert [each.stored.sequence for each in reading.alerts] == [3]
    assert reading.has_more
    assert not alerts.unread(limit=2).has_more
