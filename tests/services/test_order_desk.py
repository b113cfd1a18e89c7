"""Every order leaves by one door, and what leaves it was written down before."""

import ast
from dataclasses import replace
from pathlib import Path
from threading import Event as Flag
from threading import Thread

import pytest

from etrms_core.domain.intents import Intent, IntentState, Origin
from etrms_core.domain.order import Order, OrderSide
from etrms_core.errors import (
    DomainError,
    EtrmsError,
    ExchangeError,
    ExchangeUnavailableError,
    LeaseLostError,
    OrderRefusedError,
    OrderRejectedError,
    StorageError,
)
from tests.engine.intents import make_intent, make_request
from tests.services.acting import SILENT
from tests.services.order_bench import WINDOW, OrderBench

ROOT = Path(__file__).parents[2]
ENTRY = make_request(client_order_id="et-test-manual-1", side=OrderSide.BUY, reduce_only=False)
REJECTED = OrderRejectedError("not enough margin", venue="paper", code="insufficient_margin")
RESTRICTED = OrderRefusedError("the guard fired", code="trading_restricted")


@pytest.fixture
def bench() -> OrderBench:
    return OrderBench()


def stored(bench: OrderBench) -> Intent:
    return bench.known(make_intent(ENTRY))


def test_an_order_is_stored_then_marked_as_sent_then_sent_then_its_answer_stored(
    bench: OrderBench,
) -> None:
    order = bench.desk.submit(ENTRY)
    assert bench.log == ["store decided", "store sent", "create_order", "store done"]
    assert order.request == ENTRY
    assert bench.heard == [order]
    assert bench.kinds() == ["order_settled"]


def test_the_deadline_is_stored_before_the_order_goes_and_travels_with_it(
    bench: OrderBench,
) -> None:
    seen: list[Intent] = []
    bench.venue.on_order = lambda: seen.append(stored(bench))
    bench.desk.submit(ENTRY)
    (before,) = seen
    assert (before.state, before.attempts) == (IntentState.SENT, 1)
    assert before.deadline_at == bench.clock.now + WINDOW
    assert bench.venue.deadlines == [before.deadline_at]


def test_a_refusal_of_the_gate_has_its_code_and_sentence_and_sends_and_stores_nothing(
    bench: OrderBench,
) -> None:
    bench.gate.refusal = RESTRICTED
    with pytest.raises(OrderRefusedError, match="the guard fired") as refused:
        bench.desk.submit(ENTRY)
    assert refused.value.code == "trading_restricted"
    assert bench.log == []
    (event,) = bench.sink.events
    assert (event.kind.value, event.detail) == (
        "order_refused",
        "market buy 1 BTCUSDT on main: the guard fired",
    )


def test_the_gate_is_asked_anew_for_every_order(bench: OrderBench) -> None:
    bench.gate.refusal = RESTRICTED
    with pytest.raises(OrderRefusedError):
        bench.desk.submit(ENTRY)
    bench.gate.refusal = None
    bench.desk.submit(ENTRY)
    assert len(bench.venue.requests) == 1


def test_an_id_that_was_sent_before_is_a_duplicate(bench: OrderBench) -> None:
    bench.desk.submit(ENTRY)
    with pytest.raises(OrderRefusedError, match="was sent before") as refused:
        bench.desk.submit(ENTRY)
    assert refused.value.code == "duplicate"
    assert len(bench.venue.requests) == 1


def test_a_venue_that_does_not_answer_leaves_the_order_as_sent(bench: OrderBench) -> None:
    bench.venue.refusal = SILENT
    with pytest.raises(ExchangeUnavailableError, match="no answer"):
        bench.desk.submit(ENTRY)
    assert stored(bench).state is IntentState.SENT
    assert bench.kinds() == ["order_unknown"]
    assert bench.heard == []


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (REJECTED, IntentState.REFUSED),
        (DomainError("no such side"), IntentState.REFUSED),
        (ExchangeError("an answer that is no answer", venue="paper"), IntentState.SENT),
    ],
)
def test_a_person_hears_what_the_venue_says(
    bench: OrderBench, error: EtrmsError, state: IntentState
) -> None:
    bench.venue.refusal = error
    with pytest.raises(type(error), match=str(error)):
        bench.desk.submit(ENTRY)
    assert stored(bench).state is state
    assert str(error) in stored(bench).detail


def test_an_account_that_does_not_exist_is_named_and_stores_nothing(bench: OrderBench) -> None:
    with pytest.raises(DomainError, match="no account 'else', only"):
        bench.desk.submit(replace(ENTRY, account="else"))
    assert bench.log == []


def test_a_lease_that_is_lost_before_marking_sends_nothing(bench: OrderBench) -> None:
    bench.sink.after_store = lambda intent: bench.lose_lease()
    with pytest.raises(LeaseLostError):
        bench.desk.submit(ENTRY)
    assert bench.log == ["store decided"]
    assert bench.venue.requests == []


def test_a_lease_that_was_lost_before_stores_and_sends_nothing(bench: OrderBench) -> None:
    bench.lose_lease()
    with pytest.raises(LeaseLostError):
        bench.desk.submit(ENTRY)
    assert bench.log == []


@pytest.mark.parametrize("state", [IntentState.DECIDED, IntentState.SENT])
def test_what_cannot_be_stored_is_not_sent(bench: OrderBench, state: IntentState) -> None:
    bench.sink.trouble_at = state
    with pytest.raises(StorageError):
        bench.desk.submit(ENTRY)
    assert bench.venue.requests == []


def test_an_answer_that_cannot_be_stored_is_still_the_answer(bench: OrderBench) -> None:
    bench.sink.trouble_at = IntentState.DONE
    assert bench.desk.submit(ENTRY).request == ENTRY
    assert stored(bench).state is IntentState.SENT


def test_a_lease_that_is_lost_while_the_venue_answers_does_not_hide_the_answer(
    bench: OrderBench,
) -> None:
    bench.venue.on_order = bench.lose_lease
    assert bench.desk.submit(ENTRY).request == ENTRY
    assert stored(bench).state is IntentState.SENT


def test_an_event_that_cannot_be_stored_does_not_hide_the_answer(bench: OrderBench) -> None:
    bench.sink.events_trouble = StorageError("the disk is full")
    assert bench.desk.submit(ENTRY).request == ENTRY
    assert stored(bench).state is IntentState.DONE


def test_a_process_that_slept_past_the_deadline_sends_nothing(bench: OrderBench) -> None:
    def sleep(intent: Intent) -> None:
        if intent.state is IntentState.SENT:
            bench.clock.now += WINDOW

    bench.sink.after_store = sleep
    with pytest.raises(ExchangeUnavailableError):
        bench.desk.submit(ENTRY)
    assert bench.venue.requests == []
    assert stored(bench).state is IntentState.SENT


def test_the_bots_orders_are_sent_without_an_event(bench: OrderBench) -> None:
    bench.desk.submit(ENTRY, origin=Origin.BOT)
    assert stored(bench).origin is Origin.BOT
    bench.gate.refusal = RESTRICTED
    with pytest.raises(OrderRefusedError):
        bench.desk.submit(replace(ENTRY, client_order_id="et-test-bot-2"), origin=Origin.BOT)
    assert bench.sink.events == []


def test_an_order_that_is_being_sent_is_a_duplicate_and_is_not_looked_for(
    bench: OrderBench,
) -> None:
    entered, free, answers = Flag(), Flag(), list[Order]()

    def wait() -> None:
        entered.set()
        free.wait(5.0)

    bench.venue.on_order = wait
    thread = Thread(target=lambda: answers.append(bench.desk.submit(ENTRY)))
    thread.start()
    assert entered.wait(5.0)
    with pytest.raises(OrderRefusedError, match="was sent before"):
        bench.desk.submit(ENTRY)
    before = stored(bench)
    assert bench.desk.advance(before) == (before, ())
    free.set()
    thread.join()
    assert [order.request for order in answers] == [ENTRY]
    assert bench.log.count("create_order") == 1
    assert "fetch_order" not in bench.log


def test_a_client_id_names_desk_and_strategy(bench: OrderBench) -> None:
    assert bench.desk.order_id(strategy="bot", nonce="7") == "et-test-bot-7"
    with pytest.raises(DomainError):
        bench.desk.order_id(strategy="Bot!", nonce="7")


def test_orders_leave_the_program_at_one_place() -> None:
    callers: dict[str, int] = {}
    for package in ("app", "etrms_core", "pages"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Attribute) and node.attr == "create_order":
                    name = path.relative_to(ROOT).as_posix()
                    callers[name] = callers.get(name, 0) + 1
    outside = {name: n for name, n in callers.items() if "/adapters/" not in name}
    # Warming up trades on an account of its own, which lives no longer than the call.
    outside.pop("etrms_core/bootstrap/warm_up.py", None)
    assert outside == {"etrms_core/services/order_desk.py": 1}
