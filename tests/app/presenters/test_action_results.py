"""What actions brought, as far as the accounts show their fills."""

from dataclasses import replace

import pytest

from app.presenters.action_results import (
    NO_FILL,
    NO_ORDER,
    NOT_SENT,
    ON_ITS_WAY,
    WAITS,
    ActionResult,
    fills_by_order,
    result_cells,
    result_of,
)
from app.presenters.cells import DASH
from etrms_core.domain.intents import CancelById, Intent, IntentState
from etrms_core.domain.order import Fill, OrderType
from tests.builders import make_account, make_fill
from tests.engine.intents import make_intent, make_request


def filled(intent: Intent, number: str, **amounts: float) -> Fill:
    return replace(make_fill(number, -0.5, **amounts), client_order_id=intent.intent_id)


def test_the_fills_of_one_order_are_summed_and_those_of_others_left_out() -> None:
    intent = make_intent(state=IntentState.DONE)
    own = (
        filled(intent, "1", realized_pnl=4.0, fee=0.02),
        filled(intent, "2", realized_pnl=-1.0, fee=0.03),
    )
    stranger = make_fill("3", -1.0, realized_pnl=100.0, fee=1.0)
    fills = fills_by_order([make_account(fills=(*own, stranger))])
    assert result_of(intent, fills) == ActionResult(3.0, 0.05)
    pnl, fee = result_cells(intent, fills, quote_asset="USDT")
    assert (pnl.text, fee.text) == ("+3.00 USDT", "0.05 USDT")


def test_an_order_of_the_same_name_on_another_account_is_another_order() -> None:
    intent = make_intent(state=IntentState.DONE)
    fills = fills_by_order([make_account(account="other", fills=(filled(intent, "1", fee=1.0),))])
    assert result_of(intent, fills) is None


@pytest.mark.parametrize(
    ("intent", "reason"),
    [
        (make_intent(action=CancelById("main", ("x",)), state=IntentState.DONE), NO_ORDER),
        (make_intent(state=IntentState.REFUSED), NOT_SENT),
        (make_intent(state=IntentState.ABANDONED), NOT_SENT),
        (make_intent(state=IntentState.DECIDED), ON_ITS_WAY),
        (make_intent(state=IntentState.SENT), ON_ITS_WAY),
        (make_intent(state=IntentState.DONE), NO_FILL),
        (
            make_intent(
                make_request(order_type=OrderType.STOP_MARKET, trigger_price=90.0),
                state=IntentState.DONE,
            ),
            WAITS,
        ),
    ],
)
def test_what_is_not_known_is_a_dash_with_its_reason(intent: Intent, reason: str) -> None:
    for cell in result_cells(intent, {}, quote_asset="USDT"):
        assert (cell.text, cell.help) == (DASH, reason)
