"""The faulty wire does to each call what its plan says, and tells what the venue saw."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread, active_count
from time import monotonic, sleep

import pytest

from etrms_core.adapters.exchanges.paper.remote import RemotePaperExchange
from etrms_core.errors import ExchangeUnavailableError
from tests.adapters.exchanges.paper.accounts import SYMBOL, order
from tests.doubles.faulty_wire import Fault, FaultPlan, FaultyWire
from tests.doubles.scripted_venue import Script, ScriptedVenue

SCRIPT = Script({SYMBOL: 100.0})


@contextmanager
def connected(
    *faults: str, timeout_seconds: float = 2.0
) -> Iterator[tuple[ScriptedVenue, FaultyWire, RemotePaperExchange]]:
    plan = FaultPlan(faults, kinds=["create_order"])
    with ScriptedVenue(SCRIPT) as venue, FaultyWire(venue.address, plan) as wire:
        desk = RemotePaperExchange(wire.address, account="main", timeout_seconds=timeout_seconds)
        yield venue, wire, desk


def test_without_faults_nothing_is_changed() -> None:
    with connected() as (venue, wire, desk):
        bought = desk.create_order(order("a", 1.0))
        assert bought == venue.exchange.fetch_order("a") == desk.fetch_order("a")
        assert [(call.kind, call.fault, call.is_answered) for call in wire.calls] == [
            ("create_order", Fault.PASS, True),
            ("fetch_order", Fault.PASS, True),
        ]
        assert wire.calls[0].body["request"]["client_order_id"] == "a"


def test_a_lost_request_never_reaches_the_venue_and_a_lost_answer_does() -> None:
    with connected("lose_request", "lose_answer") as (venue, wire, desk):
        for name, count in (("a", 0), ("b", 1)):
            with pytest.raises(ExchangeUnavailableError):
                desk.create_order(order(name, 1.0))
            assert wire.seen("create_order") == count
        assert (desk.fetch_order("a"), venue.truth().filled("b")) == (None, 1.0)


def test_a_delayed_request_happens_after_the_desk_gave_up() -> None:
    with connected("delay_request", timeout_seconds=0.05) as (venue, wire, desk):
        wire.delay_seconds = 0.2
        with pytest.raises(ExchangeUnavailableError, match="timed out"):
            desk.create_order(order("a", 1.0))
        assert venue.truth().filled("a") == 0.0
        assert not wire.calls[0].is_seen
        wire.wait_until_quiet()
        assert venue.truth().filled("a") == 1.0
        assert wire.calls[0].is_answered


@pytest.mark.parametrize("fault", ["delay_request", "delay_answer"])
def test_a_short_delay_only_takes_time(fault: str) -> None:
    with connected(fault) as (venue, wire, desk):
        wire.delay_seconds = 0.06
        started = monotonic()
        assert desk.create_order(order("a", 1.0)) == venue.exchange.fetch_order("a")
        assert monotonic() - started >= 0.06


def test_silence_lasts_until_the_desk_gives_up() -> None:
    with connected("silence", timeout_seconds=0.1) as (venue, wire, desk):
        started = monotonic()
        with pytest.raises(ExchangeUnavailableError, match="timed out"):
            desk.create_order(order("a", 1.0))
        assert monotonic() - started >= 0.1
        wire.wait_until_quiet()
        assert venue.truth().filled("a") == 1.0


def test_in_an_outage_connections_are_refused_and_then_the_address_is_the_same() -> None:
    with connected("outage") as (venue, wire, desk):
        wire.outage_seconds = 0.3
        with pytest.raises(ExchangeUnavailableError):
            desk.create_order(order("a", 1.0))
        sleep(0.05)
        with pytest.raises(ExchangeUnavailableError, match="refused"):
            desk.fetch_account()
        deadline = monotonic() + 5.0
        while monotonic() < deadline:
            try:
                assert desk.fetch_order("a") is None
                break
            except ExchangeUnavailableError:
                sleep(0.02)
        assert desk.create_order(order("b", 1.0)) == venue.exchange.fetch_order("b")
        assert wire.seen("create_order") == 1


def test_a_venue_that_is_dead_is_a_connection_that_ends() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
    with FaultyWire(address) as wire:
        desk = RemotePaperExchange(wire.address, account="main", timeout_seconds=2.0)
        with pytest.raises(ExchangeUnavailableError):
            desk.fetch_account()
        assert [(call.is_seen, call.is_answered) for call in wire.calls] == [(False, False)]


def test_many_desks_can_use_one_wire_at_once() -> None:
    with connected() as (venue, wire, desk):
        threads = [
            Thread(target=desk.create_order, args=(order(str(number), 0.5),)) for number in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert venue.truth().held(SYMBOL) == pytest.approx(4.0)
        assert wire.seen("create_order") == 8


def test_closing_ends_what_is_held_back_and_all_threads() -> None:
    before = active_count()
    with connected("delay_request", timeout_seconds=0.05) as (venue, wire, desk):
        wire.delay_seconds = 20.0
        with pytest.raises(ExchangeUnavailableError):
            desk.create_order(order("a", 1.0))
        started = monotonic()
        wire.close()
        assert monotonic() - started < 5.0
        assert venue.truth().filled("a") == 0.0
    assert active_count() == before
