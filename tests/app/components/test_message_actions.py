"""Messages are tried again at once, and given up."""

from datetime import timedelta

from app.components.message_actions import drop, key_of, retry_now
from etrms_core.engine.notification_ports import NoticeState, Outbox
from tests.builders import NOW
from tests.fakes import in_memory_stores
from tests.notification_builders import make_notice

LATER = NOW + timedelta(minutes=10)


def outbox_with(*sequences: int) -> Outbox:
    outbox = in_memory_stores().outbox
    outbox.add([make_notice(each, due_at=LATER) for each in sequences])
    return outbox


def test_only_the_chosen_messages_are_due_at_once() -> None:
    outbox = outbox_with(1, 2)
    assert retry_now(outbox, [("phone", 1)], now=NOW) == 1
    assert [each.sequence for each in outbox.due("phone", now=NOW, limit=9)] == [1]


def test_what_was_dropped_is_never_due_and_says_so() -> None:
    outbox = outbox_with(1, 2)
    assert drop(outbox, [("phone", 2)], now=NOW) == 1
    dropped = outbox.recent()[0]
    assert dropped.state is NoticeState.DROPPED
    assert dropped.settled_at == NOW
    assert [each.sequence for each in outbox.due("phone", now=LATER, limit=9)] == [1]


def test_doing_it_again_or_for_messages_that_are_gone_does_nothing() -> None:
    outbox = outbox_with(1)
    keys = [key_of(outbox.recent()[0]), ("phone", 99), ("<b>", 1)]
    assert [drop(outbox, keys, now=NOW) for _ in range(3)] == [1, 0, 0]
    assert retry_now(outbox, keys, now=NOW) == 0
