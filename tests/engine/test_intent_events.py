"""What came of an intent, in sentences."""

import pytest

from etrms_core.domain.commands import Cause
from etrms_core.domain.events import BreakerEvent, BreakerEventKind, DeskEvent, DeskEventKind
from etrms_core.domain.identifiers import PORTFOLIO
from etrms_core.domain.intents import Action, CancelById, ChangeLeverage, IntentState, SubmitOrder
from etrms_core.engine.intent_events import cause_events, describe, intent_events, order_sentence
from tests.builders import NOW, make_stop
from tests.engine.intents import make_intent, make_order, make_request

CAUSES = tuple(
    Cause(name, name.title(), PORTFOLIO, NOW, 0.1, "close_all", "why") for name in ("one", "two")
)


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (IntentState.DONE, BreakerEventKind.ACTED),
        (IntentState.REFUSED, BreakerEventKind.ERROR),
        (IntentState.ABANDONED, BreakerEventKind.ERROR),
    ],
)
def test_a_breakers_intent_answers_every_cause(state: IntentState, kind: BreakerEventKind) -> None:
    events = intent_events(make_intent(state=state, causes=CAUSES, detail="so"), now=NOW)
    assert events == cause_events(CAUSES, kind, "so", NOW)
    assert [event.breaker for event in events if isinstance(event, BreakerEvent)] == ["One", "Two"]


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (IntentState.DONE, DeskEventKind.ORDER_SETTLED),
        (IntentState.REFUSED, DeskEventKind.ORDER_REFUSED),
        (IntentState.ABANDONED, DeskEventKind.ORDER_ABANDONED),
        (IntentState.SENT, DeskEventKind.ORDER_UNKNOWN),
    ],
)
def test_a_persons_intent_is_an_event_of_the_desk(state: IntentState, kind: DeskEventKind) -> None:
    (event,) = intent_events(make_intent(state=state, detail="so"), now=NOW)
    is_done = state is IntentState.DONE
    text = "so" if is_done else "reduce-only market sell 1 BTCUSDT on main: so"
    assert event == DeskEvent(NOW, kind, "main", text)


def test_an_unknown_fate_of_a_breakers_order_is_no_act_and_no_error() -> None:
    (event,) = intent_events(make_intent(state=IntentState.SENT, causes=CAUSES), now=NOW)
    assert event.kind is DeskEventKind.ORDER_UNKNOWN


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (SubmitOrder(make_request(reduce_only=False)), "market sell 1 BTCUSDT on main"),
        (CancelById("main", ("a", "b")), "cancel 2 orders of main"),
        (ChangeLeverage("main", "BTCUSDT", 2.5), "leverage of main:BTCUSDT to 2.5"),
    ],
)
def test_an_action_is_named(action: Action, words: str) -> None:
    assert describe(action) == words


def test_an_order_says_its_level_and_its_fill() -> None:
    assert order_sentence(make_stop(2.0)).endswith("sell 2 BTCUSDT on main at 50")
    assert order_sentence(make_order()).endswith("on main, filled at 100")
