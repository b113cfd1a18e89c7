"""Accounts at a glance."""

from dataclasses import replace
from datetime import timedelta
from math import inf

import pytest

from app.presenters.account_cards import account_cards, account_head, margin_level
from app.presenters.cells import DASH, Cell, Tone
from app.presenters.overview_cards import Card
from etrms_core.domain.account import AccountState, Balance, LedgerTotal
from tests.app.readings import account_with, run_cycles
from tests.builders import NOW, make_account, make_position

MINUS = "\N{MINUS SIGN}"


def cards_of(account: AccountState) -> dict[str, Card]:
    return {card.title: card for card in account_cards(run_cycles([account]), 0)}


def line(card: Card, label: str) -> Cell:
    return next(each.cell for each in card.lines if each.label == label)


def test_equity_wallet_and_margin_add_up() -> None:
    held = make_position(quantity=2.0, entry_price=90.0)
    cards = cards_of(make_account(held, wallet=100.0))
    assert cards["Equity"].value.text == "120.00 USD"
    assert line(cards["Equity"], "Unrealised P&L").text == "+20.00 USD"
    assert line(cards["Equity"], "Gross exposure").text == "200.00 USD"
    assert cards["Wallet balance"].value.text == "100.00 USD"
    assert cards["Margin used"].value.text == "20.00 USD"
    assert cards["Available margin"].value.text == "100.00 USD"
    assert cards["Margin ratio"].value.text == "0.83%"
    assert line(cards["Margin ratio"], "To liquidation").text == "99.17 points"
    assert line(cards["Margin ratio"], "Level").text == "low"


def test_an_account_without_positions_is_far_from_everything() -> None:
    cards = cards_of(make_account())
    assert cards["Margin ratio"].value.text == "0.00%"
    assert line(cards["Margin ratio"], "Nearest position").text == "none"


def test_a_leverage_that_nobody_tells_leaves_the_margin_unknown() -> None:
    cards = cards_of(make_account(make_position(leverage=None)))
    assert cards["Margin used"].value.text == DASH
    assert cards["Available margin"].value.text == DASH


def test_an_account_that_was_never_read_shows_dashes_with_the_reason() -> None:
    account = AccountState("main", "paper", None)
    state = replace(run_cycles([account]), source_errors={"main": "no answer within 10 s"})
    for card in account_cards(state, 0):
        assert card.value.text == DASH
        assert card.value.help == "no answer within 10 s"
    head = account_head(state, 0, passed_seconds=3.0)
    assert head.reading.text == "Unknown, never read"
    assert head.trouble == "no answer within 10 s"


def test_an_asset_without_a_price_leaves_equity_unknown() -> None:
    account = account_with(balances=(Balance("XYZ", 5.0, None),))
    cards = cards_of(account)
    assert cards["Wallet balance"].value.text == DASH
    assert cards["Equity"].value.text == DASH


def test_a_position_without_a_mark_has_no_nearest_liquidation() -> None:
    cards = cards_of(make_account(make_position(mark_price=None)))
    assert line(cards["Margin ratio"], "Nearest position").text == DASH


def test_the_head_says_mode_venue_and_age() -> None:
    state = run_cycles([account_with(observed_at=NOW - timedelta(seconds=42), is_paper=False)])
    head = account_head(state, 0, passed_seconds=1.0)
    assert (head.name, head.is_paper, head.venue.text) == ("main", False, "venue paper")
    assert head.reading.text == "Stale, 43 s old"


@pytest.mark.parametrize(
    ("ratio", "word", "tone"),
    [(0.1, "low", Tone.GOOD), (0.5, "high", Tone.WARNING), (0.8, "critical", Tone.BAD)],
)
def test_a_margin_ratio_has_a_level(ratio: float, word: str, tone: Tone) -> None:
    assert margin_level(ratio) == (word, tone)
    assert margin_level(inf) == ("critical", Tone.BAD)


def test_a_debt_leaves_no_room() -> None:
    cards = cards_of(make_account(make_position(), wallet=-10.0))
    assert cards["Margin ratio"].value.text == "no equity"
    assert line(cards["Margin ratio"], "To liquidation").text == "none left"
    assert cards["Available margin"].value.text == "0.00 USD"
    assert line(cards["Margin used"], "Of equity").help == "there is no equity"


def test_results_are_net_of_fees_and_unknown_when_nobody_tells_them() -> None:
    ledger = (LedgerTotal("A", 10.0, 2.0, -1.0), LedgerTotal("B", -4.0, 1.0, 0.5))
    card = cards_of(account_with(ledger=ledger))["Closed results"]
    assert card.value.text == "+2.50 USDT"
    assert line(card, "Fees").text == f"{MINUS}3.00"
    assert cards_of(account_with(ledger=None))["Closed results"].value.text == DASH
