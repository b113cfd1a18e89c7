"""What an action reads before it acts."""

from typing import NoReturn

import pytest

from etrms_core.domain.identifiers import PositionKey, PositionSide
from etrms_core.domain.order import OrderSide
from etrms_core.errors import DomainError, ExchangeUnavailableError
from etrms_core.services.position_readings import (
    found_position,
    instrument_of,
    opposite_levels,
    position_at,
)
from tests.builders import make_account, make_position
from tests.fakes import ScriptedExchange
from tests.services.acting import Bench

KEY = PositionKey("main", "BTCUSDT", PositionSide.NET)


class SilentExchange(ScriptedExchange):
    """Answers nothing about contracts and books."""

    def instruments(self) -> NoReturn:
        raise ExchangeUnavailableError("no answer", venue="paper")

    def order_book(self, symbol: str) -> NoReturn:
        raise ExchangeUnavailableError("no answer", venue="paper")


def test_a_position_is_found_by_account_symbol_and_side() -> None:
    bench = Bench(accounts=[make_account(make_position(quantity=2.0))])
    bench.refresh()
    _, position = found_position(bench.guard, KEY)
    assert position.quantity == 2.0
    for other in (
        KEY._replace(account="other"),
        KEY._replace(symbol="ETHUSDT"),
        KEY._replace(side=PositionSide.LONG),
    ):
        assert position_at(bench.guard, other) is None
        with pytest.raises(DomainError, match="no position is open"):
            found_position(bench.guard, other)


def test_a_sale_takes_from_the_bids_and_a_purchase_from_the_asks() -> None:
    venue = ScriptedExchange(make_account())
    assert opposite_levels(venue, "BTCUSDT", OrderSide.SELL)[0].price == 99.9
    assert opposite_levels(venue, "BTCUSDT", OrderSide.BUY)[0].price == 100.1


def test_what_a_venue_does_not_tell_is_unknown() -> None:
    venue = SilentExchange(make_account())
    assert opposite_levels(venue, "BTCUSDT", OrderSide.SELL) == ()
    assert instrument_of(venue, "BTCUSDT") is None
    assert instrument_of(ScriptedExchange(make_account()), "OTHER") is None
