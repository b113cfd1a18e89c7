"""Utilisation of every limit, of the desk and by account."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.presenters.cells import DASH, Tone
from app.presenters.limit_changes import limit_change_rows
from app.presenters.limit_rows import (
    AccountUse,
    LimitsInForce,
    LimitUse,
    account_uses,
    limit_uses,
)
from etrms_core.domain.limits import DEFAULT_LIMITS, Limits
from etrms_core.services.risk_state import RiskState
from tests.app.desks import busy_account
from tests.app.readings import account_with, run_cycles

# Equity 10,049.50: a long of 9,600 and a short of 3,350.50.
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def busy() -> RiskState:
    return run_cycles([busy_account(NOW)], start=NOW)


def uses(
    limits: Limits,
    state: RiskState | None = None,
    *,
    bounded: tuple[str, ...] = (),
    orders_sent: int = 0,
) -> dict[str, LimitUse]:
    held = LimitsInForce(effective=limits, stored=DEFAULT_LIMITS, bounded=bounded)
    rows = limit_uses(state, held, orders_sent=orders_sent)
    return {row.name.text: row for row in rows}


def accounts(limits: Limits, state: RiskState) -> tuple[AccountUse, ...]:
    return account_uses(state, limits)


def test_what_a_book_uses_is_shown_with_what_is_left_in_its_unit_and_in_money() -> None:
    limits = replace(DEFAULT_LIMITS, maximum_leverage=2.0, maximum_position_notional=10_000.0)
    rows = uses(limits, busy(), orders_sent=15)
    leverage = rows["Leverage"]
    assert (leverage.value.text, leverage.limit.text) == ("1.29x", "2.00x")
    assert leverage.left.text == "0.71x left"
    assert leverage.left.note == "36% of it, 7,148.50 USD more"
    assert leverage.left.share == pytest.approx(0.3557, abs=1e-4)
    position = rows["Position size"]
    assert (position.value.text, position.left.text) == ("9,600.00 USD", "400.00 USD left")
    assert position.left.tone is Tone.WARNING
    orders = rows["Entry orders per minute"]
    assert (orders.value.text, orders.left.text, orders.left.share) == ("15", "45 left", 0.75)
    assert orders.value.note == "in the last minute, without reductions"


def test_a_limit_that_is_passed_says_so_in_words() -> None:
    limits = replace(DEFAULT_LIMITS, maximum_leverage=1.0, maximum_orders_per_minute=3)
    rows = uses(limits, busy(), orders_sent=7)
    for name in ("Leverage", "Entry orders per minute"):
        left = rows[name].left
        assert (left.text, left.tone, left.share) == ("limit reached", Tone.BAD, 0.0)
    assert rows["Entry orders per minute"].left.note == "233% used"


def test_without_a_bound_nothing_is_left_or_used() -> None:
    rows = uses(DEFAULT_LIMITS, busy())
    for name in ("Leverage", "Position size", "Order size", "Allowed symbols"):
        assert (rows[name].left.text, rows[name].left.share) == ("not bounded", None)
    assert rows["Price collar"].left.text == DASH
    assert "each order" in rows["Price collar"].left.help


def test_before_the_first_cycle_and_without_a_reading_nothing_is_0() -> None:
    limits = replace(DEFAULT_LIMITS, maximum_leverage=2.0, maximum_position_notional=1.0)
    unread = run_cycles([account_with(observed_at=None)], start=NOW)
    for state in (None, unread):
        rows = uses(limits, state)
        for name in ("Leverage", "Position size"):
            assert rows[name].value.text == DASH
            assert rows[name].value.help
    (account,) = accounts(limits, unread)
    assert account.equity.text == account.exposure.text == account.largest.text == DASH


def test_what_the_settings_file_tightens_says_why() -> None:
    limits = replace(DEFAULT_LIMITS, maximum_leverage=2.0)
    source = uses(limits, bounded=("maximum_leverage",))["Leverage"].source
    assert (source.text, source.note) == ("etrms.toml", "yours: no limit")
    assert "tighter of both holds" in source.help


def test_who_set_a_limit_is_the_default_until_it_is_you() -> None:
    stored = replace(DEFAULT_LIMITS, maximum_leverage=2.0)
    held = LimitsInForce(effective=stored, stored=stored, bounded=())
    sources = {row.name.text: row.source.text for row in limit_uses(busy(), held, orders_sent=0)}
    assert sources.pop("Leverage") == "You"
    assert set(sources.values()) == {"Default"}


def test_positions_outside_the_allowed_symbols_are_named() -> None:
    rows = uses(replace(DEFAULT_LIMITS, symbols=("BTCUSDT",)), busy())
    value = rows["Allowed symbols"].value
    assert (value.text, value.note) == ("2 held", "not allowed to grow: ETHUSDT")
    every = uses(replace(DEFAULT_LIMITS, symbols=("BTCUSDT", "ETHUSDT")), busy())
    assert every["Allowed symbols"].value.note == "all of them allowed"


def test_accounts_are_shown_in_money() -> None:
    limits = replace(DEFAULT_LIMITS, maximum_leverage=2.0, maximum_position_notional=12_000.0)
    (account,) = accounts(limits, busy())
    assert (account.equity.text, account.exposure.text) == ("10,049.50 USD", "12,950.50 USD")
    assert (account.share.text, account.share.note) == ("64.4%", "of 20,099.00 USD")
    assert (account.largest.text, account.position_left.text) == (
        "9,600.00 USD",
        "2,400.00 USD left",
    )
    (unbounded,) = accounts(DEFAULT_LIMITS, busy())
    assert unbounded.share.text == unbounded.position_left.text == "not bounded"


def test_a_change_is_told_line_by_line() -> None:
    after = replace(DEFAULT_LIMITS, maximum_leverage=3.0, price_collar=0.1)
    rows = limit_change_rows(DEFAULT_LIMITS, after)
    told = [(row.name.text, row.before.text, row.after.text, row.effect.text) for row in rows]
    assert told == [
        ("Leverage", "no limit", "3.00x", "Tightens"),
        ("Price collar", "5.00%", "10.00%", "Loosens"),
    ]
    assert limit_change_rows(after, after) == ()
