"""Notices as rows of the outbox."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from etrms_core.adapters.storage.moments import from_us, to_us
from etrms_core.domain.notifications import Severity
from etrms_core.engine.notification_ports import Notice, NoticeState

USUAL_WAIT = timedelta(minutes=1)
FAILURES_COUNT_FOR = timedelta(days=7)


def notice_row(notice: Notice, run_id: str) -> dict[str, Any]:
    """Write a notice."""
    return {
        "run_id": run_id,
        "channel": notice.channel,
        "sequence": notice.sequence,
        "severity": int(notice.severity),
        "kind": notice.kind,
        "subject": notice.subject,
        "title": notice.title,
        "text": notice.text,
        "occurred_at_us": to_us(notice.occurred_at),
        "created_at_us": to_us(notice.created_at),
        "due_at_us": to_us(notice.due_at),
        "state": notice.state.value,
        "tries": notice.tries,
        "last_error": notice.last_error,
        "settled_at_us": None if notice.settled_at is None else to_us(notice.settled_at),
    }


def read_notice(row: Row[Any]) -> Notice:
    """Read a row; ValueError when it is damaged."""
    return Notice(
        channel=row.channel,
        sequence=row.sequence,
        severity=Severity(row.severity),
        kind=row.kind,
        subject=row.subject,
        title=row.title,
        text=row.text,
        occurred_at=from_us(row.occurred_at_us),
        created_at=from_us(row.created_at_us),
        due_at=from_us(row.due_at_us),
        state=NoticeState(row.state),
        tries=row.tries,
        last_error=row.last_error,
        settled_at=None if row.settled_at_us is None else from_us(row.settled_at_us),
    )
