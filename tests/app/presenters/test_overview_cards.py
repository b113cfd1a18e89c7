"""The portfolio's figures."""

import pytest

from app.presenters.cells import DASH, Tone
from app.presenters.overview_cards import Card, overview_cards
from etrms_core.breakers.rules import DrawdownBasis
from etrms_core.domain.account import AccountState
from etrms_core.domain.instrument import Instrument
from tests.app.readings import account_with, make_rule, run_cycles
from tests.builders import make_account, make_position

BTC = {("main", "BTCUSDT"): Instrument("BTCUSDT", tick_size=0.1)}


def cards_of(*readings: AccountState) -> dict[str, Card]:
    state = run_cycles(*([account] for account in readings))
    cards = overview_cards(state, BTC, time_zone="Europe/Berlin")
    return {card.title: card for card in cards}


def lines(card: Card) -> dict[str, str]:
    return {line.label: line.cell.text for line in card.lines}


def test_six_figures_sum_up_the_portfolio() -> None:
    cards = cards_of(make_account(make_position(quantity=5.0, mark_price=120.0), wallet=900.0))
    assert {title: card.value.text for title, card in cards.items()} == {
        "Equity": "1,000.00 USD",
        "Drawdown": "0.00%",
        "Gross exposure": "600.00 USD",
        "Leverage": "0.60x",
        "Margin ratio": "0.30%",
        "Nearest liquidation": "none",
    }


def test_results_carry_sign_money_and_percentage() -> None:
    cards = cards_of(
        make_account(make_position(mark_price=100.0), wallet=1000.0),
        make_account(make_position(mark_price=90.0), wallet=1000.0),
    )
    minus = "\N{MINUS SIGN}"
    today = cards["Equity"].lines[0]
    assert (today.label, today.cell.text) == ("Today", f"{minus}10.00 USD ({minus}1.00%)")
    assert today.cell.tone is Tone.BAD
    assert "Europe/Berlin" in cards["Equity"].help


def test_drawdown_shows_the_peak_in_todays_money() -> None:
    cards = cards_of(
        make_account(make_position(mark_price=100.0), wallet=1000.0),
        make_account(make_position(mark_price=50.0), wallet=1000.0),
    )
    assert cards["Drawdown"].value.text == "5.00%"
    assert lines(cards["Drawdown"]) == {
        "Peak": "1,000.00 USD",
        "NAV": "0.9500",
        "Nearest limit": "none set",
    }


def test_net_exposure_names_its_side() -> None:
    cards = cards_of(make_account(make_position(quantity=-2.0), wallet=1000.0))
    assert lines(cards["Gross exposure"])["Net"] == "200.00 USD short"


def test_the_nearest_position_is_named_with_its_price() -> None:
    cards = cards_of(
        make_account(make_position("ETHUSDT", 1.0), make_position("BTCUSDT", -9.0), wallet=150.0)
    )
    nearest = cards["Nearest liquidation"]
    assert nearest.value.text.endswith("%")
    assert lines(nearest)["Position"] == "BTCUSDT short"
    assert float(lines(nearest)["At"]) > 100.0


def test_without_a_position_there_is_no_liquidation() -> None:
    nearest = cards_of(make_account())["Nearest liquidation"]
    assert nearest.value.text == "none"
    assert lines(nearest) == {"Position": "no open position"}


def test_a_margin_ratio_past_half_way_is_a_warning() -> None:
    close_to_the_end = make_account(make_position(quantity=100.0), wallet=60.0)
    assert cards_of(close_to_the_end)["Margin ratio"].value.tone is Tone.WARNING


@pytest.mark.parametrize(
    "account",
    [
        make_account(make_position(mark_price=None)),
        account_with(observed_at=None, balances=()),
    ],
    ids=["no mark price", "never read"],
)
def test_unknown_equity_is_a_dash_with_its_reason_everywhere(account: AccountState) -> None:
    cards = cards_of(account)
    for card in cards.values():
        assert card.value.text == DASH, card.title
        assert card.value.help
    assert {line.cell.text for line in cards["Equity"].lines} == {DASH}


def test_a_missing_mark_price_is_the_reason_given() -> None:
    cards = cards_of(make_account(make_position(mark_price=None)))
    assert "mark price of BTCUSDT" in cards["Equity"].value.help


def test_drawdown_names_the_breaker_that_is_nearest_with_its_own_value() -> None:
    rules = [
        make_rule("far", threshold=0.5),
        make_rule("near", threshold=0.1),
        make_rule("today", threshold=0.2, drawdown_basis=DrawdownBasis.DAY_START),
    ]
    accounts = (
        make_account(make_position(mark_price=100.0), wallet=1000.0),
        make_account(make_position(mark_price=50.0), wallet=1000.0),
    )
    state = run_cycles(*([account] for account in accounts), rules=rules)
    card = overview_cards(state, BTC, time_zone="UTC")[1]
    assert lines(card)["Nearest limit"] == "5.00% of 10%"
    assert "near" in card.lines[-1].cell.help
