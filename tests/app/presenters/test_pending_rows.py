"""Changes that wait, in words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.presenters.pending_rows import kind_in_words, pending_row
from etrms_core.domain.limits import DEFAULT_LIMITS
from etrms_core.engine.change_document import PendingChange
from etrms_core.engine.change_ports import CommittedSettings
from etrms_core.engine.changes import (
    Change,
    CommitSettings,
    EditRules,
    EndPause,
    ResetBreaker,
    ResumeTrading,
    SetLimits,
)

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")


def waiting(change: Change, sentence: str = "what it does") -> PendingChange:
    return PendingChange(
        change=change,
        by="ada",
        sentence=sentence,
        expected="",
        requested_at=NOW - timedelta(minutes=10),
        due_at=NOW + timedelta(minutes=50),
        number=7,
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (EditRules(()), "Circuit breakers"),
        (SetLimits(DEFAULT_LIMITS), "Risk limits"),
        (ResetBreaker("a"), "Reset of a breaker"),
        (ResumeTrading(), "Resuming trading"),
        (EndPause(), "End of a pause"),
        (CommitSettings(CommittedSettings(time_zone="UTC", delay_seconds=1)), "Settings file"),
    ],
)
def test_every_kind_has_a_name(change: Change, words: str) -> None:
    assert kind_in_words(change) == words


def test_a_change_says_what_when_and_who() -> None:
    wanted = replace(DEFAULT_LIMITS, maximum_orders_per_minute=90)
    row = pending_row(
        waiting(SetLimits(wanted)),
        remaining=timedelta(minutes=49, seconds=59),
        limits=DEFAULT_LIMITS,
        zone=ZONE,
        now=NOW,
    )
    assert (row.number, row.kind) == (7, "Risk limits")
    assert row.sentence == "Entry orders per minute from 60 to 90"
    assert row.countdown == "in 49 min 59 s"
    assert row.due == "14:50:00 Europe/Berlin"
    assert row.asked == "13:50:00 by ada"


def test_what_is_due_says_so_and_what_came_true_meanwhile_too() -> None:
    row = pending_row(
        waiting(SetLimits(DEFAULT_LIMITS)),
        remaining=timedelta(0),
        limits=DEFAULT_LIMITS,
        zone=ZONE,
        now=NOW,
    )
    assert row.countdown == "due now"
    assert row.sentence == "changes nothing any more"
