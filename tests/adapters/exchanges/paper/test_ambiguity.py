"""Ambiguous is never taken for failed, a failed query never for flat (P5, on the paper wire)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from etrms_core.adapters.exchanges.paper.remote import RemotePaperExchange
from etrms_core.domain.order import OrderStatus, OrderType, Rejection
from etrms_core.errors import ExchangeUnavailableError, OrderRejectedError
from tests.adapters.exchanges.paper.accounts import SYMBOL, only_position, order
from tests.doubles.fault_plan import ANSWERING, UNSEEN
from tests.doubles.faulty_wire import Fault, FaultPlan, FaultyWire
from tests.doubles.scripted_venue import Script, ScriptedVenue

SCRIPT = Script({SYMBOL: 100.0})
AMBIGUOUS = sorted(set(Fault) - ANSWERING)
QUERIES: dict[str, Callable[[RemotePaperExchange], object]] = {
    "fetch_account": lambda desk: desk.fetch_account(),
    "fetch_order": lambda desk: desk.fetch_order("held"),
    "quotes": lambda desk: desk.quotes(),
    "order_book": lambda desk: desk.order_book(SYMBOL),
    "instruments": lambda desk: desk.instruments(),
}
CHANGES: dict[str, Callable[[RemotePaperExchange], object]] = {
    "create_order": lambda desk: desk.create_order(order("new", 1.0)),
    "cancel_order": lambda desk: desk.cancel_order("bid"),
    "set_leverage": lambda desk: desk.set_leverage(SYMBOL, 5.0),
}


@contextmanager
def bad_wire(kind: str, fault: str) -> Iterator[tuple[ScriptedVenue, FaultyWire]]:
    """Open a venue with a position and a bid, behind a wire that fails once for a kind of call."""
    plan = FaultPlan([fault], kinds=[kind])
    with ScriptedVenue(SCRIPT) as venue, FaultyWire(venue.address, plan) as wire:
        venue.exchange.create_order(order("held", 2.0))
        venue.exchange.create_order(order("bid", 1.0, kind=OrderType.LIMIT, level=90.0))
        yield venue, wire
        wire.wait_until_quiet()


def desk_on(wire: FaultyWire) -> RemotePaperExchange:
    return RemotePaperExchange(wire.address, account="main", timeout_seconds=0.5)


@pytest.mark.parametrize("fault", AMBIGUOUS)
def test_an_order_without_an_answer_is_in_doubt_and_found_when_it_was_taken(fault: Fault) -> None:
    with bad_wire("create_order", fault) as (venue, wire):
        with pytest.raises(ExchangeUnavailableError, match="no answer to create_order"):
            desk_on(wire).create_order(order("new", 1.0))
        found = RemotePaperExchange(venue.address, account="main").fetch_order("new")
        assert (found is not None) is (fault not in UNSEEN)
        assert venue.truth().filled("new") == (0.0 if fault in UNSEEN else 1.0)


@pytest.mark.parametrize("fault", AMBIGUOUS)
def test_a_refusal_without_an_answer_is_in_doubt_too(fault: Fault) -> None:
    # A refusal holds no numbers that could be spoilt: it comes through as what it is.
    expected = OrderRejectedError if fault is Fault.NOT_A_NUMBER else ExchangeUnavailableError
    with bad_wire("create_order", fault) as (venue, wire):
        with pytest.raises(expected):
            desk_on(wire).create_order(order("new", 3.0, reduce_only=True))
        assert venue.truth().filled("new") == 0.0


@pytest.mark.parametrize("fault", sorted(ANSWERING))
def test_an_answer_that_comes_late_or_twice_is_the_true_one(fault: Fault) -> None:
    with bad_wire("create_order", fault) as (venue, wire):
        taken = desk_on(wire).create_order(order("new", 1.0))
        assert (taken.status, taken.filled_quantity) == (OrderStatus.FILLED, 1.0)
        assert taken == venue.exchange.fetch_order("new")
        assert wire.seen("create_order") == 1


@pytest.mark.parametrize("fault", sorted(ANSWERING))
def test_a_refusal_that_comes_late_or_twice_is_the_true_one(fault: Fault) -> None:
    with bad_wire("create_order", fault) as (_, wire):
        with pytest.raises(OrderRejectedError) as refused:
            desk_on(wire).create_order(order("new", 3.0, reduce_only=True))
        assert refused.value.code == Rejection.REDUCE_ONLY


@pytest.mark.parametrize("fault", AMBIGUOUS)
@pytest.mark.parametrize("kind", [kind for kind in CHANGES if kind != "create_order"])
def test_a_change_without_an_answer_is_in_doubt(kind: str, fault: Fault) -> None:
    if kind == "set_leverage" and fault is Fault.NOT_A_NUMBER:
        return  # its answer holds nothing
    with bad_wire(kind, fault) as (_, wire), pytest.raises(ExchangeUnavailableError):
        CHANGES[kind](desk_on(wire))


@pytest.mark.parametrize("fault", AMBIGUOUS)
@pytest.mark.parametrize("kind", QUERIES)
def test_a_failed_query_is_never_flat_and_never_not_found(kind: str, fault: Fault) -> None:
    with bad_wire(kind, fault) as (_, wire):
        with pytest.raises(ExchangeUnavailableError, match=f"no answer to {kind}"):
            QUERIES[kind](desk_on(wire))
        wire.wait_until_quiet()


@pytest.mark.parametrize("fault", sorted(ANSWERING))
def test_a_query_that_is_answered_tells_what_is(fault: Fault) -> None:
    with bad_wire("fetch_account", fault) as (_, wire):
        assert only_position(desk_on(wire).fetch_account()).quantity == 2.0
    with bad_wire("fetch_order", fault) as (_, wire):
        found = desk_on(wire).fetch_order("held")
        assert found is not None
        assert found.filled_quantity == 2.0
