"""Balances, flows and results of one account."""

import csv
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from app.presenters.account_rows import (
    balance_rows,
    balances_csv,
    flow_rows,
    flows_csv,
    symbol_rows,
)
from app.presenters.cells import DASH
from etrms_core.domain.account import Balance, Flow, FlowKind, LedgerTotal
from tests.app.readings import account_with
from tests.builders import NOW, make_account

UTC = ZoneInfo("UTC")
MINUS = "\N{MINUS SIGN}"
DEPOSIT = Flow("f1", NOW - timedelta(days=1), FlowKind.DEPOSIT, "USDT", 100.0)
WITHDRAWAL = Flow("f2", NOW, FlowKind.WITHDRAWAL, "USDT", -40.0)


def test_a_balance_shows_price_age_and_value() -> None:
    account = account_with(balances=(Balance("BTC", 0.5, 100_000.0, 0.05),))
    (row,) = balance_rows(account, now=NOW + timedelta(seconds=3))
    assert (row.asset.text, row.amount.text) == ("BTC", "0.5")
    assert (row.price.text, row.price.note) == ("100,000 USD", "3 s old")
    assert (row.value.text, row.haircut.text) == ("50,000.00 USD", "5.0%")


def test_a_balance_without_a_price_has_no_value_and_a_debt_is_negative() -> None:
    account = account_with(balances=(Balance("XYZ", 5.0, None), Balance("USDT", -2.0, 1.0)))
    unknown, debt = balance_rows(account, now=NOW)
    assert (unknown.price.text, unknown.value.text) == (DASH, DASH)
    assert unknown.value.help == "no price of XYZ is known"
    assert (debt.amount.text, debt.value.text) == (f"{MINUS}2", f"{MINUS}2.00 USD")


def test_flows_come_newest_first_with_their_sign() -> None:
    rows = flow_rows(account_with(flows=(DEPOSIT, WITHDRAWAL)), zone=UTC, now=NOW)
    assert [row.kind.text for row in rows] == ["Withdrawal", "Deposit"]
    assert [row.amount.text for row in rows] == [f"{MINUS}40.00 USDT", "+100.00 USDT"]
    assert rows[1].time.text == "9 Oct 12:00"


def test_symbols_without_a_result_are_left_out() -> None:
    ledger = (LedgerTotal("B"), LedgerTotal("A", 10.0, 2.0, -1.0))
    (row,) = symbol_rows(account_with(ledger=ledger))
    assert [row.name.text, row.realized.text, row.fees.text, row.funding.text, row.net.text] == [
        "A",
        "+10.00",
        "2.00",
        f"{MINUS}1.00",
        "+7.00",
    ]
    assert symbol_rows(account_with(ledger=None)) == ()


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


def test_exports_hold_numbers_and_times() -> None:
    account = account_with(flows=(DEPOSIT,))
    (balance,) = lines(balances_csv([account]))
    assert (balance["amount"], balance["price_usd"], balance["mode"]) == ("1000.0", "1.0", "paper")
    (flow,) = lines(flows_csv([account]))
    assert (flow["amount"], flow["occurred_at"]) == ("100.0", DEPOSIT.occurred_at.isoformat())


def test_an_unread_account_exports_empty_cells() -> None:
    account = replace(account_with(balances=(Balance("X", 1.0, None),)), observed_at=None)
    (balance,) = lines(balances_csv([account]))
    assert (balance["price_usd"], balance["observed_at"]) == ("", "")


@given(st.sampled_from("=+-@\t\r"), st.text(max_size=20))
def test_no_name_becomes_a_formula(start: str, rest: str) -> None:
    name = f"{start}{rest}"
    account = replace(make_account(account=name), balances=(Balance(name, 1.0, 1.0),))
    (balance,) = lines(balances_csv([account]))
    assert balance["account"].startswith("'")
    assert balance["asset"].startswith("'")
