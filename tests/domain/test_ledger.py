"""Entries of a ledger refuse what no venue can mean."""

from dataclasses import replace
from datetime import datetime
from math import inf, nan

import pytest

from etrms_core.domain.ledger import LedgerEntry, LedgerKind
from etrms_core.errors import DomainError
from tests.builders import NOW

FUNDING = LedgerEntry(
    entry_id="1",
    occurred_at=NOW,
    kind=LedgerKind.FUNDING,
    amount=-0.5,
    asset="USDT",
    symbol="BTCUSDT",
)


@pytest.mark.parametrize("amount", [nan, inf, -inf])
def test_an_amount_is_finite(amount: float) -> None:
    with pytest.raises(DomainError, match="finite"):
        replace(FUNDING, amount=amount)


def test_a_time_carries_its_zone() -> None:
    with pytest.raises(DomainError, match="time zone"):
        replace(FUNDING, occurred_at=datetime(2025, 1, 1))  # noqa: DTZ001 (what is refused)


def test_it_has_an_id_and_an_asset() -> None:
    with pytest.raises(DomainError, match="an id and an asset"):
        replace(FUNDING, entry_id="")
    with pytest.raises(DomainError, match="an id and an asset"):
        replace(FUNDING, asset="")


@pytest.mark.parametrize("kind", [LedgerKind.FUNDING, LedgerKind.FEE, LedgerKind.REALIZED_PNL])
def test_what_trading_brings_belongs_to_a_symbol(kind: LedgerKind) -> None:
    with pytest.raises(DomainError, match="without a symbol"):
        replace(FUNDING, kind=kind, symbol=None)


def test_a_transfer_belongs_to_none() -> None:
    with pytest.raises(DomainError, match="transfer with a symbol"):
        replace(FUNDING, kind=LedgerKind.TRANSFER)
    assert replace(FUNDING, kind=LedgerKind.TRANSFER, symbol=None).amount == -0.5
    assert replace(FUNDING, kind=LedgerKind.OTHER, symbol=None).symbol is None
