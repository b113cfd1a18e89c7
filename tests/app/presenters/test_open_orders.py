"""Waiting orders."""

from dataclasses import replace
from datetime import timedelta

from app.presenters.cells import DASH, Cell
from app.presenters.open_orders import OrderCard, order_cards
from etrms_core.domain.account import AccountState
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.order import Order, OrderSide, OrderStatus, OrderType
from tests.builders import NOW, make_account, make_position, make_stop

BTC = {("main", "BTCUSDT"): Instrument("BTCUSDT", tick_size=0.1, lot_size=0.01)}


def card_of(order: Order, account: AccountState | None = None) -> OrderCard:
    shown = account or make_account(make_position(), orders=(order,))
    (card,) = order_cards((shown,), BTC, now=NOW + timedelta(minutes=3))
    return card


def fact(card: OrderCard, label: str) -> Cell:
    return next(each.cell for each in card.facts if each.label == label)


def changed(**fields: object) -> Order:
    order = make_stop(2.0)
    return replace(order, request=replace(order.request, **fields))  # type: ignore[arg-type]


def test_a_stop_shows_level_distance_and_age() -> None:
    card = card_of(make_stop(2.0))
    assert card.side == "stop sell"
    shown = [fact(card, each).text for each in ("Quantity", "Level", "From the mark", "Waits for")]
    assert shown == ["2.00", "50.0", "50.0%", "3 min"]
    assert fact(card, "Effect").text == "only reduces"
    assert fact(card, "Placed by").text == "not this desk"


def test_an_entry_says_that_it_may_add_risk_and_who_placed_it() -> None:
    card = card_of(changed(reduce_only=False, client_order_id="et-desk-trend-1"))
    assert fact(card, "Effect").text == "may add risk"
    assert fact(card, "Placed by").text == "trend"


def test_a_partial_fill_shows_what_is_left() -> None:
    order = replace(make_stop(2.0), status=OrderStatus.PARTIALLY_FILLED, filled_quantity=0.5)
    assert fact(card_of(order), "Quantity") == Cell("1.50", "0.50 filled")


def test_a_trailing_stop_has_a_distance_and_no_level() -> None:
    order = changed(
        order_type=OrderType.TRAILING_STOP_MARKET, trigger_price=None, callback_fraction=0.01
    )
    card = card_of(order)
    assert fact(card, "Level") == Cell("1.00%", "behind the best mark")
    assert fact(card, "From the mark").text == DASH
    assert card.level is None


def test_without_a_position_the_distance_is_unknown() -> None:
    card = card_of(make_stop(2.0), make_account(orders=(make_stop(2.0),)))
    assert (fact(card, "From the mark").text, card.away) == (DASH, None)


def test_ended_orders_are_left_out_and_reductions_come_first() -> None:
    entry = changed(reduce_only=False, side=OrderSide.BUY, client_order_id="entry")
    gone = replace(changed(client_order_id="gone"), status=OrderStatus.CANCELED)
    account = make_account(make_position(), orders=(entry, gone, make_stop(1.0)))
    cards = order_cards((account,), BTC, now=NOW)
    assert [card.client_order_id for card in cards] == ["stop", "entry"]
