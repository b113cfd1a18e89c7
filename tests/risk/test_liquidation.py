"""Liquidation prices for people who call them by name."""

from math import inf, nan

import pytest

from etrms_core.errors import DomainError
from etrms_core.risk.liquidation import cross_liquidation_price, isolated_liquidation_price

LONG = {
    "quantity": 10.0,
    "entry_price": 100.0,
    "maintenance_margin_rate": 0.01,
    "maintenance_amount": 0.0,
}
MARKED = {**LONG, "mark_price": 100.0}


def test_an_isolated_long_is_liquidated_below_its_entry() -> None:
    price = isolated_liquidation_price(wallet_balance=100.0, **LONG)
    assert price == pytest.approx(900.0 / 9.9, rel=1e-12)


def test_an_isolated_short_is_liquidated_above_its_entry() -> None:
    price = isolated_liquidation_price(wallet_balance=100.0, **{**LONG, "quantity": -10.0})
    assert price == pytest.approx(1100.0 / 10.1, rel=1e-12)


def test_a_fully_paid_long_has_no_price() -> None:
    assert isolated_liquidation_price(wallet_balance=1000.0, **LONG) is None


def test_other_positions_back_a_cross_position_at_their_marks() -> None:
    other = {**MARKED, "quantity": -5.0, "mark_price": 110.0}
    price = cross_liquidation_price("A", wallet_balance=200.0, positions={"A": MARKED, "B": other})
    # 200 - 50 of loss - 5.5 of maintenance margin stand behind A.
    assert price == pytest.approx((1000.0 - 144.5) / 9.9, rel=1e-12)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("quantity", 0.0, "quantity is not 0"),
        ("quantity", nan, "quantity is a finite number"),
        ("entry_price", 0.0, "entry_price is above 0, was 0.0"),
        ("entry_price", inf, "entry_price is above 0, was inf"),
        ("maintenance_margin_rate", 1.0, "lies between 0 and 1, was 1.0"),
        ("maintenance_margin_rate", nan, "lies between 0 and 1, was nan"),
        ("maintenance_amount", nan, "maintenance_amount is a finite number"),
    ],
)
def test_a_number_out_of_range_is_named(field: str, value: float, message: str) -> None:
    with pytest.raises(DomainError, match=message):
        isolated_liquidation_price(wallet_balance=100.0, **{**LONG, field: value})
    with pytest.raises(DomainError, match=message):
        cross_liquidation_price(
            "A", wallet_balance=100.0, positions={"A": {**MARKED, field: value}}
        )


def test_an_unknown_wallet_is_refused() -> None:
    with pytest.raises(DomainError, match="wallet_balance is a finite number, was nan"):
        isolated_liquidation_price(wallet_balance=nan, **LONG)


def test_a_cross_account_names_what_is_missing() -> None:
    with pytest.raises(DomainError, match="no position in 'B', only in"):
        cross_liquidation_price("B", wallet_balance=100.0, positions={"A": MARKED})
    with pytest.raises(DomainError, match="position A lacks mark_price"):
        cross_liquidation_price("A", wallet_balance=100.0, positions={"A": LONG})
    with pytest.raises(DomainError, match=r"position A mark_price is above 0, was 0\.0"):
        cross_liquidation_price(
            "A", wallet_balance=100.0, positions={"A": {**MARKED, "mark_price": 0.0}}
        )
