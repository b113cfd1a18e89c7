"""What fills and funding make of trades."""

from datetime import timedelta

import pytest

from etrms_core.domain.identifiers import PositionSide
from etrms_core.errors import DomainError
from etrms_core.performance.trade_book import FundingReceived, HeldPosition, TradeBook
from tests.performance.fills import NOW, make_fill

NET = PositionSide.NET


def received(amount: float, *, hours: float) -> FundingReceived:
    return FundingReceived("BTCUSDT", NET, NOW + timedelta(hours=hours), amount)


def test_growing_averages_the_entry_of_one_trade() -> None:
    book = TradeBook()
    book.fill(make_fill("1", 2.0, price=100.0, fee=0.2))
    book.fill(make_fill("2", 3.0, price=110.0, fee=0.3))
    (trade,) = book.trades
    assert (trade.quantity, trade.entry_price, trade.fees) == (5.0, 106.0, 0.5)
    assert trade.exit_time is None


def test_a_partial_exit_takes_its_share_and_its_own_fee() -> None:
    book = TradeBook()
    book.fill(make_fill("1", 4.0, price=100.0, fee=1.0))
    book.receive(received(-2.0, hours=1.0))
    book.fill(make_fill("2", -1.0, price=110.0, fee=0.1))
    done, rest = book.trades
    assert (done.quantity, done.fees, done.funding) == (1.0, 0.35, -0.5)
    assert (done.price_result, done.exit_price) == (10.0, 110.0)
    assert (rest.quantity, rest.fees, rest.funding) == (3.0, 0.75, -1.5)
    assert (rest.entry_price, rest.entry_time, rest.exit_time) == (100.0, NOW, None)


def test_a_flip_closes_one_trade_and_opens_another() -> None:
    book = TradeBook()
    book.fill(make_fill("1", 1.0, price=100.0))
    book.fill(make_fill("2", -4.0, price=110.0, fee=0.4))
    done, opened = book.trades
    assert (done.quantity, done.price_result) == (1.0, 10.0)
    assert done.fees == pytest.approx(0.1)
    assert (opened.quantity, opened.entry_price) == (-3.0, 110.0)
    assert opened.fees == pytest.approx(0.3)


def test_rounding_leaves_no_dust_behind() -> None:
    book = TradeBook()
    book.fill(make_fill("1", 0.1))
    book.fill(make_fill("2", 0.2))
    book.fill(make_fill("3", -0.3, fee=0.5))
    (trade,) = book.trades
    assert trade.fees == 0.5
    assert book.held == {}


def test_legs_of_a_hedged_symbol_are_trades_of_their_own() -> None:
    book = TradeBook()
    book.fill(make_fill("1", 1.0, leg=("ETHUSDT", PositionSide.LONG)))
    book.fill(make_fill("2", -1.0, leg=("ETHUSDT", PositionSide.SHORT)))
    assert [trade.quantity for trade in book.trades] == [1.0, -1.0]
    assert len(book.held) == 2


def test_funding_at_the_time_of_an_entry_belongs_to_the_new_trade() -> None:
    book = TradeBook()
    book.fill(make_fill("1", 1.0))
    book.fill(make_fill("2", -1.0))
    book.receive(received(-3.0, hours=2.0))
    book.fill(make_fill("3", 1.0, filled_at=NOW + timedelta(hours=2)))
    assert [trade.funding for trade in book.trades] == [0.0, -3.0]


def test_late_funding_belongs_to_the_last_trade() -> None:
    book = TradeBook()
    book.fill(make_fill("1", 1.0))
    book.fill(make_fill("2", -1.0))
    book.receive(received(-3.0, hours=1.0))
    book.fill(make_fill("3", 1.0, filled_at=NOW + timedelta(hours=2)))
    book.fill(make_fill("4", -1.0, filled_at=NOW + timedelta(hours=2)))
    book.receive(received(-4.0, hours=3.0))
    book.settle()
    assert [trade.funding for trade in book.trades] == [-3.0, -4.0]


def test_funding_without_any_position_is_refused() -> None:
    book = TradeBook()
    book.receive(received(-3.0, hours=1.0))
    with pytest.raises(DomainError, match="held nothing"):
        book.settle()
    with pytest.raises(DomainError, match="held nothing"):
        early_then_entry()


def early_then_entry() -> None:
    book = TradeBook()
    book.receive(received(-3.0, hours=-1.0))
    book.fill(make_fill("1", 1.0))


def test_a_fill_of_nothing_is_refused() -> None:
    with pytest.raises(DomainError, match="f7 has none"):
        TradeBook().fill(make_fill("f7", 0.0))


def test_a_position_is_given_once() -> None:
    book = TradeBook()
    book.take_over(HeldPosition("BTCUSDT", NET, 1.0, 100.0, NOW))
    with pytest.raises(DomainError, match="given twice"):
        book.take_over(HeldPosition("BTCUSDT", NET, 1.0, 100.0, NOW))
