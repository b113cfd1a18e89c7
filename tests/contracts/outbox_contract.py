"""What the desk may rely on whatever keeps the notices on their way to the trader."""

from dataclasses import replace
from datetime import timedelta

import pytest

from etrms_core.domain.events import (
    BreakerEvent,
    BreakerEventKind,
    DeskEvent,
    DeskEventKind,
    Event,
)
from etrms_core.domain.identifiers import PORTFOLIO
from etrms_core.domain.notifications import Severity
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.notification_ports import DeliveryCount, NoticeState, Outbox
from tests.builders import NOW
from tests.notification_builders import make_notice

MINUTE = timedelta(minutes=1)
EVENTS: list[Event] = [
    DeskEvent(NOW, DeskEventKind.MONITOR_STARTED, "monitor", "the monitor started"),
    BreakerEvent(
        NOW, BreakerEventKind.TRIGGERED, "dd", "Drawdown", PORTFOLIO, 0.06, 0.05, "pause", "6 %"
    ),
    DeskEvent(NOW, DeskEventKind.SOURCE_STALE, "main", "main is stale"),
]


class OutboxContract:
    """Inherit and give a fixture `stores` that returns the stores of a new desk."""

    @pytest.fixture
    def outbox(self, stores: DeskStores) -> Outbox:
        return stores.outbox

    def test_every_event_is_unrouted_until_the_mark_has_passed_it(
        self, stores: DeskStores, outbox: Outbox
    ) -> None:
        stores.desk.append_events(EVENTS)
        unrouted = outbox.unrouted(limit=10)
        assert [each.event for each in unrouted] == EVENTS
        assert outbox.unrouted(limit=2) == unrouted[:2]
        outbox.add([], routed_up_to=unrouted[1].sequence)
        assert outbox.unrouted(limit=10) == unrouted[2:]
        outbox.add([], routed_up_to=unrouted[0].sequence)
        assert outbox.unrouted(limit=10) == unrouted[2:]

    def test_a_notice_comes_back_with_every_field(self, outbox: Outbox) -> None:
        notice = replace(
            make_notice(7, severity=Severity.CRITICAL),
            occurred_at=NOW - timedelta(microseconds=1),
            created_at=NOW + timedelta(microseconds=1),
            tries=3,
            last_error="no answer",
        )
        outbox.add([notice])
        assert outbox.recent() == (notice,)
        settled = replace(notice, state=NoticeState.DELIVERED, settled_at=NOW + MINUTE)
        outbox.update([settled])
        assert outbox.recent() == (settled,)

    def test_the_same_event_reaches_a_channel_once(self, outbox: Outbox) -> None:
        outbox.add([make_notice(1)])
        outbox.add([replace(make_notice(1), title="again"), make_notice(1, channel="other")])
        assert [(each.channel, each.title) for each in outbox.recent()] == [
            ("other", make_notice(1).title),
            ("phone", make_notice(1).title),
        ]

    def test_due_are_the_open_ones_whose_time_has_come_the_worst_first(
        self, outbox: Outbox
    ) -> None:
        later = make_notice(1, due_at=NOW + MINUTE)
        mild, bad, held = (
            make_notice(2, severity=Severity.INFO),
            make_notice(4, severity=Severity.CRITICAL),
            replace(make_notice(3), state=NoticeState.HELD),
        )
        done = replace(make_notice(5), state=NoticeState.DELIVERED, settled_at=NOW)
        lost = replace(make_notice(6), state=NoticeState.FAILED, settled_at=NOW)
        outbox.add([later, mild, held, bad, done, lost, make_notice(9, channel="other")])
        assert outbox.due("phone", now=NOW, limit=10) == (bad, held, mild)
        assert outbox.due("phone", now=NOW, limit=1) == (bad,)
        assert outbox.due("phone", now=NOW + MINUTE, limit=10) == (bad, later, held, mild)

    def test_a_settled_notice_stays_as_it_is(self, outbox: Outbox) -> None:
        settled = replace(make_notice(1), state=NoticeState.DELIVERED, settled_at=NOW)
        outbox.add([make_notice(1)])
        outbox.update([settled])
        outbox.update([replace(make_notice(1), tries=1)])
        assert outbox.recent() == (settled,)

    def test_recent_ones_come_newest_first(self, outbox: Outbox) -> None:
        outbox.add([make_notice(number) for number in (2, 3, 1)])
        assert [each.sequence for each in outbox.recent(limit=2)] == [3, 2]

    def test_what_is_not_delivered_is_counted_by_channel(self, outbox: Outbox) -> None:
        tried = replace(make_notice(1), tries=1, last_error="no answer", due_at=NOW + MINUTE)
        fresh = make_notice(2, due_at=NOW)
        late = make_notice(3, due_at=NOW - MINUTE)
        held = replace(make_notice(4, channel="desk"), state=NoticeState.HELD)
        lost = replace(make_notice(5), state=NoticeState.FAILED, settled_at=NOW, last_error="gone")
        long_ago = replace(lost, sequence=6, settled_at=NOW - timedelta(days=8))
        done = replace(make_notice(7, channel="fine"), state=NoticeState.DELIVERED, settled_at=NOW)
        outbox.add([tried, fresh, late, held, lost, long_ago, done])
        assert outbox.counts(now=NOW) == (
            DeliveryCount("desk", 0, 1, 0),
            DeliveryCount("phone", 2, 0, 1, "no answer"),
        )

    def test_what_the_trader_dropped_is_counted_apart_and_is_no_error(self, outbox: Outbox) -> None:
        dropped = replace(
            make_notice(1), state=NoticeState.DROPPED, last_error="401", settled_at=NOW
        )
        long_ago = replace(dropped, sequence=2, settled_at=NOW - timedelta(days=8))
        outbox.add([dropped, long_ago])
        assert outbox.counts(now=NOW) == (DeliveryCount("phone", 0, 0, 0, dropped=1),)

    def test_an_error_that_ended_a_notice_tells_when(self, outbox: Outbox) -> None:
        lost = replace(make_notice(1), state=NoticeState.FAILED, last_error="401", settled_at=NOW)
        outbox.add([lost])
        assert outbox.counts(now=NOW) == (
            DeliveryCount("phone", 0, 0, 1, "401", last_error_at=NOW),
        )

    def test_lost_notices_that_the_trader_knows_of_count_no_more(self, outbox: Outbox) -> None:
        failed = replace(make_notice(1), state=NoticeState.FAILED, last_error="x", settled_at=NOW)
        dropped = replace(make_notice(2), state=NoticeState.DROPPED, settled_at=NOW)
        done = replace(make_notice(3), state=NoticeState.DELIVERED, settled_at=NOW)
        waiting = make_notice(4, channel="desk")
        outbox.add([failed, dropped, done, waiting])
        keys = [("phone", 1), ("phone", 2), ("phone", 3), ("desk", 4), ("phone", 99)]
        assert [outbox.acknowledge(keys) for _ in range(2)] == [2, 0]
        assert outbox.counts(now=NOW) == (DeliveryCount("desk", 0, 0, 0),)
        assert [each.state for each in outbox.recent()] == [
            NoticeState.WAITING,
            NoticeState.DELIVERED,
            NoticeState.ACKNOWLEDGED,
            NoticeState.ACKNOWLEDGED,
        ]

    def test_only_old_settled_notices_are_pruned(self, outbox: Outbox) -> None:
        old = replace(make_notice(1), state=NoticeState.FAILED, settled_at=NOW - MINUTE)
        new = replace(make_notice(2), state=NoticeState.DELIVERED, settled_at=NOW)
        waiting = make_notice(3)
        outbox.add([old, new, waiting])
        assert outbox.prune(settled_before=NOW) == 1
        assert outbox.recent() == (waiting, new)

    def test_the_mark_of_what_was_read_only_moves_forward(self, outbox: Outbox) -> None:
        assert outbox.read_up_to() == 0
        for sequence in (5, 3):
            outbox.mark_read(sequence)
            assert outbox.read_up_to() == 5
