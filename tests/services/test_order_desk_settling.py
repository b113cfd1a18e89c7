"""What was decided is carried out once, and what was sent is looked for before it is sent again."""

from dataclasses import replace
from datetime import timedelta
from threading import Event as Flag
from threading import Thread

import pytest

from etrms_core.domain.commands import Cause
from etrms_core.domain.events import BreakerEvent
from etrms_core.domain.identifiers import PORTFOLIO
from etrms_core.domain.intents import (
    Action,
    CancelById,
    ChangeLeverage,
    Intent,
    IntentState,
    Origin,
)
from etrms_core.domain.order import Order, OrderType
from etrms_core.errors import (
    LeaseLostError,
    OrderRefusedError,
    OrderRejectedError,
    StorageError,
)
from tests.builders import NOW, make_stop
from tests.engine.intents import make_intent, make_request
from tests.services.acting import SILENT
from tests.services.order_bench import TOO_LATE, WINDOW, OrderBench

CAUSES = tuple(
    Cause(rule, rule.title(), PORTFOLIO, NOW, 0.1, "reduce_position", "drawdown 12 %")
    for rule in ("guard", "second")
)
ENTRY = make_request(client_order_id="et-test-manual-1", reduce_only=False)
CANCEL, LEVERAGE = CancelById("main", ("stop",)), ChangeLeverage("main", "BTCUSDT", 3.0)
FIRST_LOOK = timedelta(seconds=1)


@pytest.fixture
def bench() -> OrderBench:
    return OrderBench(orders=(make_stop(1.0),))


def lost(bench: OrderBench, *, is_taken: bool = False) -> Intent:
    """Send a breaker's order whose answer never comes."""
    intent = bench.decided()
    bench.venue.loses_answers = is_taken
    bench.venue.refusal = None if is_taken else SILENT
    assert bench.advance(intent).state is IntentState.SENT
    bench.venue.loses_answers, bench.venue.refusal = False, None
    bench.log.clear()
    return intent


def action_of(action: Action) -> Intent:
    return Intent(intent_id="et-1", action=action, origin=Origin.BREAKER, decided_at=NOW)


def test_what_a_breaker_decided_is_marked_as_sent_with_its_deadline_then_sent(
    bench: OrderBench,
) -> None:
    after = bench.advance(bench.decided())
    assert bench.log == ["store sent", "create_order", "store done"]
    assert bench.venue.deadlines == [NOW + WINDOW]
    assert (after.state, after.attempts) == (IntentState.DONE, 1)


def test_every_cause_of_an_intent_gets_its_event(bench: OrderBench) -> None:
    bench.advance(bench.stored(make_intent(causes=CAUSES)))
    assert bench.kinds() == ["acted", "acted"]
    rules = [event.rule_id for event in bench.sink.events if isinstance(event, BreakerEvent)]
    assert rules == ["guard", "second"]


def test_a_later_look_adopts_an_order_whose_answer_was_lost(bench: OrderBench) -> None:
    intent = lost(bench, is_taken=True)
    after = bench.advance(intent)
    assert (after.state, after.attempts) == (IntentState.DONE, 1)
    assert "found at the venue" in after.detail
    assert bench.log == ["fetch_order", "store done"]
    assert [order.request.client_order_id for order in bench.heard] == [intent.intent_id]
    assert bench.kinds() == ["order_unknown", "order_settled"]


def test_an_order_is_sent_again_only_after_its_deadline_the_margin_and_two_misses(
    bench: OrderBench,
) -> None:
    intent = lost(bench)
    for _ in range(5):
        bench.advance(intent)
    bench.clock.now = NOW + TOO_LATE - timedelta(microseconds=1)
    bench.advance(intent)
    assert bench.known(intent).misses == 0
    bench.clock.now = NOW + TOO_LATE
    bench.advance(intent)
    assert bench.known(intent).misses == 1
    assert "create_order" not in bench.log
    bench.clock.now += FIRST_LOOK
    after = bench.advance(intent)
    assert (after.state, after.attempts) == (IntentState.DONE, 2)
    (sent,) = bench.venue.requests
    assert (sent.client_order_id, sent.quantity) == (intent.intent_id, 1.0)
    assert bench.venue.deadlines == [bench.clock.now + WINDOW]


def test_what_is_sent_again_is_capped_by_what_is_live_under_the_same_id(bench: OrderBench) -> None:
    intent = lost(bench)
    bench.gate.most = 0.4
    bench.clock.now += TOO_LATE
    bench.advance(intent)
    bench.advance(intent)
    (sent,) = bench.venue.requests
    assert (sent.client_order_id, sent.quantity) == (intent.intent_id, 0.4)


def test_a_gate_that_finds_nothing_left_to_reduce_ends_it(bench: OrderBench) -> None:
    intent = lost(bench)
    bench.gate.refusal = OrderRefusedError("the position is flat", code="not_reducing")
    bench.clock.now += TOO_LATE
    bench.advance(intent)
    after = bench.advance(intent)
    assert (after.state, after.detail) == (IntentState.REFUSED, "the position is flat")
    assert bench.venue.requests == []
    assert bench.kinds() == ["order_unknown", "order_refused"]


def test_a_look_that_fails_changes_nothing_and_sends_nothing(bench: OrderBench) -> None:
    intent = lost(bench)
    bench.venue.is_blind = True
    bench.clock.now += 10 * TOO_LATE
    before = bench.known(intent)
    for _ in range(5):
        assert bench.advance(intent) == before
    assert set(bench.log) == {"fetch_order"}
    assert bench.kinds() == ["order_unknown"]


def test_an_entry_that_the_venue_never_took_is_not_sent_again(bench: OrderBench) -> None:
    bench.venue.refusal = SILENT
    with pytest.raises(type(SILENT)):
        bench.desk.submit(ENTRY)
    bench.venue.refusal = None
    bench.clock.now += TOO_LATE
    intent = make_intent(ENTRY)
    bench.advance(intent)
    after = bench.advance(intent)
    assert after.state is IntentState.ABANDONED
    assert bench.venue.requests == []
    assert bench.kinds() == ["order_unknown", "order_abandoned"]


@pytest.mark.parametrize("origin", [Origin.PERSON, Origin.BOT])
def test_an_entry_that_was_never_sent_is_abandoned(bench: OrderBench, origin: Origin) -> None:
    after = bench.advance(bench.decided(ENTRY, origin=origin))
    assert (after.state, after.detail) == (
        IntentState.ABANDONED,
        "the desk stopped before it was sent",
    )
    assert bench.log == ["store abandoned"]


@pytest.mark.parametrize("origin", [Origin.BREAKER, Origin.KILL_SWITCH])
def test_what_the_desk_itself_decided_is_carried_out_after_a_restart(
    bench: OrderBench, origin: Origin
) -> None:
    assert bench.advance(bench.decided(origin=origin)).state is IntentState.DONE
    assert len(bench.venue.requests) == 1


def test_a_rejection_of_a_stop_ends_it_and_is_told(bench: OrderBench) -> None:
    bench.venue.refusal = OrderRejectedError("no margin", venue="paper", code="margin")
    stop = make_request(order_type=OrderType.STOP_MARKET, trigger_price=90.0)
    after = bench.advance(bench.stored(make_intent(stop, causes=CAUSES[:1])))
    assert (after.state, after.detail) == (IntentState.REFUSED, "paper: no margin")
    assert bench.kinds() == ["error"]


def test_a_refusal_of_the_gate_ends_it_before_anything_goes_out(bench: OrderBench) -> None:
    bench.gate.refusal = OrderRefusedError("the position is flat", code="not_reducing")
    assert bench.advance(bench.decided()).state is IntentState.REFUSED
    assert bench.log == ["store refused"]


def test_an_account_that_is_gone_ends_it(bench: OrderBench) -> None:
    after = bench.advance(bench.decided(make_request(account="gone")))
    assert after.state is IntentState.ABANDONED
    assert "no account 'gone'" in after.detail


def test_what_came_too_late_at_the_venue_is_looked_for_and_sent_again(bench: OrderBench) -> None:
    intent = bench.decided()
    bench.venue.refusal = OrderRejectedError("too late", venue="paper", code="expired")
    assert bench.advance(intent).state is IntentState.SENT
    bench.venue.refusal = None
    bench.clock.now += TOO_LATE
    bench.advance(intent)
    assert bench.advance(intent).state is IntentState.DONE
    assert len(bench.venue.requests) == 1


def test_an_intent_that_ended_meanwhile_is_left_alone(bench: OrderBench) -> None:
    intent = bench.decided()
    bench.advance(intent)
    assert bench.desk.advance(intent) == (intent, ())
    assert bench.desk.advance(make_intent(make_request(client_order_id="unknown")))[1] == ()
    assert len(bench.venue.requests) == 1


def test_two_threads_on_one_intent_send_once(bench: OrderBench) -> None:
    intent = bench.decided()
    entered, free = Flag(), Flag()

    def wait() -> None:
        entered.set()
        free.wait(5.0)

    bench.venue.on_order = wait
    first = Thread(target=bench.advance, args=(intent,))
    first.start()
    assert entered.wait(5.0)
    others = [Thread(target=bench.advance, args=(intent,)) for _ in range(3)]
    for thread in others:
        thread.start()
    for thread in others:
        thread.join()
    free.set()
    first.join()
    bench.advance(intent)
    assert bench.log == ["store sent", "create_order", "store done"]


def test_a_lost_lease_sends_nothing(bench: OrderBench) -> None:
    intent = bench.decided()
    bench.lose_lease()
    with pytest.raises(LeaseLostError):
        bench.advance(intent)
    assert bench.venue.requests == []


def test_what_cannot_be_marked_as_sent_is_tried_by_the_next_round(bench: OrderBench) -> None:
    intent = bench.decided()
    bench.sink.trouble_at = IntentState.SENT
    with pytest.raises(StorageError):
        bench.advance(intent)
    assert bench.venue.requests == []
    bench.sink.trouble_at = None
    assert bench.advance(intent).state is IntentState.DONE


def test_an_answer_that_could_not_be_stored_is_found_by_a_look(bench: OrderBench) -> None:
    intent = bench.decided()
    bench.sink.trouble_at = IntentState.DONE
    bench.advance(intent)
    bench.sink.trouble_at = None
    assert bench.known(intent).state is IntentState.SENT
    assert bench.advance(intent).state is IntentState.DONE
    assert len(bench.venue.requests) == 1


@pytest.mark.parametrize("action", [CANCEL, LEVERAGE])
def test_cancels_and_leverage_are_repeated_until_the_venue_answers_and_told_once(
    bench: OrderBench, action: Action
) -> None:
    intent = bench.stored(action_of(action))
    bench.venue.refusal = SILENT
    for attempt in (1, 2, 3):
        after = bench.advance(intent)
        assert (after.state, after.attempts) == (IntentState.SENT, attempt)
    bench.venue.refusal = None
    assert bench.advance(intent).state is IntentState.DONE
    assert bench.kinds() == ["order_unknown", "order_settled"]
    assert "fetch_order" not in bench.log
    assert (bench.venue.cancelled, bench.venue.leverages) in [
        (["stop"], {}),
        ([], {"BTCUSDT": 3.0}),
    ]


def test_an_order_that_ended_before_it_was_cancelled_is_no_error(bench: OrderBench) -> None:
    after = bench.advance(bench.stored(action_of(CancelById("main", ("stop", "filled")))))
    assert (after.state, after.detail) == (IntentState.DONE, "1 orders of main cancelled")


def test_whoever_waits_for_orders_hears_of_one_that_was_found(bench: OrderBench) -> None:
    heard: list[Order] = bench.heard
    bench.advance(lost(bench, is_taken=True))
    assert len(heard) == 1
    assert replace(heard[0].request, quantity=1.0) == make_request()
