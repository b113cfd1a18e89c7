"""A venue whose market a test moves, in threads and in a process of its own."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from etrms_core.adapters.exchanges.paper.remote import RemotePaperExchange
from etrms_core.domain.order import OrderStatus, OrderType, Rejection
from etrms_core.errors import ExchangeUnavailableError, OrderRejectedError
from tests.adapters.exchanges.paper.accounts import SYMBOL, order
from tests.doubles.scripted_venue import Script, ScriptedVenue
from tests.doubles.venue_process import VenueProcess

SCRIPT = Script({SYMBOL: 100.0})
Venue = ScriptedVenue | VenueProcess


@pytest.fixture(params=["threads", "process"])
def venue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Venue]:
    kind = ScriptedVenue if request.param == "threads" else VenueProcess
    with kind(database=tmp_path / "paper.db", script=SCRIPT) as opened:
        yield opened


def desk_of(venue: Venue, timeout_seconds: float = 5.0) -> RemotePaperExchange:
    return RemotePaperExchange(venue.address, account="main", timeout_seconds=timeout_seconds)


def test_a_test_moves_prices_thins_the_book_and_reads_the_truth(venue: Venue) -> None:
    desk = desk_of(venue)
    desk.create_order(order("buy", 5.0))
    stop = order("stop", -5.0, kind=OrderType.STOP_MARKET, level=95.0, reduce_only=True)
    desk.create_order(stop)
    assert [each.request for each in venue.truth().orders] == [stop]
    venue.set_sizes([1.0, 0.5])
    thin = desk.create_order(order("thin", 5.0))
    assert (thin.status, thin.filled_quantity) == (OrderStatus.EXPIRED, 1.5)
    assert venue.truth().held(SYMBOL) == 6.5
    venue.set_marks(BTCUSDT=90.0)
    truth = venue.truth()
    assert (truth.orders, truth.filled("stop"), truth.held(SYMBOL)) == ((), -5.0, 1.5)
    assert truth.positions[0].mark_price == desk.quotes()[SYMBOL].mark_price == 90.0


def test_a_paused_venue_answers_nobody_and_then_refuses_what_is_late(venue: Venue) -> None:
    impatient = desk_of(venue, timeout_seconds=0.1)
    impatient.fetch_account()
    venue.pause()
    deadline = datetime.now(UTC) + timedelta(seconds=0.05)
    for name, until in (("late", deadline), ("still", None)):
        with pytest.raises(ExchangeUnavailableError, match="timed out"):
            impatient.create_order(order(name, 1.0), deadline=until)
    venue.resume()
    desk = desk_of(venue)
    assert desk.fetch_order("late") is None
    with pytest.raises(OrderRejectedError) as refused:
        desk.create_order(order("late", 1.0), deadline=deadline)
    assert refused.value.code == Rejection.EXPIRED
    assert desk.fetch_order("still") is not None
    assert venue.truth().filled("late") == 0.0


def test_a_killed_venue_starts_again_where_it_was(tmp_path: Path) -> None:
    with VenueProcess(tmp_path / "paper.db", SCRIPT) as venue:
        desk = desk_of(venue)
        bought = desk.create_order(order("buy", 1.0))
        venue.set_marks(BTCUSDT=90.0)
        before = venue.truth()
        venue.kill()
        with pytest.raises(ExchangeUnavailableError, match="refused"):
            desk.fetch_account()
        venue.start()
        assert venue.truth() == before
        assert desk.fetch_order("buy") == bought
        assert desk.quotes()[SYMBOL].mark_price == 90.0
