"""What was decided: whose account it acts on, whether it is open, whether it only protects."""

import pytest

from etrms_core.domain.intents import (
    Action,
    CancelById,
    ChangeLeverage,
    Intent,
    IntentState,
    Origin,
    SubmitOrder,
)
from tests.builders import NOW
from tests.engine.intents import make_intent, make_request

CANCEL = CancelById("main", ("entry",))
LEVERAGE = ChangeLeverage("main", "BTCUSDT", 3.0)


def intent_of(action: Action, origin: Origin = Origin.BREAKER) -> Intent:
    return Intent(intent_id="1", action=action, origin=origin, decided_at=NOW)


@pytest.mark.parametrize("action", [SubmitOrder(make_request()), CANCEL, LEVERAGE])
def test_every_action_names_the_account_that_it_acts_on(action: Action) -> None:
    assert intent_of(action).account == "main"


@pytest.mark.parametrize(
    ("state", "is_open"),
    [
        (IntentState.DECIDED, True),
        (IntentState.SENT, True),
        (IntentState.DONE, False),
        (IntentState.REFUSED, False),
        (IntentState.ABANDONED, False),
    ],
)
def test_only_what_is_decided_or_sent_is_open(state: IntentState, is_open: bool) -> None:
    assert make_intent(state=state).is_open is is_open


@pytest.mark.parametrize("origin", list(Origin))
def test_an_order_protects_when_it_can_only_reduce_whoever_wants_it(origin: Origin) -> None:
    assert make_intent(origin=origin).is_protective
    assert not make_intent(make_request(reduce_only=False), origin=origin).is_protective


@pytest.mark.parametrize("origin", list(Origin))
def test_a_cancellation_always_protects_and_leverage_only_from_a_breaker(origin: Origin) -> None:
    assert intent_of(CANCEL, origin).is_protective
    assert intent_of(LEVERAGE, origin).is_protective is (origin is Origin.BREAKER)


def test_a_new_intent_was_never_sent() -> None:
    intent = make_intent()
    assert (intent.state, intent.attempts, intent.deadline_at, intent.misses) == (
        IntentState.DECIDED,
        0,
        None,
        0,
    )
