"""What is made of an order whose fate is unknown."""

from dataclasses import replace
from datetime import timedelta

import pytest

from etrms_core.domain.intents import Intent, IntentState, Origin
from etrms_core.domain.order import OrderStatus, OrderType, Rejection
from etrms_core.engine.settlement import (
    DEFAULT_PATIENCE,
    after_answer,
    after_look,
    after_rejection,
    back_off,
    is_refused_for_now,
    mark_sent,
)
from tests.builders import NOW
from tests.engine.intents import make_intent, make_order, make_request

RECEIVE_WINDOW = DEFAULT_PATIENCE.receive_window
LATER = NOW + RECEIVE_WINDOW + DEFAULT_PATIENCE.margin


def sent(*, adds_risk: bool = False) -> Intent:
    request = make_request(reduce_only=not adds_risk)
    origin = Origin.PERSON if adds_risk else Origin.BREAKER
    return mark_sent(make_intent(request, origin=origin), now=NOW)


def test_an_attempt_is_counted_and_has_a_deadline() -> None:
    intent = sent()
    assert (intent.state, intent.attempts, intent.deadline_at) == (
        IntentState.SENT,
        1,
        NOW + RECEIVE_WINDOW,
    )
    again = mark_sent(replace(intent, misses=2), now=LATER)
    assert (again.attempts, again.misses, again.deadline_at) == (2, 0, LATER + RECEIVE_WINDOW)


def test_what_the_venue_shows_is_adopted() -> None:
    found = after_look(sent(), make_order(), now=NOW)
    assert found.state is IntentState.DONE
    assert found.detail == (
        "found at the venue: reduce-only market sell 1 BTCUSDT on main, filled at 100"
    )


@pytest.mark.parametrize("status", [OrderStatus.CANCELED, OrderStatus.EXPIRED])
def test_an_order_that_ended_empty_had_no_effect_and_says_so(status: OrderStatus) -> None:
    found = after_look(sent(), make_order(status=status, filled_quantity=0.0), now=NOW)
    assert found.state is IntentState.ABANDONED
    assert f"{status.value} without a fill" in found.detail


def test_an_order_that_was_filled_in_part_is_done_and_says_how_far() -> None:
    order = make_order(status=OrderStatus.CANCELED, filled_quantity=0.4)
    found = after_look(sent(), order, now=NOW)
    assert found.state is IntentState.DONE
    assert found.detail.endswith("filled 0.4 of it at 100")


def test_before_deadline_and_margin_nothing_found_means_nothing() -> None:
    intent = sent()
    for seconds in (0.0, 5.0, 6.9):
        assert after_look(intent, None, now=NOW + timedelta(seconds=seconds)) == intent


def test_after_them_two_looks_that_find_nothing_let_a_reduction_go_out_again() -> None:
    once = after_look(sent(), None, now=LATER)
    assert (once.state, once.misses) == (IntentState.SENT, 1)
    twice = after_look(once, None, now=LATER)
    assert twice.state is IntentState.DECIDED
    assert twice.action == sent().action


def test_an_order_that_adds_risk_is_never_sent_again() -> None:
    once = after_look(sent(adds_risk=True), None, now=LATER)
    twice = after_look(once, None, now=LATER)
    assert twice.state is IntentState.ABANDONED
    assert "adds risk" in twice.detail


def test_a_find_after_a_miss_still_counts() -> None:
    once = after_look(sent(), None, now=LATER)
    assert after_look(once, make_order(), now=LATER).state is IntentState.DONE


def test_an_answer_ends_it() -> None:
    done = after_answer(sent(), make_order())
    assert (done.state, "filled at 100" in done.detail) == (IntentState.DONE, True)


FINAL = sorted(set(Rejection) - {Rejection.EXPIRED})


@pytest.mark.parametrize("code", FINAL)
def test_a_refusal_of_a_persons_order_is_final(code: Rejection) -> None:
    for reduce_only in (True, False):
        request = make_request(reduce_only=reduce_only)
        asked = mark_sent(make_intent(request, origin=Origin.PERSON), now=NOW)
        refused = after_rejection(asked, code=code.value, reason="no")
        assert (refused.state, refused.detail) == (IntentState.REFUSED, "no")


def test_a_refused_guard_stop_and_an_id_of_somebody_else_are_final() -> None:
    stop = make_request(order_type=OrderType.STOP_MARKET, trigger_price=90.0)
    refused = after_rejection(mark_sent(make_intent(stop), now=NOW), code="no", reason="no")
    assert refused.state is IntentState.REFUSED
    taken = after_rejection(sent(), code=Rejection.DUPLICATE_ID.value, reason="in use")
    assert taken.state is IntentState.REFUSED


@pytest.mark.parametrize("origin", [Origin.BREAKER, Origin.KILL_SWITCH])
@pytest.mark.parametrize("code", sorted({*FINAL} - {Rejection.DUPLICATE_ID}))
def test_a_refused_close_of_the_desk_is_tried_ever_more_seldom_without_end(
    code: Rejection, origin: Origin
) -> None:
    intent, at, waits = make_intent(origin=origin), NOW, []
    for _ in range(9):
        sent_at = at
        refused = after_rejection(mark_sent(intent, now=at), code=code.value, reason="no")
        assert is_refused_for_now(refused)
        assert "not closed, the venue refuses it: no" in refused.detail
        while (intent := after_look(refused, None, now=at)).state is IntentState.SENT:
            assert intent == refused
            at += timedelta(seconds=0.5)
        assert (intent.state, intent.action) == (IntentState.DECIDED, make_intent().action)
        waits.append((at - sent_at).total_seconds())
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0, 30.0]
    assert back_off(1_000_000) == timedelta(seconds=30)


def test_a_refused_close_that_the_venue_shows_after_all_is_adopted() -> None:
    refused = after_rejection(sent(), code="reduce_only", reason="no")
    assert after_look(refused, make_order(), now=NOW).state is IntentState.DONE
    assert not is_refused_for_now(sent())
    assert not is_refused_for_now(after_look(sent(), None, now=LATER))


def test_an_order_that_came_too_late_is_looked_for() -> None:
    late = after_rejection(sent(), code="expired", reason="late")
    assert (late.state, late.detail) == (IntentState.SENT, "late")
    entry = after_rejection(sent(adds_risk=True), code="expired", reason="late")
    assert entry.state is IntentState.REFUSED


def test_an_id_in_use_is_our_own_earlier_attempt() -> None:
    second = mark_sent(sent(), now=LATER)
    code = Rejection.DUPLICATE_ID.value
    assert after_rejection(second, code=code, reason="in use").state is IntentState.SENT
