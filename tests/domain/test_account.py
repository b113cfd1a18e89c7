"""Account values refuse what no venue can mean."""

from dataclasses import FrozenInstanceError, replace
from datetime import datetime
from math import inf, nan
from typing import Any

import pytest

from etrms_core.domain.account import AccountState, Balance, Flow, FlowKind, LedgerTotal, Position
from etrms_core.domain.identifiers import PositionKey, PositionSide
from etrms_core.errors import DomainError
from tests.builders import NOW, make_account, make_position

NAIVE = datetime(2025, 10, 10)  # noqa: DTZ001 (what the test is about)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("amount", nan, "amount is a finite number, was nan"),
        ("price", inf, "price is a finite number, was inf"),
        ("price", 0.0, "price is above 0, was 0.0"),
        ("haircut", 1.0, r"haircut lies in \[0, 1\), was 1.0"),
        ("haircut", nan, r"haircut lies in \[0, 1\), was nan"),
    ],
)
def test_a_balance_refuses_impossible_numbers(field: str, value: float, message: str) -> None:
    fields: dict[str, Any] = {"asset": "BNB", "amount": 1.0, "price": 600.0, field: value}
    with pytest.raises(DomainError, match=f"BNB {message}"):
        Balance(**fields)


def test_a_balance_may_be_a_debt_and_its_price_unknown() -> None:
    assert Balance("BNB", -1.0, None).price is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantity", 0.0),
        ("quantity", nan),
        ("quantity", inf),
        ("entry_price", 0.0),
        ("entry_price", nan),
        ("mark_price", 0.0),
        ("mark_price", nan),
        ("mark_price", inf),
        ("leverage", 0.0),
        ("leverage", nan),
        ("isolated_margin", nan),
        ("funding_rate", inf),
        ("opened_at", NAIVE),
        ("side", PositionSide.SHORT),
    ],
)
def test_a_position_refuses_impossible_values(field: str, value: object) -> None:
    fields: dict[str, Any] = {
        "symbol": "BTCUSDT",
        "quantity": 1.0,
        "entry_price": 100.0,
        "mark_price": 100.0,
        field: value,
    }
    words = "short leg has quantity 1.0" if field == "side" else field
    with pytest.raises(DomainError, match=f"BTCUSDT {words}"):
        Position(**fields)


def test_a_long_leg_is_not_short() -> None:
    with pytest.raises(DomainError, match=r"long leg has quantity -1\.0"):
        replace(make_position(quantity=-1.0), side=PositionSide.LONG)


def test_a_position_may_lack_what_the_venue_does_not_say() -> None:
    unknown = make_position(mark_price=None, leverage=None)
    assert (unknown.mark_price, unknown.leverage) == (None, None)


def test_a_flow_needs_a_time_with_a_zone_and_a_finite_amount() -> None:
    with pytest.raises(DomainError, match="f1 occurred_at must carry a time zone"):
        Flow("f1", NAIVE, FlowKind.DEPOSIT, "USDT", 1.0)
    with pytest.raises(DomainError, match="f1 amount is a finite number, was nan"):
        Flow("f1", NOW, FlowKind.DEPOSIT, "USDT", nan)


def test_a_net_result_pays_fees_and_receives_funding() -> None:
    total = LedgerTotal("BTCUSDT", realized_pnl=100.0, fees=7.0, funding=-3.0)
    assert total.net == 90.0


def test_an_account_shows_each_position_once() -> None:
    with pytest.raises(DomainError, match="main shows a position twice"):
        make_account(make_position(), make_position(quantity=2.0))


def test_an_account_may_hold_both_legs_of_a_hedge() -> None:
    long = replace(make_position(), side=PositionSide.LONG)
    short = replace(make_position(quantity=-1.0), side=PositionSide.SHORT)
    account = make_account(long, short)
    assert account.key(short) == PositionKey("main", "BTCUSDT", PositionSide.SHORT)


def test_a_reading_needs_a_time_with_a_zone() -> None:
    with pytest.raises(DomainError, match="main observed_at must carry a time zone"):
        AccountState("main", "paper", NAIVE)


def test_values_cannot_be_changed() -> None:
    position: Any = make_position()
    with pytest.raises(FrozenInstanceError):
        position.quantity = 2.0
