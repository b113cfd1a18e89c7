"""Which event goes to which channel, and floods that are dammed."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.domain.notifications import Channel, Severity
from etrms_core.engine.notification_routing import (
    MOST_ALIKE,
    MOST_WINDOWS,
    FloodGate,
    is_routed,
    notices_for,
)
from etrms_core.engine.storage_ports import StoredEvent
from tests.builders import NOW, make_account

PHONE = Channel(name="phone", service="Telegram", masked_address="tgram://...")
STALE = DeskEvent(NOW, DeskEventKind.SOURCE_STALE, "main", "main is stale")
KEY = ("phone", "source_stale", "main")


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        (PHONE, True),
        (replace(PHONE, is_enabled=False), False),
        (replace(PHONE, minimum_severity=Severity.CRITICAL), False),
        (replace(PHONE, minimum_severity=Severity.INFO), True),
        (replace(PHONE, kinds=("source_stale", "triggered")), True),
        (replace(PHONE, kinds=("triggered",)), False),
        (replace(PHONE, kinds=("source_stale",), minimum_severity=Severity.CRITICAL), False),
    ],
)
def test_an_event_goes_where_it_matters_enough_and_is_wanted(
    channel: Channel, expected: bool
) -> None:
    assert is_routed(STALE, channel) is expected


def test_each_channel_gets_a_notice_of_its_own() -> None:
    channels = [PHONE, replace(PHONE, name="desk"), replace(PHONE, name="off", is_enabled=False)]
    notices = list(
        notices_for(
            StoredEvent(17, STALE),
            channels,
            [make_account(account="main")],
            now=NOW + timedelta(seconds=1),
            zone=UTC,
            flood=FloodGate(),
        )
    )
    assert [(each.channel, each.sequence) for each in notices] == [("phone", 17), ("desk", 17)]
    first = notices[0]
    assert (first.severity, first.kind, first.subject) == (
        Severity.WARNING,
        "source_stale",
        "main",
    )
    assert first.title == "PAPER WARNING: source stale (main)"
    assert first.occurred_at == NOW
    assert first.created_at == first.due_at == NOW + timedelta(seconds=1)


def test_the_first_few_of_a_minute_pass_and_the_rest_waits_for_its_end() -> None:
    gate = FloodGate()
    times = [NOW + timedelta(seconds=second) for second in range(10)]
    due = [gate.due_at(KEY, each) for each in times]
    assert due[:MOST_ALIKE] == times[:MOST_ALIKE]
    assert set(due[MOST_ALIKE:]) == {NOW + timedelta(minutes=1)}
    assert gate.due_at(("phone", "source_stale", "other"), times[9]) == times[9]
    later = NOW + timedelta(minutes=1)
    assert gate.due_at(KEY, later) == later


def test_a_clock_that_goes_back_holds_nothing_up() -> None:
    gate = FloodGate()
    for _ in range(5):
        gate.due_at(KEY, NOW)
    before = NOW - timedelta(hours=1)
    assert gate.due_at(KEY, before) == before


def test_the_gate_forgets_what_is_over() -> None:
    gate = FloodGate()
    for number in range(MOST_WINDOWS + 10):
        gate.due_at(("phone", "source_stale", str(number)), NOW + timedelta(minutes=number))
    assert len(gate._windows) < MOST_WINDOWS
