"""What follows from a try to deliver."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etrms_core.domain.notifications import Severity
from etrms_core.engine.delivery import (
    GIVE_UP_AFTER,
    back_off_seconds,
    delivered,
    dropped,
    failed,
    given_up,
    held,
    is_expired,
    next_batch,
    passed_on,
)
from etrms_core.engine.notification_ports import NoticeState
from tests.builders import NOW
from tests.notification_builders import make_notice

NOTICE = make_notice(1)


def test_tries_come_ever_later_between_five_seconds_and_a_quarter_of_an_hour() -> None:
    waits = [back_off_seconds(tries, chance=0.0) for tries in range(1, 12)]
    assert waits[:5] == [5.0, 10.0, 20.0, 40.0, 80.0]
    assert waits == sorted(waits)
    assert waits[-1] == 900.0


@given(st.integers(0, 10**9), st.floats(0.0, 1.0, exclude_max=True))
def test_no_wait_leaves_its_bounds(tries: int, chance: float) -> None:
    assert 5.0 <= back_off_seconds(tries, chance=chance) <= 900.0


def test_chance_spreads_what_failed_together() -> None:
    assert back_off_seconds(1, chance=0.5) == pytest.approx(5.625)


def test_a_delivered_notice_is_settled() -> None:
    (done,) = delivered([replace(NOTICE, tries=2, last_error="x")], now=NOW)
    assert (done.state, done.settled_at, done.last_error) == (NoticeState.DELIVERED, NOW, None)


def test_a_failed_one_is_tried_again_until_it_is_a_day_old() -> None:
    (again,) = failed([NOTICE], "no answer", now=NOW, chance=0.0)
    assert (again.state, again.tries, again.last_error) == (NoticeState.WAITING, 1, "no answer")
    assert again.due_at == NOW + timedelta(seconds=5)
    end = NOW + GIVE_UP_AFTER
    (lost,) = failed([again], "no answer", now=end - timedelta(seconds=3), chance=0.0)
    assert (lost.state, lost.settled_at) == (NoticeState.FAILED, end - timedelta(seconds=3))
    assert not is_expired(NOTICE, now=end - timedelta(microseconds=1))
    assert is_expired(NOTICE, now=end)


def test_a_held_digest_that_fails_stays_a_digest() -> None:
    (waiting,) = held([NOTICE], until=NOW + timedelta(hours=1))
    assert (waiting.state, waiting.due_at) == (NoticeState.HELD, NOW + timedelta(hours=1))
    (again,) = failed([waiting], "x", now=NOW, chance=0.0)
    assert again.state is NoticeState.HELD


def test_what_is_given_up_says_why() -> None:
    (lost,) = given_up([NOTICE], "too late", now=NOW)
    assert (lost.state, lost.last_error, lost.settled_at) == (NoticeState.FAILED, "too late", NOW)


def test_what_the_trader_drops_keeps_why_it_did_not_arrive() -> None:
    (lost,) = dropped([replace(NOTICE, last_error="401")], now=NOW)
    assert (lost.state, lost.last_error, lost.settled_at) == (NoticeState.DROPPED, "401", NOW)


@pytest.mark.parametrize(
    ("severity", "tries", "state", "is_passed_on"),
    [
        (Severity.WARNING, 1, NoticeState.WAITING, False),
        (Severity.WARNING, 3, NoticeState.WAITING, True),
        (Severity.CRITICAL, 1, NoticeState.WAITING, True),
        (Severity.INFO, 1, NoticeState.FAILED, True),
    ],
)
def test_a_critical_one_is_passed_on_at_once_and_others_after_three_tries(
    severity: Severity, tries: int, state: NoticeState, *, is_passed_on: bool
) -> None:
    tried = replace(NOTICE, severity=severity, tries=tries, state=state, last_error="x")
    later = NOW + timedelta(minutes=1)
    others = list(passed_on([tried], "mail", now=later))
    assert bool(others) is is_passed_on
    for other in others:
        assert (other.channel, other.sequence, other.tries) == ("mail", 1, 0)
        assert (other.state, other.last_error) == (NoticeState.WAITING, None)
        assert other.due_at == other.created_at == later
        assert other.text.endswith("the channel 'phone' did not take it.")


def test_messages_go_one_by_one_the_worst_first() -> None:
    due = [make_notice(2, severity=Severity.CRITICAL), make_notice(1, subject="other")]
    assert next_batch(due) == (due[0],)
    assert next_batch(due[1:]) == (due[1],)


def test_more_than_a_few_alike_go_together() -> None:
    other = make_notice(9, subject="other")
    alike = [make_notice(number) for number in range(1, 5)]
    assert next_batch([*alike, other]) == tuple(alike)
    assert next_batch([*alike[:3], other]) == (alike[0],)


def test_a_crowd_goes_together() -> None:
    crowd = [make_notice(number, subject=str(number)) for number in range(11)]
    assert next_batch(crowd) == tuple(crowd)
    assert next_batch(crowd[:10]) == (crowd[0],)


def test_what_was_held_goes_together_after_what_is_new() -> None:
    old = held([make_notice(1), make_notice(2, subject="other")], until=NOW)
    new = make_notice(3, severity=Severity.INFO)
    assert next_batch([*old, new]) == (new,)
    assert next_batch(old) == tuple(old)
