"""Small valid values of notifications."""

from datetime import datetime

from etrms_core.domain.notifications import Severity
from etrms_core.engine.notification_ports import Notice
from tests.builders import NOW


def make_notice(
    sequence: int,
    *,
    channel: str = "phone",
    severity: Severity = Severity.WARNING,
    due_at: datetime = NOW,
    kind: str = "source_stale",
    subject: str = "main",
) -> Notice:
    """Build a notice that waits, of an event at `NOW`."""
    return Notice(
        channel=channel,
        sequence=sequence,
        severity=severity,
        kind=kind,
        subject=subject,
        title=f"PAPER WARNING: {kind} ({subject})",
        text=f"Event {sequence}.",
        occurred_at=NOW,
        created_at=NOW,
        due_at=due_at,
    )
