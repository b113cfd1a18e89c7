"""Positions one by one."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from app.presenters.cells import DASH, Cell, Tone
from app.presenters.position_cards import (
    PositionCard,
    SortBy,
    position_cards,
    sorted_cards,
)
from app.presenters.position_rows import position_rows
from etrms_core.domain.account import AccountState, LedgerTotal, Position
from etrms_core.domain.identifiers import PositionSide
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.order import Order, OrderSide
from tests.app.readings import account_with, position_with, run_cycles
from tests.builders import NOW, make_account, make_position, make_stop

UTC = ZoneInfo("UTC")
BTC = {("main", "BTCUSDT"): Instrument("BTCUSDT", tick_size=0.1, lot_size=0.001)}


def cards_of(account: AccountState) -> tuple[PositionCard, ...]:
    snapshot = run_cycles([account]).snapshot
    return position_cards(snapshot, position_rows(snapshot, BTC, zone=UTC), BTC)


def card_of(position: Position, *orders: Order, wallet: float = 1000.0) -> PositionCard:
    return cards_of(make_account(position, wallet=wallet, orders=orders))[0]


def fact(card: PositionCard, label: str) -> Cell:
    return next(each.cell for each in card.facts if each.label == label)


def stop_at(level: float, quantity: float = 2.0) -> Order:
    order = make_stop(quantity)
    return replace(order, request=replace(order.request, trigger_price=level))


def test_a_guarded_long_shows_its_stop_and_what_it_risks() -> None:
    card = card_of(make_position(quantity=2.0), stop_at(95.0))
    assert fact(card, "Nearest stop") == Cell("5.0%", "at 95.0")
    assert fact(card, "Risk to the stop") == Cell("10.00 USD", "1.00% of equity")
    assert fact(card, "Protection").text == "Guarded"
    assert card.numbers["risk_of_equity"] == pytest.approx(0.01)
    assert fact(card, "Share of equity").text == "20.0%"


def test_without_a_stop_the_risk_is_not_bounded_and_never_0() -> None:
    card = card_of(make_position())
    assert fact(card, "Nearest stop").text == "none"
    assert fact(card, "Risk to the stop").text == "not bounded"
    assert fact(card, "Protection").text == "Not guarded"
    assert card.numbers["risk_to_stop"] is None


def test_a_part_without_a_stop_says_how_large_it_is() -> None:
    card = card_of(make_position(quantity=2.0), stop_at(95.0, 0.5))
    assert fact(card, "Protection") == Cell("Partly guarded", "25% of it", Tone.WARNING)
    assert fact(card, "Risk to the stop").help == "no stop covers 75% of it"


def test_a_stop_behind_the_liquidation_is_too_far() -> None:
    isolated = make_position(quantity=2.0, isolated_margin=20.0)
    card = card_of(isolated, stop_at(80.0))
    assert fact(card, "Protection") == Cell("Stop too far", "liquidated before it", Tone.BAD)


def test_the_liquidation_has_a_bar() -> None:
    near = fact(card_of(make_position(quantity=10.0), wallet=60.0), "Liquidation")
    assert near.share is not None
    assert 0.0 < near.share < 0.2
    assert near.tone is Tone.WARNING
    none = fact(card_of(make_position()), "Liquidation")
    assert (none.text, none.share) == ("none", None)


def test_orders_of_a_stale_account_verify_nothing() -> None:
    account = account_with(make_position(), observed_at=NOW - timedelta(seconds=60))
    (card,) = cards_of(account)
    assert card.is_stale
    assert fact(card, "Nearest stop").text == "cannot verify"
    assert fact(card, "Protection").text == "Cannot verify"


def test_without_a_mark_figures_are_dashes_with_reasons() -> None:
    card = card_of(make_position(mark_price=None), stop_at(95.0, 1.0))
    for label in ("Unrealised P&L", "Share of equity", "Risk to the stop", "Nearest stop"):
        assert fact(card, label).text == DASH
        assert fact(card, label).help
    assert card.numbers["notional"] is None


def test_funding_so_far_is_that_of_the_symbol_and_unknown_when_nobody_tells_it() -> None:
    paid = account_with(make_position(), ledger=(LedgerTotal("BTCUSDT", funding=-1.5),))
    assert fact(cards_of(paid)[0], "Funding so far").text == "\N{MINUS SIGN}1.50 USDT"
    untold = account_with(make_position(), ledger=None)
    assert fact(cards_of(untold)[0], "Funding so far").text == DASH


def test_a_leg_of_hedge_mode_is_named_as_such() -> None:
    leg = position_with(quantity=-1.0, side=PositionSide.SHORT)
    card = card_of(leg, make_stop(1.0, side=OrderSide.BUY, position_side=PositionSide.LONG))
    assert card.side == "short leg"
    assert fact(card, "Protection").text == "Not guarded"


def test_sorting_puts_the_worst_first_and_unknown_before_it() -> None:
    account = make_account(
        make_position("AAA", 1.0, entry_price=90.0),
        make_position("BBB", 3.0, entry_price=110.0),
        make_position("CCC", 2.0, mark_price=None),
    )
    cards = cards_of(account)

    def names(by: SortBy) -> list[str]:
        return [card.title for card in sorted_cards(cards, by)]

    assert names(SortBy.RESULT) == ["CCC", "BBB", "AAA"]
    assert names(SortBy.NOTIONAL) == ["CCC", "BBB", "AAA"]
    assert names(SortBy.SYMBOL) == names(SortBy.ACCOUNT) == ["AAA", "BBB", "CCC"]
    backwards = sorted_cards(cards, SortBy.SYMBOL, is_reversed=True)
    assert [card.title for card in backwards] == ["CCC", "BBB", "AAA"]
    for by in SortBy:
        assert len(sorted_cards(cards, by)) == 3
