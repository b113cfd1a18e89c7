"""Alerts counted and listed."""

from zoneinfo import ZoneInfo

from app.presenters.alert_rows import alert_label, alert_rows
from app.presenters.cells import Tone
from app.presenters.severity_cells import MINIMUM_WORDS, severity_cell
from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.domain.notifications import Severity
from etrms_core.engine.storage_ports import StoredEvent
from etrms_core.services.alerts import Alert, AlertReading
from tests.builders import NOW

UTC_ZONE = ZoneInfo("UTC")


def stored(sequence: int, kind: DeskEventKind = DeskEventKind.ALARM_RAISED) -> StoredEvent:
    return StoredEvent(sequence, DeskEvent(NOW, kind, "main", "it happened"))


def reading(*severities: Severity, has_more: bool = False) -> AlertReading:
    alerts = tuple(Alert(stored(row), each) for row, each in enumerate(severities))
    return AlertReading(alerts, has_more=has_more)


def test_the_count_is_by_severity() -> None:
    critical, warning = Severity.CRITICAL, Severity.WARNING
    assert alert_label(reading()) == "No new alerts"
    assert alert_label(reading(critical)) == "Alerts: 1 critical"
    assert alert_label(reading(warning)) == "Alerts: 1 warning"
    assert alert_label(reading(warning, critical, warning)) == "Alerts: 1 critical, 2 warnings"
    assert alert_label(reading(warning, has_more=True)) == "Alerts: 1 warning and more"


def test_only_what_is_unread_is_new() -> None:
    first, second = alert_rows([stored(2), stored(1)], {2}, zone=UTC_ZONE, now=NOW)
    assert (first.severity.note, second.severity.note) == ("new", "")
    assert first.kind.text == "Alarm raised"


def test_a_severity_is_told_by_sign_word_and_tone() -> None:
    cells = [severity_cell(each) for each in Severity]
    assert len({cell.text[0] for cell in cells}) == len({cell.tone for cell in cells}) == 3
    assert [cell.text[2:] for cell in cells] == ["Info", "Warning", "Critical"]
    assert cells[-1].tone is Tone.BAD
    assert set(MINIMUM_WORDS) == set(Severity)
