"""Which orders mean to reduce, and what they act on."""

import pytest

from etrms_core.domain.identifiers import PositionSide
from etrms_core.domain.order import OrderSide
from etrms_core.engine.gate_context import is_reduction, order_words, position_of
from tests.builders import make_account, make_position
from tests.engine.gates import BUY, LONG, NET, SELL, SHORT, leg, make_request


@pytest.mark.parametrize(
    ("side", "position_side", "reduce_only", "expected"),
    [
        (BUY, NET, False, False),
        (SELL, NET, False, False),
        (SELL, NET, True, True),
        (SELL, LONG, False, True),
        (BUY, LONG, False, False),
        (BUY, LONG, True, True),
        (BUY, SHORT, False, True),
        (SELL, SHORT, False, False),
    ],
)
def test_the_flag_or_the_leg_says_that_an_order_means_to_reduce(
    side: OrderSide, position_side: PositionSide, reduce_only: bool, expected: bool
) -> None:
    request = make_request(1.0, side, position_side=position_side, reduce_only=reduce_only)
    assert is_reduction(request) is expected


def test_an_order_acts_on_the_leg_of_its_symbol() -> None:
    ether, long = make_position("ETHUSDT"), leg(1.0, LONG)
    account = make_account(ether, long, leg(-2.0, SHORT))
    assert position_of(account, make_request(position_side=LONG)) == long
    assert position_of(account, make_request(symbol="ETHUSDT")) == ether
    assert position_of(account, make_request()) is None


def test_an_order_is_named_by_side_quantity_and_symbol() -> None:
    assert order_words(make_request(0.25, SELL)) == "sell 0.25 BTCUSDT"
