"""Events as CSV."""

import csv
from datetime import UTC, datetime
from io import StringIO

from app.presenters.event_export import COLUMNS, event_csv
from etrms_core.domain.events import BreakerEvent, BreakerEventKind, DeskEvent, DeskEventKind
from etrms_core.domain.identifiers import PORTFOLIO
from etrms_core.engine.storage_ports import StoredEvent

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_events_are_rows_without_formulas() -> None:
    hostile = DeskEvent(AT, DeskEventKind.LIMITS_CHANGED, "=cmd()", '@SUM(1)\n"<b>')
    breaker = BreakerEvent(
        AT, BreakerEventKind.TRIGGERED, "r", "-name", PORTFOLIO, -0.5, 0.1, "", "it fell"
    )
    text = event_csv([StoredEvent(2, hostile), StoredEvent(1, breaker)])
    head, first, second = csv.reader(StringIO(text))
    assert tuple(head) == COLUMNS
    assert first == [
        "2", "2026-05-01T12:00:00.000+00:00", "limits_changed", "'=cmd()", "", "", "",
        "'@SUM(1)\n\"<b>",
    ]  # fmt: skip
    assert second[3:] == ["'-name", str(PORTFOLIO), "-0.5", "0.1", "it fell"]
