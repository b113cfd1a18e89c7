"""Changes that wait: what they change, who asked, and how long they still wait."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from app.presenters.limit_fields import changed_fields, limit_text
from app.presenters.times import clock_and_date, duration
from etrms_core.domain.limits import Limits
from etrms_core.engine.change_document import PendingChange
from etrms_core.engine.changes import (
    Change,
    CommitSettings,
    EditRules,
    EndPause,
    ResetBreaker,
    ResumeTrading,
    SetLimits,
)

DUE = "due now"


@dataclass(frozen=True, slots=True)
class PendingRow:
    """One change that waits."""

    number: int
    kind: str
    sentence: str
    countdown: str
    due: str
    asked: str


def pending_row(
    pending: PendingChange, *, remaining: timedelta, limits: Limits, zone: ZoneInfo, now: datetime
) -> PendingRow:
    """Show a change; `limits` are those that stand."""
    seconds = remaining.total_seconds()
    return PendingRow(
        number=pending.number,
        kind=kind_in_words(pending.change),
        sentence=sentence(pending, limits),
        countdown=f"in {duration(seconds)}" if seconds > 0.0 else DUE,
        due=f"{clock_and_date(pending.due_at, zone=zone, now=now)} {zone.key}",
        asked=f"{clock_and_date(pending.requested_at, zone=zone, now=now)} by {pending.by}",
    )


def kind_in_words(change: Change) -> str:
    """Name the kind of a change."""
    match change:
        case EditRules():
            return "Circuit breakers"
        case SetLimits():
            return "Risk limits"
        case ResetBreaker():
            return "Reset of a breaker"
        case ResumeTrading():
            return "Resuming trading"
        case EndPause():
            return "End of a pause"
        case CommitSettings():
            return "Settings file"
    assert_never(change)


def sentence(pending: PendingChange, limits: Limits) -> str:
    """Say what a change does; a change of limits in the words of the page."""
    if not isinstance(pending.change, SetLimits):
        return pending.sentence
    after = pending.change.limits
    told = [
        f"{field.label} from {limit_text(field.name, limits)} to {limit_text(field.name, after)}"
        for field in changed_fields(limits, after)
    ]
    return "; ".join(told) or "changes nothing any more"
